"""The claims of cross.pegr_adam on cubes whose verdicts are known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from helpers import constant, gather_spec, study_cube

from adamatlas.claims.cross import pegr_adam
from adamatlas.claims.cross.pegr_adam import best_for_others
from adamatlas.readings.cross import ends_over_lambda
from adamatlas.readings.meng2023 import FGR, PEGR

SPEC = gather_spec(
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
    seeds=10,
)


def cube_of(test_error, train_loss=0.69):
    def by_run(found):
        return lambda run, t: t * 0 + (found(run) if callable(found) else found)

    values = {"test_error": by_run(test_error), "train_loss": by_run(train_loss)}
    return study_cube("cross.pegr_adam", constant(values), spec=SPEC)


def judge(cube):
    claims = pegr_adam.judge(cube)
    assert {claim.kind for claim in claims} == {"extension"}
    return {claim.id.removeprefix("cross.pegr_adam."): claim for claim in claims}


def rescues(run, kind=PEGR):
    return run["regularizer"] == kind and run["reg_lambda"] == 10


def test_a_rescue_that_does_not_fit_and_does_not_last():
    claims = judge(cube_of(lambda run: 0.01 if rescues(run) and run["reg_off_epoch"] > 50 else 0.7))
    verdicts = {name: claim.verdict for name, claim in claims.items()}
    assert verdicts.pop("fgr_on") == verdicts.pop("pegr_off") == "refuted"
    assert set(verdicts.values()) == {"supported"}
    assert claims["pegr_on"].measured == pytest.approx(0.01 / 0.7)


def test_a_rescue_by_the_other_regularizer_that_fits():
    verdicts = {
        name: claim.verdict
        for name, claim in judge(cube_of(lambda run: 0.0 if rescues(run, FGR) else 0.4, 0.01)).items()
    }
    assert verdicts.pop("fgr_on") == "supported"
    assert set(verdicts.values()) == {"refuted"}


def test_one_batch_size_that_fails_refutes_the_rescue():
    lost = judge(cube_of(lambda run: 0.0 if rescues(run) and run["batch_size"] == 100 else 0.7))
    assert lost["pegr_on"].verdict == "refuted"
    assert lost["pegr_on"].measured == 1


def test_lambda_is_chosen_on_other_seeds():
    error = np.array([[0.0, 0.5, 0.5, 0.5], [0.4, 0.4, 0.4, 0.4], [np.nan, 0.1, 0.1, 0.1]])
    assert best_for_others(error).tolist() == [2, 0, 0, 0]
    assert best_for_others(error[:2]).tolist() == [1, 0, 0, 0]
    assert best_for_others(error[:, :1]).tolist() == [-1]
    assert best_for_others(np.full((2, 3), np.nan)).tolist() == [-1, -1, -1]


def test_runs_without_regularizer_begin_every_curve():
    cube = cube_of(lambda run: run["reg_lambda"] + 1)
    cube["status"].loc[{"regularizer": FGR, "seed": 2}] = 0
    assert judge(cube)["fgr_on"].n == 9
    for kind in (PEGR, FGR):
        for off in cube["reg_off_epoch"].values.tolist():
            curve = ends_over_lambda(cube, "test_error", "adam", 200, kind, off)
            assert curve["reg_lambda"].values.tolist() == [0.0, 1.0, 10.0]
            assert curve.max("seed").values.tolist() == [1.0, 2.0, 11.0]


def test_optimizers_may_have_a_switch_off_of_their_own():
    cube = cube_of(0.2, 0.3)
    for optimizer, epoch in (("gd", 40), ("adam", 100)):
        cube["status"].loc[{"optimizer": optimizer, "reg_off_epoch": epoch}] = 0
    claims = judge(cube)
    assert claims["gd_unfit"].n == claims["pegr_on"].n == 10
    assert "AdamW" in claims["pegr_off"].note
    assert "Adam," not in claims["pegr_off"].note
