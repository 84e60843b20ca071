"""Minibatches of images: the set once on the device, as stored, scaled and augmented at the gather."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from adamatlas.contracts import Draw
from adamatlas.datasets.catalogue import SETS
from adamatlas.datasets.local import load
from adamatlas.datasets.parts import Part, Pixels
from adamatlas.problems.images.data import SPLITS
from adamatlas.randomness import PURPOSES, normals, words

PADDING = 4
"""Zeros around an image, of which `crop_flip` takes a random crop of the image's size."""
FEW_PIXELS = 2**26
"""A split of at most so many is kept scaled: gathering is then all that a batch of it costs."""
_NOISE_STREAMS = 2
_ON_DEVICES: WeakKeyDictionary[Pixels, dict[str, Tensor]] = WeakKeyDictionary()


class Split(NamedTuple):
    """images: (m, channels, rows, columns) uint8 on the device, shared by all that read this set;
    places (n,): of the split's own among them; labels (n,)."""

    images: Tensor
    places: Tensor
    labels: Tensor


class Sample:
    """What the lanes of one seed share.

    seed; shape: (channels, rows, columns); classes. The lanes may ask for batches at the same time.
    """

    def __init__(
        self, settings: Mapping[str, Any], draw: Draw, seed: int, dtype: str, device: str = "cpu"
    ) -> None:
        found = load(settings)
        self.seed, self.shape, self.classes = seed, found.shape, found.classes
        self.dtype, self.device = getattr(torch, dtype), device
        self._augmented = settings["augmentation"] == "crop_flip"
        shift, factor = scale(settings["dataset"], settings["pixel_scale"])
        self._shift, self._factor = (self._per_channel(values) for values in (shift, factor))
        parts = (found.parts[0], found.parts[0], found.parts[-1])
        self._splits = {
            split: _split(part, draw[f"{split}_index"], device)
            for split, part in zip(SPLITS, parts, strict=True)
            if f"{split}_index" in draw
        }
        self._kept: dict[tuple[str, float], Tensor] = {}

    def count(self, split: str) -> int:
        """Images of `train`, `val` or `test`."""
        return len(self._splits[split].labels)

    def batch(
        self, split: str, chosen: slice | Tensor, epoch: int | None = None, sigma_p: float = 0.0
    ) -> tuple[Tensor, Tensor]:
        """Scaled images (batch, channels, rows, columns) of a split and their labels (batch,) int64.

        chosen: places in the split, a slice or int64. Images of `train` carry noise of standard deviation
        sigma_p, the same in every epoch, and with an epoch (from 0) they are augmented as the settings say;
        other splits have neither. The images are not to be written to.
        """
        part, sigma_p = self._splits[split], sigma_p if split == "train" else 0.0
        if not (self._augmented and epoch is not None and split == "train"):
            return self._images(split, chosen, sigma_p), part.labels[chosen]
        move = moves(self.seed, epoch, self.count(split), self.device)[chosen]
        if sigma_p:
            x = moved(self._images(split, chosen, sigma_p), move, self._scaled(torch.zeros_like(self._shift)))
        else:
            x = self._scaled(moved(part.images[part.places[chosen]], move))
        return x, part.labels[chosen]

    def _images(self, split: str, chosen: slice | Tensor, sigma_p: float) -> Tensor:
        """Scaled images; noise is drawn once, and few images are scaled once, not at every gather."""
        part = self._splits[split]
        if not sigma_p and len(part.places) * math.prod(self.shape) > FEW_PIXELS:
            return self._scaled(part.images[part.places[chosen]])
        if (split, sigma_p) not in self._kept:
            x = self._scaled(part.images[part.places])
            x = x.add_(self._noise(), alpha=sigma_p) if sigma_p else x
            if x.is_cuda:  # lanes on other streams read it
                torch.cuda.current_stream(x.device).synchronize()
            self._kept[split, sigma_p] = x
        return self._kept[split, sigma_p][chosen]

    def _scaled(self, stored: Tensor) -> Tensor:
        return stored.to(self.dtype, copy=True).sub_(self._shift).mul_(self._factor)

    def _noise(self) -> Tensor:
        """Standard normals (n_train, channels, rows, columns), of image i in stream (seed, train, 2 + i)."""
        out = np.empty((self.count("train"), *self.shape), np.float32)
        one = np.empty(out[0].size)
        for i in range(len(out)):
            normals(self.seed, PURPOSES["train"], _NOISE_STREAMS + i, one)
            out[i] = one.reshape(self.shape)
        return torch.from_numpy(out).to(self.device, self.dtype)

    def _per_channel(self, values: tuple[float, ...]) -> Tensor:
        return torch.tensor(values, dtype=self.dtype, device=self.device).view(-1, 1, 1)


def scale(dataset: str, kind: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(shifts, factors) of the channels: the scaled pixel is factor (stored - shift)."""
    entry = SETS[dataset]
    if kind == "normalised":
        shifts = tuple(mean * entry.peak for mean in entry.mean)
        return shifts, tuple(1.0 / (std * entry.peak) for std in entry.std)
    factor = 1.0 / entry.peak if kind == "unit" else 1.0
    return (0.0,) * len(entry.mean), (factor,) * len(entry.mean)


@lru_cache(maxsize=8)
def moves(seed: int, epoch: int, n: int, device: str = "cpu") -> Tensor:
    """How `crop_flip` moves each of n images in an epoch, (n, 3) int64: flip 0 or 1, down, right.

    Image i has words 4i to 4i + 2 of the stream (seed, augmentation, epoch), so that it is moved the same way
    in a batch of any size, and in every lane of the seed.
    """
    drawn = np.empty(4 * n, np.uint64)
    words(seed, PURPOSES["augmentation"], epoch, drawn)
    values = np.array([2, 2 * PADDING + 1, 2 * PADDING + 1], np.uint64)
    found = (drawn.reshape(n, 4)[:, :3] * values) >> np.uint64(32)
    return torch.from_numpy(found.astype(np.int64)).to(device)


def moved(x: Tensor, move: Tensor, fill: Tensor | None = None) -> Tensor:
    """Crops of x (batch, channels, rows, columns), padded by PADDING pixels of `fill` (None: 0), from
    (down, right) on, flipped from left to right where flip is 1. move: (batch, 3), as in `moves`."""
    height, width = x.shape[2:]
    row = torch.arange(height, device=x.device) + move[:, 1:2] - PADDING
    column = torch.arange(width, device=x.device) + move[:, 2:3] - PADDING
    column = torch.where(move[:, :1] > 0, column.flip(1), column)
    inside = _within(row, height)[:, None, :, None] & _within(column, width)[:, None, None, :]
    place = row.clamp(0, height - 1)[:, :, None] * width + column.clamp(0, width - 1)[:, None, :]
    taken = x.flatten(2).gather(2, place.flatten(1)[:, None].expand(-1, x.shape[1], -1))
    return torch.where(inside, taken.view_as(x), x.new_zeros(()) if fill is None else fill)


def _within(place: Tensor, size: int) -> Tensor:
    return (place >= 0) & (place < size)


def _split(part: Part, index: np.ndarray, device: str) -> Split:
    pixels, places = part.holding(index)
    labels, places = part.labels[index], np.asarray(places, np.int64)
    return Split(
        _on_device(pixels, device), torch.from_numpy(places).to(device), torch.from_numpy(labels).to(device)
    )


def _on_device(pixels: Pixels, device: str) -> Tensor:
    """The images, copied to a device at most once as long as anybody holds them."""
    copies = _ON_DEVICES.setdefault(pixels, {})
    if device not in copies:
        copies[device] = torch.from_numpy(pixels.images).to(device)
    return copies[device]
