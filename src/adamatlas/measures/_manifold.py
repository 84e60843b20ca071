"""A lane's place beside the manifold of minimizers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from adamatlas.measures import _lanes
from adamatlas.theory.manifolds import Manifold, hessian_diagonal, manifold, noise_ratio
from adamatlas.theory.slow_ode import Preconditioner, project


@dataclass(frozen=True)
class Place:
    """The manifold of a lane, its alpha, S(v) of its optimizer, and its snapshots in float64.

    theta: weights (snapshot, P); moments: v (P,) of the snapshots that have one.
    """

    manifold: Manifold
    alpha: float
    scaling: Preconditioner
    theta: np.ndarray
    moments: dict[int, np.ndarray]

    def second_moment(self, shot: int) -> np.ndarray:
        """v (P,) of a snapshot; where the trace has none, or at step 0, alpha diag(H)."""
        if shot in self.moments:
            return self.moments[shot]
        return self.alpha * hessian_diagonal(self.manifold, self.theta[shot])

    def project(self, shot: int) -> tuple[np.ndarray, np.ndarray] | None:
        """(Phi_S (P,), s (P,)) of a snapshot; None where the flow does not arrive."""
        s = self.scaling(self.second_moment(shot))
        try:
            return project(self.manifold, self.theta[shot], s), s
        except (ArithmeticError, np.linalg.LinAlgError):
            return None


def place(trace: xr.Dataset, data: xr.Dataset, lane: _lanes.Lane) -> Place:
    """The place of a lane whose second moments are a coordinate's own and whose step is no sign."""
    rule, spec = lane.optimizer, _lanes.read_spec(trace)
    there = manifold(spec["problem"], lane.settings, _lanes.draw(data, lane.seed))
    alpha = noise_ratio(there, lane.settings["label_noise_scale"], spec["schedule"]["batch_size"])
    moments = {}
    if "v" in trace and rule["v_exponent"] > 0.0:
        v = _rows(trace["v"].values[lane.number])
        moments = {shot: v[shot] for shot in np.flatnonzero(trace["step"].values)}
    scaling = Preconditioner(rule["v_exponent"], rule["eps"], rule["v_floor"])
    return Place(there, alpha, scaling, _rows(trace["w"].values[lane.number]), moments)


def _rows(snapshots: np.ndarray) -> np.ndarray:
    """(snapshot, P) of (snapshot, row, column)."""
    return snapshots.reshape(len(snapshots), -1).astype(np.float64)
