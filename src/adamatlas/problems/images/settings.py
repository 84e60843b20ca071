"""Settings of images, their noise and augmentation, and their network. Read at config time only."""

from pathlib import PurePosixPath
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from adamatlas.datasets.catalogue import SETS, check_sizes
from adamatlas.problems.settings import ProblemSettings
from adamatlas.regularizers import KINDS

DATA_KEYS = ("dataset", "folder", "image_size", "per_class", "n_train", "n_val", "n_test")
LANE_KEYS = ("sigma_0", "sigma_p")
REGULARIZERS = KINDS
ENGINES = ("torch_images",)


class Settings(ProblemSettings):
    """Data: meng2023 Sec. 4.2; noise is added to the training images alone, once, after scaling."""

    dataset: Literal[tuple(SETS)] = Field(
        "digits", description="image set (docs/datasets.md): `digits` comes with the package"
    )
    folder: str | None = Field(
        None, description="of `imagefolder`: folder below `data_dir` that holds `train` and `val`"
    )
    image_size: int | None = Field(
        None, ge=1, description="of `imagefolder`: pixels of a side, to which images are cropped and resized"
    )
    per_class: int | None = Field(
        None, ge=1, description="training part: this many images of each class, drawn by the seed; null: all"
    )
    n_train: int = Field(500, ge=1, description="training images, drawn by the seed")
    n_test: int = Field(
        500, ge=1, description="test images, without noise; of the official test part if the set has one"
    )
    n_val: int = Field(300, ge=1, description="validation images, without noise, of the training part")
    pixel_scale: Literal["normalised", "unit", "raw"] = Field(
        "normalised",
        description="`raw`: as stored; `unit`: over the largest value; `normalised`: mean 0, variance 1 in "
        "each channel",
    )
    augmentation: Literal["none", "crop_flip"] = Field(
        "none",
        description="`crop_flip`: in each epoch, a random crop of the training image padded by 4 zeros, and "
        "a random flip from left to right",
    )
    sigma_p: float = Field(0.0, ge=0, description="standard deviation of the noise on scaled training pixels")
    network: Literal["lenet5"] = Field("lenet5", description="the network")
    activation: Literal["relu", "tanh"] = Field("relu", description="activation of the hidden layers")
    sigma_0: float = Field(0.1, ge=0, description="standard deviation of the initial weights; biases are 0")

    @field_validator("folder", "image_size")
    @classmethod
    def of_a_folder(cls, value: str | int | None, info: ValidationInfo) -> str | int | None:
        """A folder of images needs both, and no other set has either."""
        dataset = info.data.get("dataset")
        if dataset is not None and (dataset == "imagefolder") != (value is not None):
            needs = "needs" if value is None else "alone has"
            raise ValueError(f"dataset imagefolder {needs} {info.field_name}")
        return value

    @field_validator("folder")
    @classmethod
    def below_data_dir(cls, folder: str | None) -> str | None:
        """A relative path that does not leave the folder of image sets."""
        parts = PurePosixPath(folder or "a")
        if parts.is_absolute() or ".." in parts.parts or not parts.parts:
            raise ValueError("must be the name of a folder below data_dir")
        return folder

    @field_validator("n_val")
    @classmethod
    def fits(cls, n_val: int, info: ValidationInfo) -> int:
        """The splits are disjoint."""
        found = info.data
        if {"dataset", "per_class", "n_train", "n_test"} <= found.keys():
            sizes = _sizes(found["dataset"], found["per_class"])
            check_sizes(found["dataset"], sizes, found["n_train"], n_val, found["n_test"])
        return n_val

    @field_validator("n_test")
    @classmethod
    def within_its_part(cls, n_test: int, info: ValidationInfo) -> int:
        """The official test part is large enough."""
        if "dataset" in info.data:
            check_sizes(info.data["dataset"], SETS[info.data["dataset"]].sizes, 0, 0, n_test)
        return n_test


def _sizes(dataset: str, per_class: int | None) -> tuple[int, ...]:
    """Images of each part that a seed can draw from."""
    entry = SETS[dataset]
    if per_class is None or not entry.sizes:
        return entry.sizes
    return min(entry.sizes[0], per_class * entry.classes), *entry.sizes[1:]
