"""Test errors of image networks over batch size, weight decay and betas (tang2025, Secs. 4 and D).

The paper takes, of several learning rates, the one with the best test performance. That chooses on what is
reported; beside it stands the choice that each seed makes on its validation split.
"""

import numpy as np
import xarray as xr

from adamatlas.selection import at_end, history, runs

CHOICES = {"test": "lr best on the test set", "validation": "lr chosen on the validation split"}
"""How the learning rate of a cell is chosen, and what figures call it."""
EQUAL = {"epochs": "epochs", "steps": "steps", "loss": "training loss"}
"""What batch sizes are compared at."""


def error(accuracy: xr.DataArray) -> xr.DataArray:
    """1 - accuracy."""
    return 1 - accuracy


def chosen(
    cube: xr.Dataset, over: str, choice: str, quantity: str = "test_accuracy", **point
) -> xr.DataArray:
    """1 - `quantity` at the end (seed, over), at the learning rate that `choice` takes in each cell.

    `test`: the lr with the least mean of that very error over the seeds that are known, as the paper reports;
    `validation`: each seed takes the lr with its largest validation accuracy. Runs that diverged are no
    candidates.
    """
    part = runs(cube, "seed", over, "lr", **point)
    found = error(at_end(part, quantity)).transpose("seed", over, "lr")
    judged = found.mean("seed") if choice == "test" else -at_end(part, "val_accuracy")
    index = judged.fillna(np.inf).argmin("lr")
    best = found.isel(lr=index).drop_vars("lr", errors="ignore")
    return best.transpose("seed", over).reindex(seed=cube["seed"])


def change(errors: xr.DataArray, over: str) -> np.ndarray:
    """The error at the largest value of the axis minus at the smallest; NaN with fewer than two values."""
    if errors.sizes[over] < 2:
        return np.full([size for dim, size in errors.sizes.items() if dim != over], np.nan)
    return (errors.isel({over: -1}) - errors.isel({over: 0})).values


def courses(cube: xr.Dataset, **point) -> dict[str, xr.DataArray]:
    """Training loss and test error over the snapshots (seed, batch_size, snapshot), with step and epoch."""
    part = runs(cube, "seed", "batch_size", **point)
    found = {"train_loss": history(part, "train_loss"), "test_error": error(history(part, "test_accuracy"))}
    return {name: values.transpose("seed", "batch_size", "snapshot") for name, values in found.items()}


def at_equal(cube: xr.Dataset, what: str, **point) -> xr.DataArray:
    """The test error (seed, batch_size) at equal `epochs`, `steps` or `loss`, of runs of equal steps.

    Epochs: at the snapshot nearest to the number of images that the smallest batches' run has seen. Loss: at
    the first snapshot at which the training loss is at most the lowest that every batch size of the seed
    reaches.
    """
    found = courses(cube, **point)
    test, loss = found["test_error"], found["train_loss"]
    if what == "steps":
        return test.isel(snapshot=-1)
    if what == "epochs":
        seen = test["step"] * test["batch_size"]
        end = test["step"].max() * test["batch_size"].min()
        return test.isel(snapshot=abs(seen - end).argmin("snapshot"))
    level = loss.min("snapshot").max("batch_size")
    reached = loss <= level
    first = test.isel(snapshot=reached.argmax("snapshot"))
    return first.where(reached.any("snapshot"))


def over_epoch_steps(cube: xr.Dataset, **point) -> xr.DataArray:
    """The test error at the end (steps_per_epoch, seed, n_train), a steps_per_epoch being n/B."""
    part = runs(cube, "seed", "batch_size", **point)
    found = error(at_end(part, "test_accuracy")).transpose("seed", "batch_size")
    steps = part["n_train"] / part["batch_size"]
    rows = []
    for ratio in np.unique(steps):
        cells = found.isel(batch_size=np.flatnonzero(steps == ratio))
        rows.append(cells.swap_dims(batch_size="n_train").sortby("n_train").drop_vars("batch_size"))
    ratios = xr.DataArray(np.unique(steps), dims="steps_per_epoch", name="steps_per_epoch")
    joined = xr.concat(rows, ratios, join="outer")
    return joined.reindex(seed=cube["seed"])
