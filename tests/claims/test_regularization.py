"""The claims of PEGR on tang2025's data."""

import importlib
import itertools

import pytest
from helpers import constant, gather_spec, study_cube

from adamatlas.claims.cross import pegr_adam
from adamatlas.readings.cross import ends_over_lambda
from adamatlas.readings.meng2023 import FGR, PEGR


def judge(study, values, seeds=20, **grid):
    paper, name = study.split(".")
    module = importlib.import_module(f"adamatlas.claims.{paper}.{name}")
    cube = study_cube(study, constant(values), seeds=seeds, **grid)
    return {claim.id.removeprefix(f"{study}."): claim for claim in module.judge(cube)}


def is_pegr(run):
    return run["regularizer"] == "per_example_gradient" and run["reg_lambda"] > 0


PEGR_ADAM = gather_spec(
    "cross.pegr_adam",
    [
        {"optimizer": name, "batch_size": size, "lr": lr, "weight_decay": wd}
        | {"regularizer": kind, "reg_lambda": strength, "reg_off_epoch": epoch}
        for kind, strength, epoch in (
            ("none", 0.0, 100),
            *itertools.product((PEGR, FGR), (1.0, 10.0), (40, 100)),
        )
        for name, size, lr, wd in (
            ("adam", 100, 5e-5, 1e-5),
            ("adam", 200, 5e-5, 1e-5),
            ("adamw", 200, 5e-5, 1e-2),
            ("gd", 200, 0.02, 1e-5),
        )
    ],
    tied={"lr": "optimizer", "weight_decay": "optimizer"},
    seeds=5,
)


def test_pegr_rescues_without_fitting():
    values = {
        "test_error": lambda run, t: t * 0 + (0.0 if run["reg_lambda"] == 10 else 0.7),
        "train_loss": lambda run, t: t * 0 + (0.69 if run["reg_off_epoch"] > 50 else 0.01),
    }
    claims = judge("cross.pegr_adam", values, spec=PEGR_ADAM)
    assert claims["adam_full_on"].verdict == "supported"
    assert claims["adam_full_alone"].verdict == "supported"
    assert claims["adam_b100_on"].verdict == "supported"
    assert claims["adam_b100_on_fits"].verdict == "refuted"
    assert claims["adamw_full_off_fits"].verdict == "supported"
    assert claims["gd_full_alone"].verdict == "refuted"


def test_each_regularizer_is_judged_on_its_own_runs():
    values = {
        "test_error": lambda run, t: t * 0 + (0.0 if is_pegr(run) else 0.7),
        "train_loss": lambda run, t: t * 0 + (0.01 if run["regularizer"] == "full_gradient" else 0.69),
    }
    claims = judge("cross.pegr_adam", values, spec=PEGR_ADAM)
    for run in ("adam_b100", "adam_full", "adamw_full"):
        for when in ("on", "off"):
            assert claims[f"{run}_{when}"].verdict == claims[f"{run}_fgr_{when}_fits"].verdict == "supported"
            assert claims[f"{run}_fgr_{when}"].verdict == claims[f"{run}_{when}_fits"].verdict == "refuted"
            assert "FGR" in claims[f"{run}_fgr_{when}"].statement
    assert "PEGR" in claims["adam_full_on"].statement


def test_runs_without_regularizer_are_judged_alone_and_begin_every_curve():
    values = {"test_error": lambda run, t: t * 0 + run["reg_lambda"]}
    cube = study_cube("cross.pegr_adam", constant(values), spec=PEGR_ADAM)
    cube["status"].loc[{"regularizer": "full_gradient", "seed": 2}] = 0
    claims = {claim.id: claim for claim in pegr_adam.judge(cube)}
    assert claims["cross.pegr_adam.adam_full_alone"].measured == 0.0
    assert claims["cross.pegr_adam.adam_full_fgr_on"].measured == 1.0
    assert claims["cross.pegr_adam.adam_full_fgr_on"].n == 4
    for kind in (PEGR, FGR):
        for off in cube["reg_off_epoch"].values.tolist():
            curve = ends_over_lambda(cube, "test_error", "adam", 200, kind, off)
            assert curve["reg_lambda"].values.tolist() == [0.0, 1.0, 10.0]
            assert curve.max("seed").values.tolist() == [0.0, 1.0, 10.0]


def test_lambdas_of_one_regularizer_are_none_of_the_other():
    cube = study_cube("cross.pegr_adam", constant({"test_error": 0.2, "train_loss": 0.3}), spec=PEGR_ADAM)
    cube["status"].loc[{"regularizer": "full_gradient", "reg_lambda": [0.0, 1.0]}] = 0
    for name in ("test_error", "train_loss"):
        cube[name] = cube[name].where(cube["status"] > 0)
    module = importlib.import_module("adamatlas.claims.cross.pegr_adam")
    claims = {claim.id.removeprefix("cross.pegr_adam."): claim for claim in module.judge(cube)}
    assert claims["adam_full_fgr_on"].measured == pytest.approx(0.2)
    assert "1:" not in claims["adam_full_fgr_on"].note.replace("10:", "")
    assert "1: 0.2, 10: 0.2" in claims["adam_full_on"].note


def test_gradient_descent_may_have_a_switch_off_of_its_own():
    values = constant({"test_error": 0.2, "train_loss": 0.3})
    cube = study_cube("cross.pegr_adam", values, spec=PEGR_ADAM)
    for optimizer, epoch in (("gd", 40), ("adam", 100)):
        cube["status"].loc[{"optimizer": optimizer, "reg_off_epoch": epoch}] = 0
    module = importlib.import_module("adamatlas.claims.cross.pegr_adam")
    claims = {claim.id.removeprefix("cross.pegr_adam."): claim for claim in module.judge(cube)}
    assert "gd_full_off" not in claims
    assert claims["gd_full_on"].n == claims["adam_b100_on"].n == claims["adamw_full_off"].n == 5
