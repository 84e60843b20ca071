"""How near to a stationary point: the gradient of the regularized training loss of a patch_cnn trace."""

import numpy as np
import xarray as xr

from adamatlas.measures.shared.lanes import finite_snapshots, trained_lanes, training_draw, weights
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.theory.patch_gradient import lemma_gradient

PROBLEMS = ("patch_cnn",)
SECONDS = (0.5, 0.012)
NEEDS = {"weights": (True,), "regularizer": ("none",)}
QUANTITIES = {
    "gradient_l1": (("snapshot",), "sum of abs(gradient) of the training loss with decay", "1"),
    "gradient_l2": (("snapshot",), "norm of the gradient of the training loss with decay", "1"),
}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """norm_1 and norm_F of grad [mean_i L_i + weight_decay/2 |w|^2] over all training data, in float64.

    zou2023 calls the iterate where it is least W*. The decay counts where it is coupled to the gradient.
    """
    out = empty(__name__, trace)
    weight = weights(trace)
    for lane in trained_lanes(trace):
        draw = training_draw(data, lane.seed)
        noise, y = dense_patches(draw, lane.settings), draw["y"]
        coupled = lane.optimizer["decay_kind"] == "coupled"
        decay = lane.optimizer["weight_decay"] if coupled else 0.0
        for snapshot in finite_snapshots(weight[lane.number]):
            w, settings = weight[lane.number, snapshot], lane.settings
            g = lemma_gradient(w, noise, y, settings["q"], settings["output_scale"], decay)
            out["gradient_l1"][lane.number, snapshot] = np.abs(g).sum()
            out["gradient_l2"][lane.number, snapshot] = np.linalg.norm(g)
    return dataset(__name__, trace, out)
