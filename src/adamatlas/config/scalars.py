"""Values as YAML reads them: turned into what a key asks for, checked, and shown in messages."""

import math
import types
import typing
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from adamatlas.registry import suggestion

LARGEST = 10**12
"""Whole numbers stay far below the integers of compiled code."""
LONGEST_SHOWN = 80
# What YAML 1.1 reads as a boolean though a word may have been meant.
_WORDS = {True: ("on", "yes", "true", "y"), False: ("off", "no", "false", "n")}
_NAMES = {int: "a whole number", float: "a finite number", bool: "true or false"}
_COMPARISONS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def plain(value: Any, annotation: Any) -> Any:
    """`value` as the type that `annotation` asks for, where YAML read something else.

    "1e-5" becomes a number where one is meant, True becomes "on" where that is an allowed word; -0.0 does
    not stay. Raises ValueError for a boolean where a number is meant, and for what YAML has read as a number
    or a boolean where text is meant: 2510.10 would lose its zero.
    """
    kinds = parts(annotation)
    words = [word for kind in kinds for word in _words(kind)]
    if isinstance(value, bool):
        return _from_bool(value, kinds, words)
    if isinstance(value, str):
        return _from_text(value.strip(), kinds, words)
    if isinstance(value, int | float):
        if str in kinds:
            raise ValueError("put it in quotes")
        return _number(value, kinds)
    return value


def parts(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, without None and without Annotated; else the annotation itself."""
    if typing.get_origin(annotation) is typing.Annotated:
        return parts(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        members = [kind for member in typing.get_args(annotation) for kind in parts(member)]
        return tuple(kind for kind in members if kind is not type(None))
    return (annotation,)


def check(value: Any, field: FieldInfo) -> Any:
    """The canonical value of one setting key. Raises ValueError: what was found and what would be right."""
    try:
        checked = _adapter(field).validate_python(plain(value, field.annotation))
        if isinstance(checked, int) and checked > LARGEST:
            raise ValueError(f"at most {LARGEST:.0e} make sense")
        return checked
    except ValidationError:
        raise ValueError(f"found {show(value)}; must be {expected(field)}{_near(value, field)}") from None
    except ValueError as error:
        raise ValueError(f"found {show(value)}; must be {expected(field)} ({error})") from None


@cache
def _adapter(field: FieldInfo) -> TypeAdapter:
    return TypeAdapter(typing.Annotated[field.annotation, field], config=ConfigDict(allow_inf_nan=False))


def expected(field: FieldInfo) -> str:
    """What a key allows, in words: 'a finite number >= 0 and < 1', 'one of mixed, log'."""
    out = []
    for kind in parts(field.annotation):
        words = _words(kind)
        if words:
            out.append(repr(words[0]) if len(words) == 1 else f"one of {', '.join(words)}")
        else:
            out.append(_NAMES.get(kind, "text") + _bounds(field))
    return " or ".join(out)


def show(value: Any) -> str:
    """A value as a reader of YAML would write it, a long one cut."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."


def _words(kind: Any) -> tuple[str, ...]:
    return typing.get_args(kind) if typing.get_origin(kind) is typing.Literal else ()


def _from_bool(value: bool, kinds: tuple, words: list[str]) -> Any:
    if bool in kinds:
        return value
    meant = [word for word in _WORDS[value] if word in words]
    if meant:
        return meant[0]
    if str in kinds:
        raise ValueError("put it in quotes")
    raise ValueError(f"YAML reads {', '.join(_WORDS[value][:3])} as a boolean")


def _from_text(value: str, kinds: tuple, words: list[str]) -> Any:
    if value in words or str in kinds or not {int, float} & set(kinds):
        return value
    try:
        return _number(float(value), kinds) if value.isascii() else value
    except ValueError:
        return value


def _number(value: float, kinds: tuple) -> float:
    if isinstance(value, int):
        return value if int in kinds or abs(value) < 2**1023 else math.inf
    return int(value) if int in kinds and value.is_integer() else value + 0.0


def _bounds(field: FieldInfo) -> str:
    """` >= 0 and < 1`, of the field itself or of a member of its union."""
    found = [*field.metadata]
    for member in typing.get_args(field.annotation):
        if typing.get_origin(member) is typing.Annotated:
            for info in typing.get_args(member)[1:]:
                found += getattr(info, "metadata", [info])
    texts = [
        f"{sign} {getattr(bound, name)}"
        for name, sign in _COMPARISONS.items()
        for bound in found
        if hasattr(bound, name)
    ]
    return " " + " and ".join(texts) if texts else ""


def _near(value: Any, field: FieldInfo) -> str:
    words = [word for kind in parts(field.annotation) for word in _words(kind)]
    hint = suggestion(value, words) if isinstance(value, str) and words else ""
    return f"; {hint}" if hint.startswith("did") else ""
