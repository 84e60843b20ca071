"""The gradient formulas of tang2025 Lemmas A.7 and A.8 against autograd and against the trained kernel."""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from adamatlas.measures import _lanes
from adamatlas.measures._gradient import lemma_gradient
from adamatlas.problems.order import batch as batch_of
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.problems.patch_cnn.kernels import Network, gradient, workspace
from adamatlas.problems.patch_cnn.sample import arrange
from adamatlas.regularizers.penalty import NONE
from adamatlas.store import read_spec

PROBLEMS = ("patch_cnn",)
NEEDS = {"weights": (True,)}
SHOTS = 4


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """Relative errors max abs(a - b) / max abs(b) of the per-coordinate formulas on the next minibatch.

    With decay, b is the larger of the loss's gradient and the decay's term: late in training they cancel.

    At four snapshots spread over the run (NaN at the others): `lemma_a7_error` and `lemma_a8_error`, the
    formula with and without the term of the decay against float64 autograd; `kernel_error`, the compiled
    float64 gradient against autograd; `overlap_share`, the share of the batch's support coordinates that
    lie in several supports, where the lemma's single term per coordinate is not the whole sum; and
    `single_term_error`, the relative error in max norm over k > 1 of that single term. All (lane, snapshot).
    """
    names = ("lemma_a7_error", "lemma_a8_error", "kernel_error", "overlap_share", "single_term_error")
    out = {name: _lanes.empty(trace) for name in names}
    weight = _lanes.weights(trace)
    size = read_spec(trace)["schedule"]["batch_size"]
    for lane in _lanes.lanes(trace):
        draw = _lanes.draw(data, lane.seed)
        shots = _lanes.finite(weight[lane.number])
        for shot in shots[np.unique(np.linspace(0, len(shots) - 1, SHOTS).astype(int))] if len(shots) else ():
            batch = batch_of(lane.seed, int(trace["step"].values[shot]), len(draw["y"]), size)
            w = np.ascontiguousarray(weight[lane.number, shot], dtype=float)
            found = compare(w, {name: values[batch] for name, values in draw.items()}, lane)
            for name, number in zip(names, found, strict=True):
                out[name][lane.number, shot] = number
    titles = (
        "Lemma A.7 against autograd, relative error",
        "Lemma A.8 against autograd, relative error",
        "compiled gradient against autograd, relative error",
        "share of support coordinates in several supports",
        "relative error of one term per coordinate",
    )
    return _lanes.dataset(
        trace,
        {name: (("lane", "snapshot"), out[name], title) for name, title in zip(names, titles, strict=True)},
    )


def compare(w: np.ndarray, draw: dict[str, np.ndarray], lane: _lanes.Lane) -> tuple:
    """The five numbers of `measure` for the draw of one batch."""
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
    return (
        relative(lemma_gradient(w, noise, y, q, scale, decay), decayed, max(np.abs(exact).max(), largest)),
        relative(lemma_gradient(w, noise, y, q, scale), exact),
        relative(compiled, exact),
        float(np.mean(used[used > 0] > 1)),
        relative(single[1:], exact[1:]),
    )


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
