"""config.yaml -> studies -> cells -> blocks with their specs."""

from adamatlas.config.atlas import Atlas, Block, Cell, Study
from adamatlas.config.files import assemble
from adamatlas.config.loading import load, read

__all__ = ["Atlas", "Block", "Cell", "Study", "assemble", "load", "read"]
