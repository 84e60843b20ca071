"""Claims on image networks over batch size, weight decay, betas and number of images, on made-up cubes."""

import importlib

import numpy as np
import pytest
from helpers import constant, study_cube

from adamatlas.readings import image_sweeps as sweeps
from adamatlas.readings import images

BATCHES = [10, 30, 60, 150, 300]


def cube_of(study, error, seeds=6, loss=None, validation=None, **grid):
    """A cube with the test error `error(run, share)` at the snapshots, `share` of the way through a run."""

    def accuracy(run, share):
        return 1 - (share * 0 + np.asarray(error(run, share), dtype=float))

    values = {
        "test_accuracy": accuracy,
        "test_top5": accuracy,
        "val_accuracy": lambda run, share: share * 0 + (validation(run) if validation else 0.5),
        "train_loss": lambda run, share: share * 0 + (loss(run, share) if loss else 1.0),
    }
    return study_cube(study, constant(values), seeds=seeds, **grid)


def verdicts(study, cube):
    module = importlib.import_module(f"adamatlas.claims.{study}")
    return {claim.id.rpartition(".")[2]: claim.verdict for claim in module.judge(cube)}


def spread(run):
    """A little noise of the seed, so that intervals have a width."""
    return 1e-3 * np.sin(5 * run["seed"] + 1)


def jump(run, share=0.0):
    return 0.05 + 0.4 * (run["batch_size"] > 100) + spread(run)


def test_a_jump_is_sharp_and_worse_in_large_batches():
    found = verdicts("tang2025.fig1", cube_of("tang2025.fig1", jump, axes={"batch_size": BATCHES}))
    assert set(found.values()) == {"supported"}
    assert len(found) == 6


def test_a_steady_rise_is_not_sharp():
    def steady(run, share):
        return 0.1 + 0.1 * BATCHES.index(run["batch_size"]) + spread(run)

    found = verdicts("tang2025.fig1", cube_of("tang2025.fig1", steady, axes={"batch_size": BATCHES}))
    assert found["adam_degrades"] == "supported"
    assert found["adam_sharp"] == "refuted"


def test_a_fall_refutes():
    cube = cube_of("tang2025.fig1", lambda run, share: 0.5 - jump(run), axes={"batch_size": BATCHES})
    found = verdicts("tang2025.fig1", cube)
    assert found["adamw_degrades"] == found["adamw_degrades_validation"] == "refuted"
    assert found["adamw_sharp"] == "refuted"


def test_sharpness_needs_five_batch_sizes():
    found = verdicts("tang2025.fig1", cube_of("tang2025.fig1", jump, axes={"batch_size": BATCHES[::2]}))
    assert found["adam_degrades"] == "supported"
    assert found["adam_sharp"] == "inconclusive"


def test_the_learning_rate_is_chosen_on_the_test_set_or_by_each_seed_on_its_validation_split():
    def error(run, share):
        return 0.1 if run["lr"] == 1e-3 else 0.3

    def validation(run):
        return 0.9 if (run["lr"] == 5e-3) == (run["seed"] == 0) else 0.2

    axes = {"batch_size": BATCHES, "lr": [5e-3, 1e-3]}
    cube = cube_of("tang2025.fig1", error, seeds=3, validation=validation, axes=axes)
    point = {"optimizer": "adam", "network": "small_cnn"}
    np.testing.assert_allclose(sweeps.chosen(cube, "batch_size", "test", **point), 0.1)
    own = sweeps.chosen(cube, "batch_size", "validation", **point)
    np.testing.assert_allclose(own.sel(seed=0), 0.3)
    np.testing.assert_allclose(own.sel(seed=[1, 2]), 0.1)


def decays(run, share, adamw=0.0):
    large = run["weight_decay"] > 0.09
    return 0.05 + (0.3 * large if run["optimizer"] == "adam" else adamw * large) + spread(run)


@pytest.mark.parametrize("study", ["tang2025.fig2", "tang2025.fig12"])
def test_adam_spikes_and_adamw_does_not(study):
    assert set(verdicts(study, cube_of(study, decays)).values()) == {"supported"}
    other = verdicts(study, cube_of(study, lambda run, share: decays(run, share, adamw=0.5)))
    assert other == {"adam_spikes": "supported", "adamw_stable": "refuted", "more_sensitive": "refuted"}
    flat = verdicts(study, cube_of(study, lambda run, share: 0.05 + spread(run)))
    assert flat["adam_spikes"] == "refuted"
    assert flat["adamw_stable"] == "supported"


def test_one_pair_of_betas_that_does_not_refutes():
    def rises(run, share):
        return run["batch_size"] / 500

    def but_one(run, share):
        return rises(run, share) * (-1 if run["beta2"] == 0.9 else 1)

    every, not_all = (cube_of("tang2025.fig9", error, seeds=8) for error in (rises, but_one))
    assert set(verdicts("tang2025.fig9", every).values()) == {"supported"}
    assert set(verdicts("tang2025.fig9", not_all).values()) == {"refuted"}


@pytest.mark.parametrize(("sensitive", "verdict"), [("adam", "supported"), ("adamw", "refuted")])
def test_who_is_sensitive_at_each_pair_of_betas(sensitive, verdict):
    def error(run, share):
        return run["weight_decay"] * (run["optimizer"] == sensitive)

    cube = cube_of("tang2025.fig10", error, seeds=8)
    assert verdicts("tang2025.fig10", cube) == {"more_sensitive": verdict}


def by_steps(run, share):
    """What falls with the number of steps alone."""
    return 0.5 - 0.4 * share + spread(run)


def test_an_effect_of_steps_alone_is_gone_at_equal_steps_and_loss():
    cube = cube_of("tang2025.matched", by_steps, loss=by_steps, axes={"batch_size": [20, 60]})
    found = verdicts("tang2025.matched", cube)
    assert found["adam_epochs"] == found["adamw_epochs"] == "supported"
    steps = sweeps.at_equal(cube, "steps", optimizer="adam", network="small_cnn")
    np.testing.assert_allclose(sweeps.change(steps, "batch_size"), 0)
    loss = sweeps.at_equal(cube, "loss", optimizer="adam", network="small_cnn")
    np.testing.assert_allclose(sweeps.change(loss, "batch_size"), 0)
    # The made-up runs have snapshots at steps 0, 20, ..., 100: a third of these images is seen at step 33.
    epochs = sweeps.at_equal(cube, "epochs", optimizer="adam", network="small_cnn")
    np.testing.assert_allclose(epochs.sel(batch_size=60) - epochs.sel(batch_size=20), 0.4 * (1 - 0.4))


def test_an_effect_of_the_batch_size_itself_is_seen_at_equal_loss():
    def own(run, share):
        return 0.1 + 0.2 * (run["batch_size"] > 30) + spread(run)

    cube = cube_of("tang2025.matched", own, loss=by_steps, axes={"batch_size": [20, 60]})
    assert set(verdicts("tang2025.matched", cube).values()) == {"supported"}


def test_equal_loss_is_the_lowest_that_every_batch_size_reaches():
    def loss(run, share):
        return 1 - share * (0.5 if run["batch_size"] == 60 else 1.0)

    cube = cube_of("tang2025.matched", lambda run, share: share, loss=loss, axes={"batch_size": [20, 60]})
    at = sweeps.at_equal(cube, "loss", optimizer="adam", network="small_cnn")
    np.testing.assert_allclose(at.sel(batch_size=60), 1.0)
    np.testing.assert_allclose(at.sel(batch_size=20), 0.6)  # the first snapshot with a loss of 0.5 or less


@pytest.mark.parametrize(("slope", "verdict"), [(-1e-3, "supported"), (1e-3, "refuted")])
def test_more_images_at_the_same_steps_of_an_epoch(slope, verdict):
    cube = cube_of("tang2025.examples", lambda run, share: 0.5 + slope * run["n_train"] + spread(run))
    assert set(verdicts("tang2025.examples", cube).values()) == {verdict}
    found = sweeps.over_epoch_steps(cube, optimizer="adam", network="small_cnn")
    assert found["steps_per_epoch"].values.tolist() == [1, 10]
    np.testing.assert_allclose(
        found.sel(steps_per_epoch=1, n_train=70, seed=0), 0.5 + 70 * slope + spread({"seed": 0})
    )


def test_only_the_papers_sets_at_their_size_are_reported():
    cube = cube_of("tang2025.fig1", jump)
    assert images.kind(cube, {"digits": 0}) == "reported"
    assert images.kind(cube, {"digits": 10**6}) == "extension"
    assert images.kind(cube, {"cifar10": 0}) == "extension"
