"""The lanes of a train spec: the product of its lane axes, seed fastest."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from adamatlas.errors import UserError
from adamatlas.regularizers import ALL_KINDS

NEVER = 2**62
"""A step that no run reaches."""


@dataclass(frozen=True)
class Lane:
    """One lane with its own numbers: those of the spec, overridden by its values of the lane axes.

    `regularizer` is {kind, weight, off_step}: weight * R is added to the loss up to step `off_step`, not
    included. `optimizer` has lr_steps where its lr_schedule depends on the length of the run.
    """

    number: int
    seed: int
    settings: dict[str, Any]
    optimizer: dict[str, Any]
    regularizer: dict[str, Any]


def points(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One dict {axis: value} a lane, in the order of the trace: axes sorted, seed last and fastest."""
    axes = [*sorted(set(spec["lanes"]) - {"seed"}), "seed"]
    return [dict(zip(axes, point, strict=True)) for point in product(*(spec["lanes"][a] for a in axes))]


def lanes(spec: Mapping[str, Any]) -> list[Lane]:
    """The lanes of a train spec, in the order of the trace. Raises UserError for an unknown regularizer."""
    return [_lane(spec, number, point) for number, point in enumerate(points(spec))]


def _lane(spec: Mapping[str, Any], number: int, point: dict[str, Any]) -> Lane:
    settings, optimizer, penalty = (
        {**spec[part], **{key: value for key, value in point.items() if key in spec[part]}}
        for part in ("settings", "optimizer", "regularizer")
    )
    if penalty["regularizer"] not in (known := ("none", *ALL_KINDS)):
        raise UserError(f"regularizer: found {penalty['regularizer']!r}; must be one of {', '.join(known)}")
    if optimizer.get("lr_schedule", "constant") != "constant":
        optimizer["lr_steps"] = spec["schedule"]["steps"]
    off_epoch = penalty["reg_off_epoch"]
    regularizer = {
        "kind": penalty["regularizer"],
        "weight": penalty["reg_factor"] * penalty["reg_lambda"],
        "off_step": NEVER if off_epoch is None else off_epoch * spec["schedule"]["steps_per_epoch"],
    }
    return Lane(number, point["seed"], settings, optimizer, regularizer)
