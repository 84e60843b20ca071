"""Claims on the memory of Adam's second moments, on made-up maps."""

import numpy as np
import pytest
from helpers import constant, study_cube

from adamatlas.claims.tang2025 import betas, memory_map
from adamatlas.selection import runs

BETAS = [0.9, 0.99, 0.999, 0.9999]
GRID = {"beta2": BETAS}


def judged(module, error, seeds=6, **grid):
    values = {"test_error": lambda run, share: share * 0 + error(run), "train_error": 0}
    cube = study_cube(f"tang2025.{module.__name__.rpartition('.')[2]}", constant(values), seeds=seeds, **grid)
    return {claim.id.rpartition(".")[2]: claim for claim in module.judge(cube)}, cube


def memory(run):
    return 1 / (1 - run["beta2"])


def late(run):
    """Failure from a memory on that grows with n/B and with n, and falls again."""
    onset = 5 * (run["n_train"] / 100) ** 5 * (run["n_train"] / run["batch_size"]) ** 2
    return 0.0 if memory(run) < onset else 0.97 - 0.05 * np.log10(memory(run) / onset)


def test_a_map_with_an_onset():
    claims, cube = judged(memory_map, late, axes=GRID)
    assert {name: claim.verdict for name, claim in claims.items()} == {
        "onset_by_batch_size": "supported",
        "onset_by_examples": "supported",
        "falls_again": "supported",
        "no_forgetting": "supported",
    }
    found = memory_map.onsets(runs(cube, "batch_size", "beta2", optimizer="adam", n_train=100), 100)
    assert found["epoch"].values.tolist() == sorted(found["epoch"].values)
    at_one = found.sel(epoch=1).values
    np.testing.assert_allclose(at_one, 10)


@pytest.mark.parametrize(("error", "verdict"), [(0.97, "refuted"), (0.0, "inconclusive")])
def test_a_map_without_an_onset(error, verdict):
    claims, _ = judged(memory_map, lambda run: error, axes=GRID)
    assert claims["onset_by_batch_size"].verdict == verdict
    assert claims["onset_by_examples"].verdict == verdict
    assert claims["falls_again"].verdict == "refuted"


def test_five_seeds_decide_nothing():
    claims, _ = judged(memory_map, late, seeds=5, axes=GRID)
    assert claims["onset_by_batch_size"].verdict == "inconclusive"
    assert claims["onset_by_batch_size"].seeds_needed == 6


def test_a_theorem_on_all_betas_is_outside_of_its_conditions():
    claims, _ = judged(betas, lambda run: 0.97 if run["beta2"] > 0.99 else 0.0)
    for claim in claims.values():
        assert claim.verdict == "outside"
        assert claim.kind == "theory"
        assert "the rule says: refuted" in claim.note
        assert [one["needs"] for one in claim.conditions if not one["holds"]]
    claims, _ = judged(betas, lambda run: 0.97)
    assert all("the rule says: supported" in claim.note for claim in claims.values())
