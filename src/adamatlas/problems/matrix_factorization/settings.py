"""Settings of the matrix factorization. Read at config time only."""

from typing import Literal

from pydantic import Field

from adamatlas.problems.settings import ProblemSettings, at_most
from adamatlas.regularizers import KINDS

DATA_KEYS = ("d", "rank", "n_train")
LANE_KEYS = ("label_noise_scale", "init_scale")
REGULARIZERS = KINDS


class Settings(ProblemSettings):
    """f(A) = `<A, W_1 ... W_L>` with d x d factors, labels `<A, M*>`, M* of low rank (li2025, App. B.1)."""

    d: int = Field(10, ge=1, description="rows and columns of every matrix")
    rank: int = Field(3, ge=1, description="rank of M*, at most d")
    n_train: int = Field(36, ge=1, description="training measurements")
    depth: int = Field(2, ge=2, description="number L of factors")
    init_scale: float = Field(
        0.1, gt=0, description="standard deviation of the factors' entries at the start"
    )
    label_noise: Literal["rademacher", "gaussian"] = Field(
        "gaussian", description="noise on the labels, fresh at every step"
    )
    label_noise_scale: float = Field(1.0, ge=0, description="strength of the label noise")

    _fits = at_most("rank", "d")
