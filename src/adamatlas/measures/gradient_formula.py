"""The gradient formulas of tang2025 Lemmas A.7 and A.8 against autograd and against the trained kernel."""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from adamatlas.lanes import Lane
from adamatlas.measures.shared.lanes import (
    finite_snapshots,
    spread,
    trained_lanes,
    training_draw,
    weights,
)
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.problems.order import batch as batch_of
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.problems.patch_cnn.kernels import Network, gradient, workspace
from adamatlas.problems.patch_cnn.sample import arrange
from adamatlas.regularizers.penalty import NONE
from adamatlas.store import read_spec
from adamatlas.theory.patch_gradient import lemma_gradient

PROBLEMS = ("patch_cnn",)
SECONDS = (2.2, 0.002)
NEEDS = {"weights": (True,)}
QUANTITIES = {
    "lemma_a7_error": (("snapshot",), "Lemma A.7 against autograd, relative error", "1"),
    "lemma_a8_error": (("snapshot",), "Lemma A.8 against autograd, relative error", "1"),
    "kernel_error": (("snapshot",), "compiled gradient against autograd, relative error", "1"),
    "overlap_share": (("snapshot",), "share of the minibatch's support coordinates in several supports", "1"),
    "single_term_error": (("snapshot",), "relative error of one term per coordinate", "1"),
}
SNAPSHOTS = 4


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """Relative errors max abs(a - b) / max abs(b) of the per-coordinate formulas on the next minibatch.

    At four snapshots spread over the run, NaN at the others. The lemmas (A.7 with the term of the decay, A.8
    without) and the compiled gradient, all in float64, are set against autograd. With decay, b is the larger
    of the loss's gradient and the decay's term: late in training they cancel. A coordinate in several
    supports of the minibatch has several terms; the lemmas print one, whose error is the maximum norm over
    the coordinates k > 1.
    """
    out = empty(__name__, trace)
    weight = weights(trace)
    size = read_spec(trace)["schedule"]["batch_size"]
    for lane in trained_lanes(trace):
        draw = training_draw(data, lane.seed)
        for snapshot in spread(finite_snapshots(weight[lane.number]), SNAPSHOTS):
            batch = batch_of(lane.seed, int(trace["step"].values[snapshot]), len(draw["y"]), size)
            w = np.ascontiguousarray(weight[lane.number, snapshot], dtype=float)
            found = compare(w, {name: values[batch] for name, values in draw.items()}, lane)
            for name, number in found.items():
                out[name][lane.number, snapshot] = number
    return dataset(__name__, trace, out)


def compare(w: np.ndarray, draw: dict[str, np.ndarray], lane: Lane) -> dict[str, float]:
    """The quantities of `measure` for the draw of one minibatch."""
    sample = arrange(draw, lane.settings, "float64")
    y, noise = draw["y"], dense_patches(draw, lane.settings)
    q, scale = lane.settings["q"], lane.settings["output_scale"]
    decay = lane.optimizer["weight_decay"]
    largest = decay * np.abs(w).max()
    exact, decayed = (autograd(w, noise, y, q, scale, wd) for wd in (0.0, decay))
    compiled = np.zeros_like(w)
    work = workspace(len(y), w.shape[1], w.dtype)
    gradient(w, compiled, np.arange(len(y)), sample, Network(q, float(scale)), NONE, 0.0, work)
    used = (noise != 0).sum(axis=0)[1:]
    single = lemma_gradient(w, noise, y, q, scale, disjoint=True)
    with_decay = lemma_gradient(w, noise, y, q, scale, decay)
    return {
        "lemma_a7_error": relative(with_decay, decayed, max(np.abs(exact).max(), largest)),
        "lemma_a8_error": relative(lemma_gradient(w, noise, y, q, scale), exact),
        "kernel_error": relative(compiled, exact),
        "overlap_share": float(np.mean(used[used > 0] > 1)),
        "single_term_error": relative(single[1:], exact[1:]),
    }


def autograd(
    w: np.ndarray, noise: np.ndarray, y: np.ndarray, q: float, output_scale: float, decay: float
) -> np.ndarray:
    """Gradient (d, 2m) of the mean cross-entropy on both patches plus decay/2 |w|^2, by torch in float64.

    The cross-entropy of two classes is -log sigmoid(margin), which keeps its digits where the loss is small.
    """
    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    sign = torch.tensor(np.asarray(y, dtype=float))
    feature = torch.zeros(len(y), len(w), dtype=torch.float64)
    feature[:, 0] = sign
    active = sum(torch.relu(patch @ weight) ** q for patch in (feature, torch.tensor(noise)))
    outputs = output_scale * active.reshape(len(y), 2, -1).sum(dim=2)
    margin = sign * (outputs[:, 1] - outputs[:, 0])
    loss = -torch.nn.functional.logsigmoid(margin).mean() + decay / 2 * (weight**2).sum()
    loss.backward()
    return weight.grad.numpy()


def relative(found: np.ndarray, expected: np.ndarray, size: float | None = None) -> float:
    """max abs(found - expected) over `size`, by default max abs(expected); 0 where both vanish."""
    difference = np.abs(found - expected).max()
    size = np.abs(expected).max() if size is None else size
    return float(difference / size) if size > 0 else float(difference > 0)
