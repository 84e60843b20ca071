"""The lanes of a train spec: the product of its lane axes, seed fastest."""

from __future__ import annotations

from itertools import product
from typing import Any


def expand(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """One dict {axis: value} a lane, in the order of the trace: axes sorted, seed last and fastest."""
    axes = [*sorted(set(spec["lanes"]) - {"seed"}), "seed"]
    return [dict(zip(axes, point, strict=True)) for point in product(*(spec["lanes"][a] for a in axes))]


def resolve(spec: dict[str, Any], lane: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The problem settings and the optimizer of one lane: the spec's, overridden by the lane's values."""
    settings, optimizer = spec["settings"], spec["optimizer"]
    return (
        {**settings, **{key: value for key, value in lane.items() if key in settings}},
        {**optimizer, **{key: value for key, value in lane.items() if key in optimizer}},
    )
