"""How long training takes and how much a trace holds, before anything runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

SWEEP_SECONDS = 3.5e-10
"""Per weight and step: the dense update of w, m and v (14 us for 40,000 weights)."""
EXAMPLE_SECONDS = 2.2e-10
"""Per example, neuron and coordinate of its patches, and step: forward and backward."""
NARROWEST = 5
"""Neurons whose time a single one takes too, for want of vector instructions."""
IMAGE_SECONDS, PIXEL_SECONDS = 1e-3, 6e-8
"""Of an image network: per step, and per pixel of its minibatch and step, forward and backward."""
IMAGES = {"digits": (8, 21_386), "mnist": (28, 61_706)}
"""Side, and parameters of the network."""
ROOTLESS = 15.0
"""Of the time of a weight's sweep, with an exponent of the second moment that is no eighth: a true power."""
NOISY_SECONDS = 6e-8
"""A step of the smallest problem with label noise."""
MOMENTLESS = 0.1
"""Of the time of a weight's sweep, without a second moment."""
BYTES = {"float32": 4, "float64": 8}


def estimate_seconds(spec: Mapping[str, Any]) -> float:
    """Core-seconds of a training job: lanes steps (sweep rows columns + example batch_size (s + 1) neurons).

    Measured on one core of a 2-core x86-64 machine with the fused engine; take it as a scale.
    """
    schedule = spec["schedule"]
    if "dataset" in spec["settings"]:
        side, _ = IMAGES[spec["settings"]["dataset"]]
        step = IMAGE_SECONDS + PIXEL_SECONDS * schedule["batch_size"] * side**2
        penalized = spec["regularizer"]["regularizer"] != "none"
        return lanes(spec) * schedule["steps"] * step * (3.0 if penalized else 1.0)
    rows, columns = weight_shape(spec)
    sweep = rows * columns * _moment(spec)
    if spec.get("problem") in LABEL_NOISE:
        step = NOISY_SECONDS + SWEEP_SECONDS * (sweep + operations(spec))
        return lanes(spec) * schedule["steps"] * step
    support = spec["settings"].get("s", spec["settings"].get("d", 1)) + 1
    neurons = max(2 * spec["settings"].get("m", 0), NARROWEST)
    examples = EXAMPLE_SECONDS * schedule["batch_size"] * support * neurons
    return lanes(spec) * schedule["steps"] * (SWEEP_SECONDS * sweep + examples)


def estimate_bytes(spec: Mapping[str, Any]) -> int:
    """Bytes of a trace: its weights, and the moments where they are kept."""
    schedule = spec["schedule"]
    copies = bool(schedule.get("weights", True)) + 2 * bool(schedule.get("moments"))
    snapshots = 1 if schedule["snapshot_spacing"] == "last" else schedule["snapshots"]
    return lanes(spec) * snapshots * copies * math.prod(weight_shape(spec)) * BYTES[spec["dtype"]]


def lanes(spec: Mapping[str, Any]) -> int:
    """Lanes of a training job."""
    return math.prod(map(len, spec["lanes"].values()))


LABEL_NOISE = ("diagonal_net", "matrix_factorization", "noisy_ellipse")


def operations(spec: Mapping[str, Any]) -> int:
    """Multiplications before the update in a step with label noise; one costs about what a weight does."""
    settings, batch_size = spec["settings"], spec["schedule"]["batch_size"]
    kind, d = spec["regularizer"]["regularizer"], settings.get("d", 1)
    if spec["problem"] == "matrix_factorization":
        chains = {"none": 3, "per_example_gradient": 3 + 6 * batch_size, "full_gradient": 8}[kind]
        return chains * (settings["depth"] - 1) * d**3 + 2 * batch_size * d**2
    more = {"none": 0, "per_example_gradient": 2, "full_gradient": 1 + 2 * batch_size}[kind]
    return (more + (1 if batch_size == 1 else 3 * batch_size)) * d


def _moment(spec: Mapping[str, Any]) -> float:
    """The time of a weight's sweep over that of Adam, by the exponent of the second moment."""
    p = spec.get("optimizer", {}).get("v_exponent", 0.5)
    if p == 0:
        return MOMENTLESS
    return 1.0 if (8 * p).is_integer() else ROOTLESS


def weight_shape(spec: Mapping[str, Any]) -> tuple[int, int]:
    """Rows and columns of the weights: (d, 2m) for a network of patches, (1, 2d) for a linear model."""
    settings = spec["settings"]
    if spec.get("problem") in LABEL_NOISE:
        d = settings.get("d", 2)
        return {"diagonal_net": 2, "noisy_ellipse": 1}.get(spec["problem"], settings.get("depth", 0) * d), d
    if "dataset" in settings:
        return 1, IMAGES[settings["dataset"]][1]
    return (settings["d"], 2 * settings["m"]) if "m" in settings else (1, 2 * settings["d"])
