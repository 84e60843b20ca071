"""Under which conditions tang2025 proves its theorems, with the values of the runs at one point of a cube."""

from typing import Any

import xarray as xr

from adamatlas.selection import settings_at
from adamatlas.theory import conditions
from adamatlas.theory.conditions import Condition


def large(cube: xr.Dataset, **point: Any) -> list[Condition]:
    """Of Theorems 4.1 (Adam) and 4.4 (AdamW)."""
    at = _at(cube, point)
    return [*conditions.feature_noise(at), _decay(at), conditions.large_batches(at)]


def small(cube: xr.Dataset, **point: Any) -> list[Condition]:
    """Of Theorems 4.2 (Adam) and 4.5 (AdamW), and of Lemma C.2, on which 4.2 rests."""
    at = _at(cube, point)
    own = conditions.adamw_batches(at) if _decoupled(at) else conditions.forgetting(at)
    return [*conditions.feature_noise(at), _decay(at), conditions.small_batches(at), own]


def data(cube: xr.Dataset, **point: Any) -> list[Condition]:
    """Conditions A.1 and A.2 and what the paper takes to follow from them."""
    return conditions.feature_noise(_at(cube, point))


def _at(cube: xr.Dataset, point: dict[str, Any]) -> dict[str, Any]:
    return {"eps": 1e-8, "decay_kind": "coupled", "n_train": 200} | settings_at(cube, **point)


def _decoupled(at: dict[str, Any]) -> bool:
    return at.get("optimizer") in ("adamw", "signsgdw")


def _decay(at: dict[str, Any]) -> Condition:
    return conditions.adamw_decay(at) if _decoupled(at) else conditions.adam_decay(at)
