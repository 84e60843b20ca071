"""What is generated from the config's models is up to date, and the models keep their contract."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from adamatlas import registry
from adamatlas.config.keys import SHARED, keys, settings_module
from docs import generate
from docs.config_table import table

ROOT = Path(__file__).parents[1]
SCHEMA, PAPER = (
    json.loads((ROOT / "workflow" / "schemas" / f"{name}.schema.json").read_text())
    for name in ("config", "paper")
)


def test_generated_files_are_up_to_date():
    for path, text in generate.config_reference().items():
        there = path.read_text(encoding="utf-8").splitlines()
        diff = "\n".join(difflib.unified_diff(there, text.splitlines(), path.name, "generated", lineterm=""))
        assert not diff, f"run `make docs`:\n{diff}"


def test_the_table_names_every_key():
    text = table()
    for problem in registry.names("problems"):
        assert all(f"| `{name}` |" in text for name in keys(problem))


def test_the_schema_takes_the_config_of_this_repository():
    for schema in (SCHEMA, PAPER):
        jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load((ROOT / "config.yaml").read_text()), SCHEMA)
    for file in (ROOT / "config").glob("*.yaml"):
        jsonschema.validate(yaml.safe_load(file.read_text()), PAPER)


@pytest.mark.parametrize(
    "change",
    [
        {"studys": {}},
        {"scale": "smok"},
        {"studies": {"a.b": {"grid": [{"temperature": 1}]}}},
        {"studies": {"a.b": {"settings": {"optimizer": "adamm"}}}},
        {"studies": {"a.b": {"grid": {}}}},
        {"scales": {"tiny": {}}},
        {"papers": {"a": 3}},
        {"scales": {"smoke": {"grid": "middle"}}},
    ],
)
def test_the_schema_refuses(change):
    raw = {"papers": {}, "studies": {}, **change}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(raw, SCHEMA)


@pytest.mark.parametrize("problem", registry.names("problems"))
def test_a_problem_keeps_the_contract_of_its_settings(problem):
    own = settings_module(problem).Settings.model_fields
    shared = {name for group, model in SHARED.items() if group != "options" for name in model.model_fields}
    assert settings_module(problem).Settings.model_config["extra"] == "forbid"
    assert settings_module(problem).Settings.model_config["allow_inf_nan"] is False
    assert set(settings_module(problem).DATA_KEYS) <= set(own)
    assert {name for name, key in keys(problem).items() if key.lane and key.group == "problem"} <= set(own)
    assert not set(own) & {*shared, "problem", "seed"}
    assert all(field.description for field in own.values())
