"""The JSON schemas of config.yaml and of a paper's file, for editors: names, shapes and words.

Numbers may be strings, as YAML reads 1e-5, and every value may be null, as if it were not given.
"""

from __future__ import annotations

import typing
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from adamatlas import registry
from adamatlas.config.keys import every_key
from adamatlas.config.models import ConfigModel, Overrides, PaperModel, ScaleModel, StudyModel
from adamatlas.config.scalars import parts

_SCALARS = {int: ["integer", "string"], float: ["number", "string"], bool: ["boolean", "string"]}
_MODELS = (Overrides, PaperModel, ScaleModel, StudyModel)


def schema() -> dict[str, Any]:
    """The schema of config.yaml, with its definitions; a paper is a mapping or the name of its file."""
    whole = _object(ConfigModel)
    paper = {"anyOf": [{"$ref": "#/$defs/PaperModel"}, {"type": "string"}]}
    whole["properties"]["papers"]["additionalProperties"] = paper
    whole["required"].remove("studies")
    return _whole("config.yaml of adamatlas", whole)


def paper_schema() -> dict[str, Any]:
    """The schema of the file of one paper, with its definitions."""
    part = _object(PaperModel)
    part["properties"]["studies"] = _field("studies", ConfigModel.model_fields["studies"])
    return _whole("the file of one paper of adamatlas", part)


def _whole(title: str, root: dict[str, Any]) -> dict[str, Any]:
    definitions = {model.__name__: _object(model) for model in _MODELS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **root,
        "$defs": {**definitions, "Settings": _settings(), "Entry": _entry()},
    }


def _object(model: type[BaseModel]) -> dict[str, Any]:
    properties = {name: _field(name, field) for name, field in model.model_fields.items()}
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    return {
        "type": ["object", "null"],
        "description": (model.__doc__ or "").strip(),
        "properties": properties,
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _field(name: str, field: FieldInfo) -> dict[str, Any]:
    described = {"description": field.description or ""}
    kind = parts(field.annotation)[0]
    if name == "settings":
        return {"$ref": "#/$defs/Settings", **described}
    if name == "grid" and typing.get_origin(kind) is list:
        return {"type": ["array", "null"], "items": {"$ref": "#/$defs/Entry"}, **described}
    if typing.get_origin(kind) is list:
        return {"type": ["array", "null"], "items": {"type": ["string", "number", "boolean"]}, **described}
    if typing.get_origin(kind) is dict:
        name_type, model = typing.get_args(kind)
        names = typing.get_args(name_type)
        allowed = {"propertyNames": {"enum": list(names)}} if names else {}
        of = {"$ref": f"#/$defs/{model.__name__}"}
        return {"type": ["object", "null"], "additionalProperties": of, **allowed, **described}
    return {**_scalar(field), **described}


def _scalar(field: FieldInfo) -> dict[str, Any]:
    kinds = parts(field.annotation)
    words = [word for kind in kinds for word in typing.get_args(kind)]
    types = [name for kind in kinds for name in _SCALARS.get(kind, [])]
    if words and not types:
        return {"enum": [*words, None]}
    return {"type": [*(types or ["string", "number", "boolean"]), "null"]}


def _settings() -> dict[str, Any]:
    problem = {"enum": [*registry.names("problems"), None], "description": "data model and network"}
    keys = {
        name: {**_scalar(key.field), "description": key.field.description or ""}
        for name, key in sorted(every_key().items())
    }
    return {
        "type": ["object", "null"],
        "description": "Flat setting keys.",
        "properties": {"problem": problem, **keys},
        "additionalProperties": False,
    }


def _entry() -> dict[str, Any]:
    names = "|".join(sorted(every_key()))
    return {
        "type": "object",
        "description": "One product of axes, with constants and seeds of its own.",
        "properties": {
            "settings": {"$ref": "#/$defs/Settings"},
            "seeds": {**_field("seeds", Overrides.model_fields["seeds"])},
        },
        "patternProperties": {f"^({names})$": {}, f"^({names})( *, *({names}))+$": {"type": "array"}},
        "additionalProperties": False,
    }
