"""seaborn, imported without the parts of scipy that it can do without.

It takes scipy.stats for densities and scipy.cluster for cluster maps, which no figure here draws, and falls
back to its own where they are missing. Importing the two takes longer than drawing most figures.
"""

from __future__ import annotations

import sys

_UNUSED = {"scipy.stats", "scipy.cluster"} - sys.modules.keys()

sys.modules.update(dict.fromkeys(_UNUSED))  # None makes an import fail
try:
    import seaborn as sns
finally:
    for _name in _UNUSED:
        del sys.modules[_name]

__all__ = ["sns"]
