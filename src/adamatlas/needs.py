"""What a measure needs of the runs that it measures: its literal NEEDS {setting key: allowed values}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adamatlas.errors import UserError


def unmet(needs: Mapping[str, tuple], spec: Mapping[str, Any]) -> list[str]:
    """The needs that a lane of a train spec does not meet, as `key: value` or `key: value or value`.

    Raises UserError for a key that runs do not have.
    """
    said = {**spec["settings"], **spec["optimizer"], **spec["regularizer"], **spec["schedule"]}
    if spec["schedule"]["steps_per_epoch"] == 1:
        said["batch_size"] = "full"
    if foreign := needs.keys() - said.keys():
        raise UserError(f"NEEDS names {', '.join(sorted(foreign))}, which no run of this problem has")
    return [
        f"{key}: {' or '.join(map(_shown, allowed))}"
        for key, allowed in needs.items()
        if not set(spec["lanes"].get(key, [said[key]])) <= set(allowed)
    ]


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
