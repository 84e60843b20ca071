"""Figures 5 and 6: lambda is chosen on the validation split alone, and losses are matched."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import cube_file, gather_spec, study_cube

from adamatlas.claims.meng2023 import fig5, fig6
from adamatlas.figures.meng2023.fig6 import draw
from adamatlas.readings import meng2023_images as images
from adamatlas.readings.meng2023 import FGR, PEGR
from adamatlas.readings.meng2023_images import Course

EPOCH = np.arange(5.0)


def cube(value, seeds=5):
    """A cube whose quantities are `value(name, run)` at every snapshot, plus a seed's own small offset."""
    return study_cube(
        "meng2023.fig6",
        lambda name, run, shape: np.full(shape, value(name, run)),
        seeds=seeds,
        axes={"reg_lambda": [0.0, 0.01, 0.1], "sigma_p": [0.0, 1.43, 2.86, 4.29]},
    )


def accuracy(name, run):
    """Validation likes 0.01 in even seeds and 0.1 in odd ones; the test split likes 0.1 everywhere."""
    strength = run["reg_lambda"]
    if name == "val_accuracy":
        return {0.0: 0.9, 0.01: 0.6 - 0.1 * (run["seed"] % 2), 0.1: 0.55}[strength]
    if name == "test_accuracy":
        return {0.0: 0.5, 0.01: 0.6, 0.1: 0.7}[strength] + 0.001 * run["seed"]
    return 1.0


def test_each_seed_chooses_on_its_validation_split_among_positive_lambdas():
    found = cube(accuracy)
    index = images.choice(found, PEGR)
    assert found["reg_lambda"].values[index[:, 0]].tolist() == [0.01, 0.1, 0.01, 0.1, 0.01]
    late = images.chosen(found, "test_accuracy", PEGR).late()
    np.testing.assert_allclose(late[:, 2], [0.6, 0.701, 0.602, 0.703, 0.604])
    (claim,) = (claim for claim in fig6.judge(found) if claim.id == "meng2023.fig6.pegr_noisy")
    assert "Chosen lambda: 0.01 by 12, 0.1 by 8." in claim.note
    assert "2.86: -0.140" in claim.note or "2.86: +0.140" in claim.note


def test_diverged_lambdas_are_no_candidates_and_equals_go_to_the_smaller():
    found = cube(lambda name, run: np.nan if run["reg_lambda"] == 0.1 and run["seed"] == 0 else 0.5)
    assert images.choice(found, FGR).tolist() == [[1] * 4] * 5
    nothing = cube(lambda name, run: np.nan if run["reg_lambda"] > 0 else 0.5)
    assert (images.choice(nothing, PEGR) == -1).all()
    assert np.isnan(images.chosen(nothing, "test_accuracy", PEGR).values).all()


def test_axes_and_lanes_are_read_alike():
    kinds = ("per_example_gradient", "full_gradient")
    axes = [
        {"regularizer": kind, "reg_off_epoch": 30, "reg_lambda": strength, "sigma_p": noise}
        for kind in kinds
        for strength in (0.0, 0.01, 0.1)[kind == "full_gradient" :]
        for noise in (0.0, 1.43, 2.86, 4.29)
    ]
    spec = gather_spec("meng2023.fig6", axes, tied={"reg_off_epoch": "regularizer"}, seeds=5)
    as_axes = cube_file(spec, lambda name, run, shape: np.full(shape, accuracy(name, run)))
    as_lanes = cube(accuracy)
    assert as_axes["step"].ndim > as_lanes["step"].ndim
    for method in (PEGR, FGR):
        one, other = (images.chosen(each, "test_accuracy", method) for each in (as_axes, as_lanes))
        np.testing.assert_array_equal(one.epoch, other.epoch)
        np.testing.assert_array_equal(one.values, other.values)
    assert [claim.measured for claim in fig6.judge(as_axes)] == [
        claim.measured for claim in fig6.judge(as_lanes)
    ]


def test_the_late_mean_is_over_the_last_quarter():
    values = np.arange(9.0)[None, None]
    assert Course(np.arange(9.0), values).late().item() == 7.0


def test_verdicts_follow_the_accuracies():
    verdicts = {claim.id.split(".")[-1]: claim.verdict for claim in fig6.judge(cube(accuracy, 6))}
    assert verdicts["pegr_clean"] == verdicts["lambda01_noisy"] == verdicts["fgr"] == "supported"
    worse = {0.0: 0.9, 0.01: 0.6, 0.1: 0.3}
    found = cube(lambda name, run: worse[run["reg_lambda"]] + 0.001 * run["seed"] * run["reg_lambda"])
    verdicts = {claim.id.split(".")[-1]: claim.verdict for claim in fig6.judge(found)}
    assert verdicts["pegr_clean"] == verdicts["lambda01_noisy"] == verdicts["clean"] == "refuted"


@pytest.mark.parametrize(
    ("level", "expected"), [(2.0, 0.1), (1.5, 0.35), (1.0, 0.6), (0.75, 0.65), (3.0, 0.1), (0.5, 0.7)]
)
def test_the_accuracy_when_a_loss_is_first_reached(level, expected):
    loss, at = np.array([2.0, 1.0, 0.5, 1.5]), np.array([0.1, 0.6, 0.7, 0.9])
    assert fig6.when_reached(loss, at, level) == pytest.approx(expected)


def test_accuracies_are_compared_at_the_lowest_loss_that_both_reach():
    def course(values):
        return Course(EPOCH, np.array(values, float)[None, None])

    fast, slow = course([4, 3, 2, 1, 0]), course([4, 3.5, 3, 2.5, 2])
    gain = fig6.matched(fast, course([0, 0.1, 0.2, 0.3, 0.4]), slow, course([0, 0.1, 0.2, 0.3, 0.4]))
    assert gain.item() == pytest.approx(0.4 - 0.2)
    lost = fig6.matched(fast, fast, course([4, np.nan, np.nan, np.nan, np.nan]), slow)
    assert np.isnan(lost).all()


def test_the_rank_correlation_is_spearman_s():
    from scipy import stats

    values = np.random.default_rng(0).normal(size=(3, 2, 9))
    found = fig5.rank_correlation(Course(np.arange(9.0), values))
    expected = [[stats.spearmanr(np.arange(9), one).statistic for one in row] for row in values]
    np.testing.assert_allclose(found, expected)
    flat = np.full((1, 1, 9), 2.0)
    assert np.isnan(fig5.rank_correlation(Course(np.arange(9.0), flat))).all()


def test_only_mnist_at_full_size_is_what_the_paper_reports():
    found = cube(accuracy)
    assert {claim.kind for claim in fig6.judge(found)} == {"extension"}
    found.attrs["config_json"] = '{"settings": {"dataset": "mnist", "n_train": 54400}}'
    kinds = {claim.id.split(".")[-1]: claim.kind for claim in fig6.judge(found)}
    assert {kinds[name] for name in ("lambda01_clean", "lambda01_noisy", "clean")} == {"reported"}
    assert {kinds[name] for name in ("pegr_clean", "matched_noisy", "fgr")} == {"extension"}


def test_a_loss_that_stays_at_chance_is_not_learning():
    off = study_cube("meng2023.fig5")["reg_off_epoch"].values[0]

    def stalls(name, run, shape):
        start = np.linspace(2.30, 2.29, *shape) if shape else np.array(0.0)
        return start + 0.001 * run["seed"] * run["sigma_p"]

    verdicts = {
        claim.id.split(".")[-1]: claim
        for claim in fig5.judge(study_cube("meng2023.fig5", stalls_only(stalls), seeds=6))
    }
    assert off > 0
    assert verdicts["lambda01_on"].verdict == "refuted"
    assert verdicts["standard"].verdict == "supported"


def stalls_only(value):
    """`value` for quantities over snapshots alone, 0.5 for the others."""
    return lambda name, run, shape: (
        value(name, run, shape) if len(shape) == 1 and name == "train_loss" else np.full(shape, 0.5)
    )


def test_a_grid_without_fgr_says_so_and_draws_no_line_for_it():
    axes = [{"regularizer": "per_example_gradient", "reg_off_epoch": 30}]
    lanes = {"reg_lambda": [0.0, 0.01, 0.1], "sigma_p": [0.0, 1.43]}
    spec = gather_spec("meng2023.fig6", axes, lanes, {"reg_off_epoch": "regularizer"}, seeds=5)
    found = cube_file(spec, lambda name, run, shape: np.full(shape, accuracy(name, run)))
    (claim,) = (claim for claim in fig6.judge(found) if claim.id == "meng2023.fig6.fgr")
    assert (claim.verdict, claim.n) == ("inconclusive", 0)
    assert claim.note.startswith("No run of the grid has it.")
    (legend,) = draw(found).legends
    assert [text.get_text()[:4] for text in legend.get_texts()] == ["stan", "PEGR", "PEGR"]
