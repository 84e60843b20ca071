"""What measures declare, what they deliver, and what figures and claims read."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from helpers import CLAIMS, FIGURES, MEASURES, study_cube, trace_file

from adamatlas.config.keys import every_key
from adamatlas.errors import UserError
from adamatlas.measures import errors
from adamatlas.measures.shared.quantities import dataset, empty

NAME = errors.__name__


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_declaration_is_complete(measure):
    assert measure.quantities
    for quantity in measure.quantities.values():
        assert quantity.long_name
        assert quantity.units
        assert set(quantity.problems) < set(measure.problems)
    used = {dim for quantity in measure.quantities.values() for dim in quantity.dims}
    assert used - {"snapshot"} == measure.coordinates.keys()
    assert not used & every_key().keys()


def test_one_name_is_one_quantity():
    dims = {}
    for measure in MEASURES:
        for name, quantity in measure.quantities.items():
            assert dims.setdefault(name, quantity.dims) == quantity.dims, name


def test_what_is_declared_is_delivered():
    trace = trace_file()
    values = empty(NAME, trace)
    assert values["test_error_by_label"].shape == (2, 5, 2)
    assert dataset(NAME, trace, values)["label"].values.tolist() == [-1, 1]
    fewer = {name: value for name, value in values.items() if name != "train_loss"}
    with pytest.raises(UserError, match="measure errors declares train_loss and does not deliver it"):
        dataset(NAME, trace, fewer)
    with pytest.raises(
        UserError, match="measure errors delivers loss, which QUANTITIES does not declare for"
    ):
        dataset(NAME, trace, values | {"loss": values["train_loss"]})
    with pytest.raises(
        UserError, match=r"declares train_loss over \(lane 2, snapshot 5\), its shape is \(2,\)"
    ):
        dataset(NAME, trace, values | {"train_loss": np.zeros(2)})


def test_a_quantity_may_belong_to_some_problems(monkeypatch):
    monkeypatch.setattr(errors, "PROBLEMS", ("patch_cnn", "linear"))
    only = {"train_loss": (("snapshot",), "training loss", "nat", ("linear",))}
    monkeypatch.setattr(errors, "QUANTITIES", errors.QUANTITIES | only)
    assert "train_loss" not in empty(NAME, trace_file())
    assert "train_loss" in empty(NAME, trace_file(problem="linear"))


def test_an_open_dim_takes_the_size_of_its_values(monkeypatch):
    monkeypatch.setattr(errors, "QUANTITIES", {"a": (("p",), "a", "1"), "b": (("p",), "b", "1")})
    monkeypatch.setattr(errors, "COORDINATES", {"p": (None, "number")})
    trace = trace_file()
    assert dataset(NAME, trace, empty(NAME, trace, p=7))["p"].values.tolist() == list(range(7))
    with pytest.raises(UserError, match=r"declares b over \(lane 2, p 7\), its shape is \(2, 8\)"):
        dataset(NAME, trace, {"a": np.zeros((2, 7)), "b": np.zeros((2, 8))})


@pytest.mark.parametrize(
    ("room", "name"), [*(("figures", name) for name in FIGURES), *(("claims", name) for name in CLAIMS)]
)
def test_figures_and_claims_read_only_what_they_say(room, name):
    module = importlib.import_module(f"adamatlas.{room}.{name}")
    action = {"figures": "draw", "claims": "judge"}[room]
    cube = study_cube(name)
    said = cube[[*module.QUANTITIES, "status", "diverged_step"]]
    getattr(module, action)(said)
    for quantity in module.QUANTITIES:
        with pytest.raises(KeyError, match=quantity):
            getattr(module, action)(said.drop_vars(quantity))
