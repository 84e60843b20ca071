"""Settings of the noisy ellipse. Read at config time only."""

from typing import Literal

from pydantic import Field

from adamatlas.problems.settings import ProblemSettings
from adamatlas.regularizers import KINDS

DATA_KEYS = ()
LANE_KEYS = (
    *("a", "b", "label_noise_scale", "gradient_noise_x", "gradient_noise_y", "start_angle", "start_scale"),
)
REGULARIZERS = KINDS


class Settings(ProblemSettings):
    """L = (q - 1 - delta xi)^2 / 2 with q = (x + y)^2 / 2a^2 + (x - y)^2 / 2b^2 (li2025, Sec. 3)."""

    a: float = Field(2.0, gt=0, description="half axis of the ellipse along x = y")
    b: float = Field(1.0, gt=0, description="half axis of the ellipse along x = -y")
    start_angle: float = Field(
        1.0,
        description="t at the start: (x, y) = start_scale (a cos t + b sin t, a cos t - b sin t) / sqrt 2",
    )
    start_scale: float = Field(1.0, gt=0, description="q^(1/2) at the start: 1 is on the ellipse")
    label_noise: Literal["rademacher", "gaussian"] = Field(
        "rademacher", description="the noise xi, fresh at every step"
    )
    label_noise_scale: float = Field(0.5, ge=0, description="strength of the label noise")
    gradient_noise_x: float = Field(
        0.0, ge=0, description="standard deviation of Gaussian noise on dL/dx, fresh at every step"
    )
    gradient_noise_y: float = Field(
        0.0, ge=0, description="standard deviation of Gaussian noise on dL/dy, fresh at every step"
    )
