"""Test errors of image networks over batch size, weight decay and betas (tang2025, Secs. 4 and D).

The paper takes, of several learning rates, the one with the best test performance. That chooses on what is
reported; beside it stands the choice that each seed makes on its validation split.
"""

import numpy as np
import xarray as xr

from adamatlas.readings import names
from adamatlas.readings.meng2023_images import data_set
from adamatlas.selection import at_end, constant, history, runs

OPTIMIZERS = ("adam", "adamw")
CHOICES = {"test": "lr best on the test set", "validation": "lr chosen on the validation split"}
"""How the learning rate of a cell is chosen, and what figures call it."""
EQUAL = {"epochs": "epochs", "steps": "steps", "loss": "training loss"}
"""What batch sizes are compared at."""
PAPER_SETS = {"cifar10": 45_000, "imagefolder": 90_000}
"""The paper's image sets, and the training images from which on a study has its size."""


def kind(cube: xr.Dataset) -> str:
    """`reported` on a set and at a size of the paper's, else `extension`."""
    least = PAPER_SETS.get(str(constant(cube, "dataset")), np.inf)
    return "reported" if constant(cube, "n_train", 0) >= least else "extension"


def ran(cube: xr.Dataset) -> str:
    """What the runs are, for titles and notes: network, image set, training images."""
    networks = [names.name(network) for network in cube["network"].values.tolist()]
    return f"{' and '.join(networks)}, {data_set(cube)}"


def optimizers_of(cube: xr.Dataset) -> list[str]:
    """The optimizers of a study, Adam and AdamW first."""
    return names.ordered(cube["optimizer"].values.tolist(), *OPTIMIZERS)


def runs_of(cube: xr.Dataset) -> dict[str, dict[str, str]]:
    """{title: point} of each optimizer and network; titles name the network where there are several."""
    networks = cube["network"].values.tolist()
    return {
        names.name(optimizer) + (f", {names.name(network)}" if len(networks) > 1 else ""): {
            "optimizer": optimizer,
            "network": network,
        }
        for optimizer in optimizers_of(cube)
        for network in networks
    }


def key(cube: xr.Dataset, point: dict[str, str]) -> str:
    """What a claim about the runs at `point` is called: the optimizer, and the network of several."""
    return point["optimizer"] + (f"_{point['network']}" if cube.sizes["network"] > 1 else "")


def error(accuracy: xr.DataArray) -> xr.DataArray:
    """1 - accuracy."""
    return 1 - accuracy


def chosen(
    cube: xr.Dataset, over: str, choice: str, quantity: str = "test_accuracy", **point
) -> xr.DataArray:
    """1 - `quantity` at the end (seed, over), at the learning rate that `choice` takes in each cell.

    `test`: the lr with the least mean over seeds of that very error, as the paper reports; `validation`: each
    seed takes the lr with its largest validation accuracy. Runs that diverged are no candidates.
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

    Epochs: at the snapshot nearest to the end of the smallest batches' run, in epochs. Loss: at the first
    snapshot at which the training loss is at most the lowest that every batch size of the seed reaches.
    """
    found = courses(cube, **point)
    test, loss = found["test_error"], found["train_loss"]
    if what == "steps":
        return test.isel(snapshot=-1)
    if what == "epochs":
        epoch = test["step"] * test["batch_size"] / constant(cube, "n_train")
        smallest = float(test["batch_size"].min())
        end = float(test["step"].max()) * smallest / constant(cube, "n_train")
        return test.isel(snapshot=abs(epoch - end).argmin("snapshot"))
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
