"""Settings of logistic regression on both patches side by side. Read at config time only."""

from adamatlas.problems.patch_cnn.settings import DATA_KEYS, PatchData
from adamatlas.regularizers import KINDS

__all__ = ["DATA_KEYS", "LANE_KEYS", "REGULARIZERS", "Settings"]

LANE_KEYS = ("alpha", "sigma_0", "sigma_p")
REGULARIZERS = KINDS


class Settings(PatchData):
    """Data: zou2023 Def. 3.1; model: `<w, [x_1, x_2]>` with w in R^(2d), as in zou2023 Thm 4.2."""
