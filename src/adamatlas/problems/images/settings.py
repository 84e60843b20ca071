"""Settings of noisy images and their network. Read at config time only."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from adamatlas.datasets.catalogue import SETS, check_sizes
from adamatlas.problems.settings import ProblemSettings
from adamatlas.regularizers import KINDS

DATA_KEYS = ("dataset", "n_train", "n_val", "n_test")
LANE_KEYS = ("sigma_0", "sigma_p")
REGULARIZERS = KINDS
ENGINES = ("torch_images",)


class Settings(ProblemSettings):
    """Data: meng2023 Sec. 4.2; noise is added to the training images alone, once, after scaling."""

    dataset: Literal["digits", "mnist"] = Field(
        "digits", description="image set: 1,797 8x8 digits that come with the package, or MNIST"
    )
    n_train: int = Field(500, ge=1, description="training images, drawn by the seed")
    n_test: int = Field(
        500, ge=1, description="test images, without noise; of the official test part if the set has one"
    )
    n_val: int = Field(300, ge=1, description="validation images, without noise, of the training part")
    pixel_scale: Literal["normalised", "unit", "raw"] = Field(
        "normalised",
        description="`raw`: as stored; `unit`: over the largest value; `normalised`: mean 0, variance 1",
    )
    sigma_p: float = Field(0.0, ge=0, description="standard deviation of the noise on scaled training pixels")
    network: Literal["lenet5"] = Field("lenet5", description="the network")
    activation: Literal["relu", "tanh"] = Field("relu", description="activation of the hidden layers")
    sigma_0: float = Field(0.1, ge=0, description="standard deviation of the initial weights; biases are 0")

    @field_validator("n_val")
    @classmethod
    def fits(cls, n_val: int, info: ValidationInfo) -> int:
        """The splits are disjoint."""
        found = info.data
        if {"dataset", "n_train", "n_test"} <= found.keys():
            sizes = SETS[found["dataset"]].sizes
            check_sizes(found["dataset"], sizes, found["n_train"], n_val, found["n_test"])
        return n_val

    @field_validator("n_test")
    @classmethod
    def within_its_part(cls, n_test: int, info: ValidationInfo) -> int:
        """The official test part is large enough."""
        if "dataset" in info.data:
            check_sizes(info.data["dataset"], SETS[info.data["dataset"]].sizes, 0, 0, n_test)
        return n_test
