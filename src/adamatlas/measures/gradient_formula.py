"""The gradient formulas of tang2025 Lemmas A.7 and A.8 against autograd and against the trained kernel."""

import numpy as np
import torch
import xarray as xr

from adamatlas.contracts import Draw
from adamatlas.lanes import Lane
from adamatlas.measures.shared.lanes import lanes_with_weights, spread
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

    a is the gradient of Lemma A.7 (with the term of the decay), of Lemma A.8 (without) or of the compiled
    pass, b that of autograd, all in float64, at four snapshots spread over the run; NaN at the others. With
    decay, max abs(b) is the larger one of the loss's gradient and the decay's term: late in training they
    cancel. A coordinate in several supports of the minibatch has several terms; the lemmas print one:
    `single_term_error` is its error over the coordinates k > 1.
    """
    out = empty(__name__, trace)
    size = read_spec(trace)["schedule"]["batch_size"]
    for lane, draw, w, snapshots in lanes_with_weights(trace, data):
        for snapshot in spread(snapshots, SNAPSHOTS):
            batch = batch_of(lane.seed, int(trace["step"].values[snapshot]), len(draw["y"]), size)
            of_batch = {name: values[batch] for name, values in draw.items()}
            for name, error in compare(np.ascontiguousarray(w[snapshot], float), of_batch, lane).items():
                out[name][lane.number, snapshot] = error
    return dataset(__name__, trace, out)


def compare(w: np.ndarray, draw: Draw, lane: Lane) -> dict[str, float]:
    """The quantities of `measure` for the draw of one minibatch."""
    y, noise = draw["y"], dense_patches(draw, lane.settings)
    q, scale = lane.settings["q"], lane.settings["output_scale"]
    decay = lane.optimizer["weight_decay"]
    exact, decayed = (autograd(w, noise, y, q, scale, wd) for wd in (0.0, decay))
    size = max(np.abs(exact).max(), decay * np.abs(w).max())
    used = (noise != 0).sum(axis=0)[1:]
    single = lemma_gradient(w, noise, y, q, scale, disjoint=True)
    return {
        "lemma_a7_error": relative(lemma_gradient(w, noise, y, q, scale, decay), decayed, size),
        "lemma_a8_error": relative(lemma_gradient(w, noise, y, q, scale), exact),
        "kernel_error": relative(compiled_gradient(w, draw, lane), exact),
        "overlap_share": float(np.mean(used[used > 0] > 1)),
        "single_term_error": relative(single[1:], exact[1:]),
    }


def compiled_gradient(
    w: np.ndarray, draw: Draw, lane: Lane, kind: int = NONE, weight: float = 0.0, full_batch: bool = False
) -> np.ndarray:
    """The gradient (d, 2m) of the mean loss of a draw by the compiled pass that trains, in float64.

    kind, weight: of the penalty (regularizers.penalty); full_batch: whether the pass takes all examples.
    """
    n, found = len(draw["y"]), np.zeros_like(w)
    sample = arrange(draw, lane.settings, "float64", full_batch)
    network = Network(lane.settings["q"], float(lane.settings["output_scale"]))
    gradient(w, found, np.arange(n), sample, network, kind, weight, workspace(n, w.shape[1], w.dtype))
    return found


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
