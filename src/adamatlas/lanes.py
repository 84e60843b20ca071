"""The lanes of a train spec: the product of its lane axes, seed fastest."""

from __future__ import annotations

from itertools import product
from typing import Any

NEVER = 2**62
"""A step that no run reaches."""


def expand(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """One dict {axis: value} a lane, in the order of the trace: axes sorted, seed last and fastest."""
    axes = [*sorted(set(spec["lanes"]) - {"seed"}), "seed"]
    return [dict(zip(axes, point, strict=True)) for point in product(*(spec["lanes"][a] for a in axes))]


def resolve(
    spec: dict[str, Any], lane: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The problem settings, the optimizer and the regularizer of one lane.

    The lane's values override those of the spec. The regularizer is {kind, weight, off_step}: weight * R is
    added to the loss up to step `off_step`, not included.
    """
    settings, optimizer, penalty = (
        {**spec[part], **{key: value for key, value in lane.items() if key in spec[part]}}
        for part in ("settings", "optimizer", "regularizer")
    )
    off_epoch = penalty["reg_off_epoch"]
    regularizer = {
        "kind": penalty["regularizer"],
        "weight": penalty["reg_factor"] * penalty["reg_lambda"],
        "off_step": NEVER if off_epoch is None else off_epoch * spec["schedule"]["steps_per_epoch"],
    }
    return settings, optimizer, regularizer
