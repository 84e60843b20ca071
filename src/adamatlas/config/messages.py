"""Collecting what is wrong with a configuration, one line each, with the path of the key."""

import typing
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from adamatlas.config.files import origin
from adamatlas.config.models import RENAMED, Scale
from adamatlas.config.scalars import expected, parts, show
from adamatlas.errors import UserError
from adamatlas.registry import suggestion


class Report:
    """Errors and warnings of one configuration, each said once and in the order they were found."""

    def __init__(self, source: str, origins: Mapping[str, str]) -> None:
        self.source, self.origins = source, origins
        self.errors: list[str] = []
        self.warnings: list[str] = []

    def error(self, path: str, text: str) -> None:
        """`path` is the key's, as `studies.tang2025.table1.grid[0].batch_size`."""
        self._add(self.errors, path, text)

    def warn(self, path: str, text: str) -> None:
        """Something that runs but may not be meant."""
        self._add(self.warnings, path, text)

    def close(self) -> None:
        """Raise one UserError with all errors, a line each."""
        if self.errors:
            raise UserError("\n".join(self.errors))

    def _add(self, lines: list[str], path: str, text: str) -> None:
        line = f"{origin(self.origins, path, self.source)}: {path}: {text}"
        if line not in lines:
            lines.append(line)


def join(loc: Sequence[Any]) -> str:
    """('studies', 'a.b', 'grid', 0) -> 'studies.a.b.grid[0]'."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".")


def unknown(key: str, known: Sequence[str]) -> str:
    """The text for a misspelt key, or for one that has another name now."""
    if RENAMED.get(key) in known:
        return f"has another name now: {RENAMED[key]}"
    return f"unknown key; {suggestion(key, sorted(known))}"


def misfit(item: dict[str, Any], model: type[BaseModel]) -> tuple[tuple, str]:
    """(location, text) of one of pydantic's errors about a whole configuration of the shape `model`."""
    loc, found = item["loc"], show(item["input"])
    if loc[-1] == "[key]":
        return loc[:-1], unknown(str(item["input"]), typing.get_args(Scale))
    owner = _model(model, loc[:-1])
    fields = owner.model_fields if owner else {}
    if item["type"] == "extra_forbidden":
        return loc, unknown(loc[-1], list(fields))
    if item["type"] == "missing":
        return loc, "missing"
    if field := fields.get(loc[-1]):
        kinds = parts(field.annotation)
        if set(kinds) & {int, float, bool, str} or item["type"] == "literal_error":
            quotes = "; put it in quotes" if str in kinds and isinstance(item["input"], int | float) else ""
            return loc, f"found {found}; must be {expected(field)}{quotes}"
    shape = {"dict_type": "a mapping of keys", "model_type": "a mapping of keys", "list_type": "a list"}
    return loc, f"found {found}; must be {shape.get(item['type'], item['msg'])}"


def _model(model: type[BaseModel], loc: Sequence[Any]) -> type[BaseModel] | None:
    """The model that describes the mapping at `loc`."""
    current: Any = model
    for part in loc:
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(part))
            current = parts(field.annotation)[0] if field else None
        elif getattr(current, "__origin__", None) is dict:
            current = current.__args__[1]
        else:
            return None
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None
