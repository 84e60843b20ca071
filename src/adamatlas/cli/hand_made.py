"""What is wrong in a spec that somebody wrote by hand; looked for once a stage has failed on it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

KINDS = {
    "data": {"problem": str, "settings": dict, "seeds": list},
    "train": {
        "problem": str,
        "engine": str,
        "dtype": str,
        "settings": dict,
        "optimizer": dict,
        "regularizer": dict,
        "schedule": dict,
        "lanes": dict,
        "axes": dict,
    },
    "measure": {"measure": str, "problem": str, "options": dict},
    "gather": {"id": str, "paper": str, "dims": list, "tied": dict, "cells": list, "measures": list},
    "figure": {"figure": str},
    "judge": {"claims": dict},
}
"""The keys of a stage's spec, and what they hold."""
WORDS = {str: "a text", dict: "an object", list: "a list"}
INSIDE = {
    "optimizer": "beta1 beta2 bias_correction decay_kind eps lr sign v_block v_exponent v_floor weight_decay",
    "schedule": "batch_size moments snapshot_spacing snapshots steps steps_per_epoch weights",
    "regularizer": "reg_factor reg_lambda reg_off_epoch regularizer",
}
"""What objects in a train spec must have."""


def fault(stage: str, spec: Mapping[str, Any]) -> str | None:
    """The first mistake in the spec of a stage, in one line; None where none is seen."""
    for key, kind in KINDS.get(stage, {}).items():
        if key not in spec:
            return f"--spec: no key {key!r}, which {stage} needs"
        if not isinstance(spec[key], kind):
            return f"--spec: {key}: found {str(spec[key])[:80]!r}; must be {WORDS[kind]}"
    if stage not in ("data", "train"):
        return None
    if spec.get("dtype", "float32") not in ("float32", "float64"):
        return f"--spec: dtype: found {spec['dtype']!r}; must be float32 or float64"
    return _seeds(spec) or _settings(stage, spec) or (_inside(spec) if stage == "train" else None)


def _seeds(spec: Mapping[str, Any]) -> str | None:
    name = "seeds" if "seeds" in spec else "lanes.seed"
    found = spec.get("seeds", spec.get("lanes", {}).get("seed"))
    whole = isinstance(found, list) and all(isinstance(seed, int) and seed >= 0 for seed in found)
    return None if found and whole else f"--spec: {name}: found {found!r}; must be a list of seeds, 0, 1, ..."


def _settings(stage: str, spec: Mapping[str, Any]) -> str | None:
    from pydantic import ValidationError

    module = import_module(f"adamatlas.problems.{spec['problem']}.settings")
    wanted = module.DATA_KEYS if stage == "data" else module.Settings.model_fields
    for key in wanted:
        if key not in spec["settings"]:
            return f"--spec: settings: no key {key!r}, which {spec['problem']} needs"
    try:
        module.Settings.model_validate(spec["settings"])
    except ValidationError as error:
        for one in error.errors():
            if one["loc"] and one["loc"][0] in spec["settings"]:
                return f"--spec: settings.{one['loc'][0]}: {one['msg']}"
    return None


def _inside(spec: Mapping[str, Any]) -> str | None:
    missing = (
        f"{group}: no key {key!r}"
        for group, keys in INSIDE.items()
        for key in keys.split()
        if key not in spec[group]
    )
    first = next(missing, None)
    return first and f"--spec: {first}"
