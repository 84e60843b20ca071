"""Settings of the diagonal linear network. Read at config time only."""

from typing import Literal

from pydantic import Field

from adamatlas.problems.settings import ProblemSettings, at_most
from adamatlas.regularizers import KINDS

DATA_KEYS = ("d", "kappa", "n_train", "true_weights")
LANE_KEYS = ("label_noise_scale", "init_scale")
REGULARIZERS = KINDS


class Settings(ProblemSettings):
    """f = <x, u^2 - v^2> with x in {-1, 1}^d and labels <x, w*>, w* kappa-sparse (li2025, Sec. 5.2)."""

    d: int = Field(1000, ge=1, description="dimension of the inputs")
    kappa: int = Field(10, ge=1, description="coordinates of w* that are not 0, at most d")
    n_train: int = Field(100, ge=1, description="training examples")
    true_weights: Literal["signs", "uniform"] = Field(
        "signs", description="those coordinates: +-1, or uniform on [-1, 1] without the middle 1 %"
    )
    start: Literal["constant", "normal"] = Field(
        "constant", description="u = v at the start: `init_scale` times 1, or times standard normals"
    )
    init_scale: float = Field(0.1, gt=0, description="scale of u and v at the start")
    label_noise: Literal["rademacher", "gaussian"] = Field(
        "rademacher", description="noise on the labels, fresh at every step"
    )
    label_noise_scale: float = Field(1.0, ge=0, description="strength of the label noise")

    _fits = at_most("kappa", "d")
