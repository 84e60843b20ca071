"""Small idx sets, draws and train specs of the image problem."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
from importlib import import_module
from pathlib import Path

import numpy as np
import torch
import xarray as xr
from PIL import Image
from torch.nn import functional

from adamatlas.datasets.catalogue import SETS
from adamatlas.optimizers.presets import PRESETS
from adamatlas.problems.images.data import DIMS, sample
from adamatlas.problems.images.initialization import Flat, flattened

SETTINGS = {
    "dataset": "digits", "folder": None, "image_size": None, "per_class": None, "n_train": 24, "n_val": 8,
    "n_test": 12, "pixel_scale": "normalised", "augmentation": "none", "sigma_p": 0.5, "network": "lenet5",
    "activation": "relu", "sigma_0": 0.1, "precision": "float32", "deterministic": False, "microbatch": 0,
}  # fmt: skip
SGD = {
    "lr": 0.2,
    "beta1": 0.9,
    "beta2": 0.999,
    "v_exponent": 0.5,
    "eps": 1e-8,
    "v_floor": 0.0,
    "weight_decay": 0.0,
} | PRESETS["sgd"]


def idx(array: np.ndarray) -> bytes:
    """An array of unsigned bytes in the idx format."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def write_mnist(folder: Path, train: int = 40, test: int = 20, packed: bool = True) -> None:
    """A set with the names and shapes of MNIST but few, random images."""
    random = np.random.default_rng(0)
    (folder / "mnist").mkdir(parents=True, exist_ok=True)
    for part, count in (("train", train), ("t10k", test)):
        images, labels = random.integers(0, 256, (count, 28, 28)), random.integers(0, 10, count)
        for name, array in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
            raw = idx(array)
            path = folder / "mnist" / (f"{name}.gz" if packed else name)
            path.write_bytes(gzip.compress(raw) if packed else raw)


def cifar_files(name: str, each: int = 7) -> dict[str, bytes]:
    """The files of a set in the binary format of CIFAR, each with `each` random images."""
    random, entry = np.random.default_rng(0), SETS[name]
    records = random.integers(0, 256, (len(entry.sha256), each, entry.label_bytes + 3072), dtype=np.uint8)
    records[..., : entry.label_bytes] %= entry.classes
    return {file: some.tobytes() for file, some in zip(entry.sha256, records, strict=True)}


def write_cifar(folder: Path, name: str, files: dict[str, bytes], packed: bool = True) -> Path:
    """A set of these files as the archive or as the folder in it; returns the path of that."""
    entry, home = SETS[name], folder / name
    if not packed:
        (home / entry.unpacked).mkdir(parents=True)
        for file, raw in files.items():
            (home / entry.unpacked / file).write_bytes(raw)
        return home / entry.unpacked
    home.mkdir(parents=True, exist_ok=True)
    archive = home / next(iter(entry.md5))
    with tarfile.open(archive, "w:gz") as members:
        for file, raw in {"readme.html": b"<p>", **files}.items():
            member = tarfile.TarInfo(f"{entry.unpacked}/{file}")
            member.size = len(raw)
            members.addfile(member, io.BytesIO(raw))
    return archive


def write_tree(place: Path, train: dict[str, int], val: dict[str, int] | None = None, side: int = 12) -> None:
    """JPEG and PNG images of random colours, so many of each class."""
    random = np.random.default_rng(0)
    for part, classes in {"train": train, **({"val": val} if val else {})}.items():
        for name, count in classes.items():
            (place / part / name / "images").mkdir(parents=True)
            for k in range(count):
                pixels = random.integers(0, 256, (side, side + 6, 3), dtype=np.uint8)
                file = place / part / name / "images" / f"{name}_{k}.{('JPEG', 'png')[k % 2]}"
                Image.fromarray(pixels).save(file)


def data_file(settings: dict = SETTINGS, seeds: tuple = (0, 1)) -> xr.Dataset:
    """A data file as the data stage writes it."""
    draws = [sample(settings, seed) for seed in seeds]
    variables = {name: (dims, np.stack([draw[name] for draw in draws])) for name, dims in DIMS.items()}
    return xr.Dataset(variables, coords={"seed": list(seeds)})


def train_spec(**changes) -> dict:
    """Two epochs of batches of 8, two seeds; `regularizer`, `schedule` and `settings` are merged."""
    spec = {
        "problem": "images",
        "engine": "torch_images",
        "dtype": "float32",
        "settings": SETTINGS,
        "optimizer": SGD,
        "regularizer": {
            "regularizer": "none", "reg_lambda": 0.0, "reg_factor": 0.5, "reg_off_epoch": None,
        },
        "schedule": {
            "batch_size": 8, "steps": 6, "steps_per_epoch": 3, "snapshots": 3, "snapshot_spacing": "linear",
            "moments": False, "weights": True,
        },
        "axes": {},
        "lanes": {"seed": [0, 1]},
    }  # fmt: skip
    merged = {name: spec[name] | changes.pop(name, {}) for name in ("regularizer", "schedule", "settings")}
    return spec | merged | changes


def network(name: str, shape: tuple, activation: str = "relu", classes: int = 10, **changes) -> Flat:
    """A network with its initial weights, in float64 where nothing else is said."""
    module = import_module(f"adamatlas.problems.images.networks.{name}")
    given = {"seed": 0, "sigma_0": None, "dtype": torch.float64, "device": "cpu"} | changes
    with torch.device("meta"):
        empty = module.build(shape, activation, classes)
    return flattened(empty, **given)


def plain_lenet5(weights, x, side, activation):
    """LeNet5 by torch's own convolutions, from flat rows of weights; x: (batch, 1, side, side)."""
    act = getattr(torch, activation)
    shapes = ((6, 1, 5, 5), (16, 6, 5, 5))
    for k, padding in enumerate((2, 0 if side > 8 else 2)):
        w, b = weights[2 * k].reshape(shapes[k]), weights[2 * k + 1].flatten()
        x = act(functional.avg_pool2d(functional.conv2d(x, w, b, padding=padding), 2))
    x = x.flatten(1)
    for k in (4, 6, 8):
        x = x @ weights[k].T + weights[k + 1].flatten()
        x = x if k == 8 else act(x)
    return x
