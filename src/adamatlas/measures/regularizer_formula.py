"""The updates of meng2023 Lemmas 5.1 and 5.8, printed and corrected, against float64 double backward."""

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
from adamatlas.theory.full_gradient import lemma_gradient

PROBLEMS = ("patch_cnn",)
SECONDS = (2.3, 0.003)
QUANTITIES = {
    "formula_error": (("snapshot", "factor"), "Lemma 5.1 against double backward, relative error", "1"),
    "full_gradient_error": (
        ("snapshot", "factor"),
        "Lemma 5.8 against double backward on orthogonal patches, relative error",
        "1",
    ),
    "compiled_error": (("snapshot",), "compiled gradient with its regularizer against double backward", "1"),
}
SNAPSHOTS = 6


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """Relative errors max abs(a - b) / max abs(b) of one update of the weights, at six snapshots of the run.

    b is the full-batch gradient of L + lambda/2 mean_i |grad L_i|^2 by torch in float64, with the
    regularizer on whatever the step; a is that of meng2023 Lemma 5.1, with the factor 1 + 4 lambda zeta
    l''/m as printed and with /m^2, and that of the compiled pass that trains. Lemma 5.8 is compared at the
    same weights and lambda, on noise patches made orthogonal, as it supposes. NaN at other snapshots. Raises
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
            out["full_gradient_error"][index] = full_gradient_errors(w, draw, lane)
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


def full_gradient_errors(w: np.ndarray, draw: Draw, lane: Lane) -> list[float]:
    """The relative errors of Lemma 5.8 for each factor, on orthogonal noise patches."""
    noise, y = dense_patches(draw, lane.settings), draw["y"].astype(float)
    frame, _ = np.linalg.qr(noise.T)
    noise = frame.T * np.linalg.norm(noise, axis=1)[:, None]
    scale, weight = lane.settings["output_scale"], 2 * lane.regularizer["weight"]
    exact = double_backward(w, noise, y, scale, "full_gradient", weight / 2)
    return [
        relative(lemma_gradient(w, noise, y, scale, weight, factor == "printed"), exact)
        for factor in COORDINATES["factor"][0]
    ]


def autograd(w: np.ndarray, draw: Draw, lane: Lane) -> np.ndarray:
    """The gradient (d, 2m) of the regularized loss, from its definition."""
    noise, penalty_of = dense_patches(draw, lane.settings), lane.regularizer
    scale, y = lane.settings["output_scale"], draw["y"].astype(float)
    return double_backward(w, noise, y, scale, penalty_of["kind"], penalty_of["weight"])


def double_backward(
    w: np.ndarray, noise: np.ndarray, y: np.ndarray, scale: float, kind: str, weight: float
) -> np.ndarray:
    """The gradient (d, 2m) of the loss with weight R on noise patches (n, d), by torch in float64."""
    labels, patches = torch.tensor(y), torch.tensor(noise)

    def losses(leaf: torch.Tensor) -> torch.Tensor:
        active = torch.relu(labels[:, None] * leaf[0]) ** 2 + torch.relu(patches @ leaf) ** 2
        outputs = scale * active.reshape(len(y), 2, -1).sum(dim=2)
        return -torch.nn.functional.logsigmoid(labels * (outputs[:, 1] - outputs[:, 0]))

    return objective_gradient(losses, torch.tensor(w), kind, weight).numpy()
