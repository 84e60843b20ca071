"""The update of meng2023 Lemma 5.1, as printed and corrected, against float64 double backward."""

import numpy as np
import torch
import xarray as xr

from adamatlas.contracts import Draw
from adamatlas.lanes import Lane
from adamatlas.measures.decomposition import COORDINATES, NEEDS, POWERS
from adamatlas.measures.gradient_formula import compiled_gradient, relative
from adamatlas.measures.shared.lanes import lanes_with_weights, require, spread
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.problems.patch_cnn.decomposition import basis, classes, step
from adamatlas.regularizers.autograd import objective_gradient
from adamatlas.regularizers.penalty import penalty

PROBLEMS = ("patch_cnn",)
SECONDS = (2.3, 0.003)
QUANTITIES = {
    "formula_error": (("snapshot", "factor"), "Lemma 5.1 against double backward, relative error", "1"),
    "compiled_error": (("snapshot",), "compiled gradient with its regularizer against double backward", "1"),
}
SNAPSHOTS = 6


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """Relative errors max abs(a - b) / max abs(b) of one update of the weights, at six snapshots of the run.

    b is the full-batch gradient of L + lambda/2 mean_i |grad L_i|^2 by torch in float64, with the
    regularizer on whatever the step; a is that of meng2023 Lemma 5.1, with the factor 1 + 4 lambda zeta
    l''/m as printed and with /m^2, and that of the compiled pass that trains. NaN at other snapshots. Raises
    UserError for a run that Lemma 5.1 does not speak of (see `decomposition`).
    """
    require(trace, NEEDS, "measure regularizer_formula: Lemma 5.1 of meng2023")
    out = empty(__name__, trace)
    for lane, draw, weight, snapshots in lanes_with_weights(trace, data):
        kind, strength, _ = penalty(lane.regularizer)
        for snapshot in spread(snapshots, SNAPSHOTS):
            w, index = np.ascontiguousarray(weight[snapshot], float), (lane.number, snapshot)
            exact = autograd(w, draw, lane)
            out["formula_error"][index] = [
                relative(lemma(w, draw, lane, POWERS[factor]), exact) for factor in COORDINATES["factor"][0]
            ]
            compiled = compiled_gradient(w, draw, lane, kind, strength, full_batch=True)
            out["compiled_error"][index] = relative(compiled, exact)
    return dataset(__name__, trace, out)


def lemma(w: np.ndarray, draw: Draw, lane: Lane, power: int) -> np.ndarray:
    """Minus the update of Lemma 5.1 over lr (d, 2m), from the coefficients of Lemma 5.3."""
    vectors = basis(dense_patches(draw, lane.settings))
    square = (vectors**2).sum(axis=1)
    move = np.empty((len(vectors), w.shape[1]))
    j = classes(w.shape[1])
    scale, weight = lane.settings["output_scale"], 2 * lane.regularizer["weight"]
    step(vectors @ w, draw["y"].astype(float), square, j, 1.0, scale, weight, power, move)
    move[0] *= j
    return -vectors.T @ (move / square[:, None])


def autograd(w: np.ndarray, draw: Draw, lane: Lane) -> np.ndarray:
    """The gradient (d, 2m) of the regularized loss, from its definition."""
    settings, penalty_of = lane.settings, lane.regularizer
    y = torch.tensor(draw["y"].astype(float))
    noise = torch.tensor(dense_patches(draw, settings))

    def losses(leaf: torch.Tensor) -> torch.Tensor:
        active = torch.relu(y[:, None] * leaf[0]) ** 2 + torch.relu(noise @ leaf) ** 2
        outputs = settings["output_scale"] * active.reshape(len(y), 2, -1).sum(dim=2)
        return -torch.nn.functional.logsigmoid(y * (outputs[:, 1] - outputs[:, 0]))

    return objective_gradient(losses, torch.tensor(w), penalty_of["kind"], penalty_of["weight"]).numpy()
