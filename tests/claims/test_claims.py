import importlib
import json
import re
from dataclasses import fields

import numpy as np
import pytest
from helpers import CLAIMS, constant, partial_cube, reduced, study_cube

from adamatlas.claims import VERDICTS
from adamatlas.claims.rules import Claim

KEYS = [field.name for field in fields(Claim)]


def judge(study, *arguments, **options):
    paper, name = study.split(".")
    module = importlib.import_module(f"adamatlas.claims.{paper}.{name}")
    cube = study_cube(study, *arguments, **options)
    assert set(module.REQUIRES) <= {*cube.dims, *cube.coords}
    return {claim.id.removeprefix(f"{study}."): claim for claim in module.judge(cube)}


@pytest.mark.parametrize("study", CLAIMS)
@pytest.mark.parametrize("seeds", [1, 2, 6])
def test_every_claim_is_a_row_of_the_table(study, seeds):
    claims = judge(study, seeds=seeds)
    assert claims
    for claim in claims.values():
        row = claim.to_dict()
        assert list(row) == KEYS
        json.dumps(row, allow_nan=False)
        assert re.fullmatch(rf"{re.escape(study)}\.[A-Za-z0-9._]+", row["id"])
        assert row["verdict"] in VERDICTS


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("study", CLAIMS)
def test_nothing_known_is_inconclusive(study):
    for claim in judge(study, constant({})).values():
        assert claim.verdict in ("inconclusive", "outside")
        assert claim.measured is None


@pytest.mark.parametrize("study", CLAIMS)
def test_a_smaller_grid_is_judged_all_the_same(study):
    paper, name = study.split(".")
    module = importlib.import_module(f"adamatlas.claims.{paper}.{name}")
    whole = study_cube(study)
    known = {claim.id for claim in module.judge(whole)}
    for smaller, cube in reduced(whole).items():
        assert {claim.id for claim in module.judge(cube)} <= known, smaller


@pytest.mark.parametrize("study", CLAIMS)
def test_one_diverged_seed_is_left_out(study):
    random = np.random.default_rng(0)

    def value(name, run, shape):
        known = random.uniform(0.1, 1, shape)
        return np.full(shape, np.nan) if run["seed"] == 0 else known

    judge(study, value)


@pytest.mark.parametrize("study", CLAIMS)
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_claims_bear_a_partial_cube(study, share):
    paper, name = study.split(".")
    module = importlib.import_module(f"adamatlas.claims.{paper}.{name}")
    for claim in module.judge(partial_cube(study_cube(study), share=share)):
        json.dumps(claim.to_dict(), allow_nan=False)
