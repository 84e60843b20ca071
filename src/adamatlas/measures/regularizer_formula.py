"""The update of meng2023 Lemma 5.1, as printed and corrected, against float64 double backward."""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from adamatlas.measures import _lanes
from adamatlas.measures.decomposition import FACTORS, NEEDS
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.problems.patch_cnn.decomposition import basis, classes, step
from adamatlas.problems.patch_cnn.kernels import Network, gradient, workspace
from adamatlas.problems.patch_cnn.sample import arrange
from adamatlas.regularizers.autograd import objective_gradient
from adamatlas.regularizers.penalty import penalty

PROBLEMS = ("patch_cnn",)
SHOTS = 6


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """Relative errors max abs(a - b) / max abs(b) of one update of the weights, at six snapshots of the run.

    b is the full-batch gradient of L + lambda/2 mean_i |grad L_i|^2 by torch in float64, with the
    regularizer on whatever the step. Variables over (lane, snapshot, factor): `formula_error`, a of meng2023
    Lemma 5.1 with the factor 1 + 4 lambda zeta l''/m as `printed` and with /m^2, `corrected`. Over (lane,
    snapshot): `compiled_error`, a of the compiled gradient that trains, in float64. NaN at other snapshots.

    Raises UserError for a run that Lemma 5.1 does not speak of (see `decomposition`).
    """
    weight = _lanes.weights(trace)
    _lanes.require(trace, NEEDS, "measure regularizer_formula: Lemma 5.1 of meng2023")
    formula, compiled = _lanes.empty(trace, len(FACTORS)), _lanes.empty(trace)
    for lane in _lanes.lanes(trace):
        draw = _lanes.draw(data, lane.seed)
        shots = _lanes.finite(weight[lane.number])
        for shot in shots[np.unique(np.linspace(0, len(shots) - 1, SHOTS).astype(int))] if len(shots) else ():
            w = np.ascontiguousarray(weight[lane.number, shot], dtype=float)
            exact = autograd(w, draw, lane)
            at = (lane.number, shot)
            formula[at] = [relative(lemma(w, draw, lane, power), exact) for power in FACTORS.values()]
            compiled[at] = relative(kernel(w, draw, lane), exact)
    dims = ("lane", "snapshot")
    return _lanes.dataset(
        trace,
        {
            "formula_error": ((*dims, "factor"), formula, "Lemma 5.1 against double backward"),
            "compiled_error": (dims, compiled, "compiled gradient against double backward"),
        },
        {"factor": list(FACTORS)},
    )


def lemma(w: np.ndarray, draw: dict, lane: _lanes.Lane, power: int) -> np.ndarray:
    """Minus the update of Lemma 5.1 over lr (d, 2m), from the coefficients of Lemma 5.3."""
    vectors = basis(dense_patches(draw, lane.settings))
    square = (vectors**2).sum(axis=1)
    move = np.empty((len(vectors), w.shape[1]))
    j = classes(w.shape[1])
    scale, weight = lane.settings["output_scale"], 2 * lane.regularizer["weight"]
    step(vectors @ w, draw["y"].astype(float), square, j, 1.0, scale, weight, power, move)
    move[0] *= j
    return -vectors.T @ (move / square[:, None])


def autograd(w: np.ndarray, draw: dict, lane: _lanes.Lane) -> np.ndarray:
    """The gradient (d, 2m) of the regularized loss, from its definition."""
    settings, penalty_of = lane.settings, lane.regularizer
    y = torch.tensor(draw["y"].astype(float))
    noise = torch.tensor(dense_patches(draw, settings))

    def losses(leaf: torch.Tensor) -> torch.Tensor:
        active = torch.relu(y[:, None] * leaf[0]) ** 2 + torch.relu(noise @ leaf) ** 2
        outputs = settings["output_scale"] * active.reshape(len(y), 2, -1).sum(dim=2)
        return -torch.nn.functional.logsigmoid(y * (outputs[:, 1] - outputs[:, 0]))

    return objective_gradient(losses, torch.tensor(w), penalty_of["kind"], penalty_of["weight"]).numpy()


def kernel(w: np.ndarray, draw: dict, lane: _lanes.Lane) -> np.ndarray:
    """The same gradient by the pass that trains."""
    n, found = len(draw["y"]), np.zeros_like(w)
    sample = arrange(draw, lane.settings, "float64", full_batch=True)
    network = Network(lane.settings["q"], float(lane.settings["output_scale"]))
    kind, weight, _ = penalty(lane.regularizer)
    gradient(w, found, np.arange(n), sample, network, kind, weight, workspace(n, w.shape[1], "float64"))
    return found


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    """max abs(found - expected) / max abs(expected); 0 where both vanish."""
    difference, size = np.abs(found - expected).max(), np.abs(expected).max()
    return float(difference / size) if size > 0 else float(difference > 0)
