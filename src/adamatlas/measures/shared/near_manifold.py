"""A run near the manifold of minimizers: where the flow preconditioned by its optimizer takes its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from adamatlas.errors import UserError
from adamatlas.lanes import Lane
from adamatlas.measures.shared.lanes import training_draw
from adamatlas.problems.diagonal_net.data import labels, signs
from adamatlas.store import read_spec
from adamatlas.theory.ellipse import Ellipse
from adamatlas.theory.manifolds import DiagonalNet, Manifold, hessian_diagonal, noise_ratio
from adamatlas.theory.slow_ode import Preconditioner, project


@dataclass(frozen=True)
class NearManifold:
    """One lane's snapshots in float64 beside its manifold.

    alpha: of the gradient noise Sigma = alpha H; scaling: S(v) of its optimizer; theta: weights (snapshot,
    P); moments: v (P,) of the snapshots that have one.
    """

    manifold: Manifold
    alpha: float
    scaling: Preconditioner
    theta: np.ndarray
    moments: dict[int, np.ndarray]

    def second_moment(self, snapshot: int) -> np.ndarray:
        """v (P,) of a snapshot; where the trace has none, or at step 0, alpha V(diag H)."""
        if snapshot in self.moments:
            return self.moments[snapshot]
        return self.alpha * self.scaling.averaged(hessian_diagonal(self.manifold, self.theta[snapshot]))

    def project(self, snapshot: int) -> tuple[np.ndarray, np.ndarray] | None:
        """(Phi_S (P,), diagonal of S (P,)) of a snapshot; None where the flow does not arrive."""
        s = self.scaling(self.second_moment(snapshot))
        try:
            return project(self.manifold, self.theta[snapshot], s), s
        except (ArithmeticError, np.linalg.LinAlgError):
            return None


def near_manifold(trace: xr.Dataset, data: xr.Dataset, lane: Lane) -> NearManifold:
    """A lane beside its manifold; its update must not be by sign."""
    rule, spec = lane.optimizer, read_spec(trace)
    target = manifold(spec["problem"], lane.settings, training_draw(data, lane.seed))
    alpha = noise_ratio(lane.settings["label_noise_scale"], spec["schedule"]["batch_size"])
    moments = {}
    if "v" in trace and rule["v_exponent"] > 0.0:
        v = _flat(trace["v"].values[lane.number])
        moments = {snapshot: v[snapshot] for snapshot in np.flatnonzero(trace["step"].values)}
    shared = blocks(spec["problem"], rule["v_block"], trace["w"].shape[2:])
    scaling = Preconditioner(rule["v_exponent"], rule["eps"], rule["v_floor"], shared)
    return NearManifold(target, alpha, scaling, _flat(trace["w"].values[lane.number]), moments)


def manifold(problem: str, settings: Mapping[str, Any], draw: Mapping[str, np.ndarray]) -> Manifold:
    """The manifold of minimizers of one lane. UserError for a problem whose manifold is not described."""
    if problem == "noisy_ellipse":
        return Ellipse(settings["a"], settings["b"])
    if problem == "diagonal_net":
        return DiagonalNet(signs(draw["bits"], settings["d"]).astype(float), labels(draw))
    raise UserError(
        f"{problem} has no description of its manifold of minimizers, which the label-noise ODE needs; "
        "noisy_ellipse and diagonal_net have one"
    )


def blocks(problem: str, kind: str, shape: tuple[int, int]) -> np.ndarray | None:
    """The block of each weight of (rows, columns), as its engine has it; None where each is its own.

    A layer is a row of the diagonal network, a neuron a column; the ellipse is one neuron of one layer.
    """
    row, column = np.indices(shape)
    neuron = np.zeros_like(column) if problem == "noisy_ellipse" else column
    kinds = {"coordinate": None, "neuron": neuron.ravel(), "layer": row.ravel()}
    return kinds.get(kind, np.zeros(row.size, int))


def _flat(snapshots: np.ndarray) -> np.ndarray:
    """(snapshot, P) of (snapshot, row, column)."""
    return snapshots.reshape(len(snapshots), -1).astype(np.float64)
