"""Settings of the two-patch model and its two-layer network. Read at config time only."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from adamatlas.problems.settings import ProblemSettings
from adamatlas.regularizers import ALL_KINDS

DATA_KEYS = ("sampler", "d", "n_train", "s")
LANE_KEYS = ("alpha", "output_scale", "sigma_0", "sigma_p")
REGULARIZERS = ALL_KINDS


class PatchData(ProblemSettings):
    """Data of two patches: tang2025 Def. 3.1 (zou2023 Def. 3.1), meng2023 Def. 2.1 (`dense`, `alpha: 0`)."""

    sampler: Literal["sparse", "disjoint", "dense"] = Field(
        "sparse",
        description="noise on s coordinates of a patch; on s that no other training example has; on all but "
        "the signal's (s = d - 1)",
    )
    d: int = Field(1000, ge=2, description="dimension of a patch; the signal is the first coordinate")
    n_train: int = Field(200, ge=1, description="training examples")
    s: int = Field(100, ge=1, description="coordinates that carry noise in one patch, at most d - 1")
    alpha: float = Field(
        0.2, ge=0, description="feature noise: -alpha y on the noise patch's first coordinate"
    )
    sigma_p: float = Field(0.1, ge=0, description="standard deviation of a noise coordinate")
    sigma_0: float = Field(0.01, ge=0, description="standard deviation of the initial weights")

    @field_validator("s")
    @classmethod
    def fits(cls, s: int, info: ValidationInfo) -> int:
        """Noise avoids the signal's coordinate; dense noise is on all others."""
        d = info.data.get("d")
        if d is not None and info.data.get("sampler") == "dense":
            return d - 1
        if d is not None and s > d - 1:
            raise ValueError(f"must be at most d - 1 = {d - 1} (the first coordinate holds the signal)")
        n = info.data.get("n_train")
        if d is not None and n is not None and info.data.get("sampler") == "disjoint" and n * s > d - 1:
            raise ValueError(f"must be at most (d - 1) / n_train = {(d - 1) // n} for disjoint supports")
        return s


class Settings(PatchData):
    """Data: tang2025 Def. 3.1 (zou2023 Def. 3.1), or meng2023 Def. 2.1 (`dense`, with `alpha: 0`); network:
    tang2025 Def. 3.2."""

    m: int = Field(20, ge=1, description="neurons of each class")
    q: int = Field(3, ge=1, description="power of the activation max(z, 0)^q")
    output_scale: float = Field(1.0, gt=0, description="factor on the network's output")
    carry_in_span: bool = Field(
        True,
        description="carry gradient descent on dense patches in the span of its data, which is exact and "
        "cheaper; false: weight by weight",
    )
