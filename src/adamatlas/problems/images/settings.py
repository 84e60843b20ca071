"""Settings of images, their noise and augmentation, and their network. Read at config time only."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from adamatlas import registry
from adamatlas.datasets.catalogue import SETS, check_sizes, shape_of
from adamatlas.problems.settings import ProblemSettings
from adamatlas.regularizers import KINDS

DATA_KEYS = ("dataset", "folder", "image_size", "per_class", "n_train", "n_val", "n_test")
LANE_KEYS = ("sigma_0", "sigma_p")
REGULARIZERS = KINDS
ENGINES = ("torch_images",)
NETWORKS = "problems/images/networks"
PRECISIONS = ("float32", "tf32", "bfloat16")


def network_says(network: str, name: str) -> Any:
    """A literal of a network's module, such as SMALLEST, without importing torch."""
    return registry.literal(registry.path(NETWORKS, network), name)


def conflict(point: Mapping[str, Any]) -> tuple[str, str] | None:
    """(key, what is wrong) where keys of the problem and of other groups do not go together, else None."""
    regularizer, network = point["regularizer"], point["network"]
    if regularizer == "per_example_gradient" and not network_says(network, "PER_EXAMPLE_GRADIENTS"):
        return (
            "regularizer",
            f"found {regularizer}; {network} has batch norm, so no example has a gradient of its own",
        )
    if regularizer == "full_gradient" and point["microbatch"]:
        return (
            "microbatch",
            f"found {point['microbatch']}; full_gradient needs the whole minibatch at once, set 0",
        )
    return None


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
    network: Literal[tuple(registry.names(NETWORKS))] = Field("lenet5", description="the network")
    activation: Literal["relu", "tanh"] = Field("relu", description="activation of the hidden layers")
    sigma_0: float = Field(
        0.1,
        ge=0,
        description="standard deviation of the initial weights of lenet5; other networks start with "
        "sqrt(2 / inputs of a layer) (He et al.); biases are 0",
    )
    precision: Literal[PRECISIONS] = Field(
        "float32",
        description="of products in the network: `tf32` is `float32` on a CPU; weights, "
        "moments and losses have `dtype`",
    )
    deterministic: bool = Field(
        False,
        description="on a GPU: only algorithms that give the same bits each time; on a CPU all do",
    )
    microbatch: int = Field(
        0,
        ge=0,
        description="images that pass through the network at a time; gradients are added up to those of the "
        "minibatch, batch norm takes each microbatch by itself; 0: all",
    )

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

    @field_validator("network")
    @classmethod
    def takes_the_images(cls, network: str, info: ValidationInfo) -> str:
        """The images of the set have a size and channels that the network takes."""
        if {"dataset", "image_size"} <= info.data.keys():
            shape, least = shape_of(info.data), network_says(network, "SMALLEST")
            allowed = network_says(network, "CHANNELS")
            if shape[0] not in allowed or shape[1] < least[0] or shape[2] < least[1]:
                takes = f"images of {' or '.join(map(str, allowed))} x {least[0]} x {least[1]} or larger"
                found = " x ".join(map(str, shape))
                raise ValueError(f"it takes {takes}, but {info.data['dataset']} has {found}")
        return network

    @field_validator("activation")
    @classmethod
    def is_of_the_network(cls, activation: str, info: ValidationInfo) -> str:
        """The network has this activation."""
        network = info.data.get("network")
        if network and activation not in (known := network_says(network, "ACTIVATIONS")):
            raise ValueError(f"{network} has {' or '.join(known)}")
        return activation

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
