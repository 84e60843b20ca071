"""Settings of logistic regression on both patches side by side. Read at config time only."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

DATA_KEYS = ("sampler", "d", "n", "s")
LANE_KEYS = ("alpha", "sigma_0", "sigma_p")
SAMPLE_KEY = "n"
REGULARIZERS = ()


class Settings(BaseModel):
    """Data: zou2023 Def. 3.1; model: `<w, [x_1, x_2]>` with w in R^(2d), as in zou2023 Thm 4.2."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    sampler: Literal["sparse"] = Field("sparse", description="how the noise patch is drawn: on s coordinates")
    d: int = Field(1000, ge=2, description="dimension of a patch; the signal is the first coordinate")
    n: int = Field(200, ge=1, description="training examples")
    s: int = Field(100, ge=1, description="coordinates that carry noise in one patch, at most d - 1")
    alpha: float = Field(
        0.2, ge=0, description="feature noise: -alpha y on the noise patch's first coordinate"
    )
    sigma_p: float = Field(0.1, ge=0, description="standard deviation of a noise coordinate")
    sigma_0: float = Field(0.01, ge=0, description="standard deviation of the initial weights")

    @field_validator("s")
    @classmethod
    def fits(cls, s: int, info: ValidationInfo) -> int:
        """Noise avoids the signal's coordinate."""
        d = info.data.get("d")
        if d is not None and s > d - 1:
            raise ValueError(f"must be at most d - 1 = {d - 1} (the first coordinate holds the signal)")
        return s
