"""Runs near the manifold of minimizers, and their projection by the flow that the optimizer preconditions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from adamatlas.contracts import Draw
from adamatlas.errors import UserError
from adamatlas.lanes import Lane
from adamatlas.problems.diagonal_net.data import labels, signs
from adamatlas.store import read_spec
from adamatlas.theory.ellipse import Ellipse
from adamatlas.theory.manifolds import DiagonalNet, Manifold, hessian_diagonal, noise_ratio
from adamatlas.theory.slow_ode import Preconditioner, project


@dataclass(frozen=True)
class NearManifold:
    """The snapshots of one lane, in float64, and its manifold.

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

    def projections(self, snapshots: Iterable[int]) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """(snapshot, Phi_S (P,), diagonal of S (P,)) of those snapshots from which the flow arrives."""
        for snapshot in snapshots:
            s = self.scaling(self.second_moment(snapshot))
            try:
                theta = project(self.manifold, self.theta[snapshot], s)
            except (ArithmeticError, np.linalg.LinAlgError):
                continue
            yield snapshot, theta, s

    def distance(self, snapshot: int, theta: np.ndarray) -> float:
        """How far the weights of a snapshot are from theta (P,)."""
        return np.linalg.norm(theta - self.theta[snapshot])


def near_manifold(trace: xr.Dataset, draw: Draw, lane: Lane) -> NearManifold:
    """The NearManifold of a lane whose update is not by sign. UserError where not all noise is on labels."""
    if lane.settings.get("gradient_noise_x") or lane.settings.get("gradient_noise_y"):
        raise UserError("this theory is of label noise: set gradient_noise_x and gradient_noise_y to 0")
    rule, spec = lane.optimizer, read_spec(trace)
    target = manifold(spec["problem"], lane.settings, draw)
    alpha = noise_ratio(lane.settings["label_noise_scale"], spec["schedule"]["batch_size"])
    moments = {}
    if "v" in trace and rule["v_exponent"] > 0.0:
        v = _flat(trace["v"].values[lane.number])
        moments = {snapshot: v[snapshot] for snapshot in np.flatnonzero(trace["step"].values)}
    shared = blocks(spec["problem"], rule["v_block"], trace["w"].shape[2:])
    scaling = Preconditioner(rule["v_exponent"], rule["eps"], rule["v_floor"], shared)
    return NearManifold(target, alpha, scaling, _flat(trace["w"].values[lane.number]), moments)


def require_second_moment(trace: xr.Dataset, lane: Lane) -> None:
    """Raise UserError where slow equations do not know v along a run."""
    if lane.optimizer["v_exponent"] == 0.0:
        return
    if "v" not in trace:
        raise UserError("the slow equation starts from the second moment: set `moments: true`")
    if lane.optimizer["bias_correction"]:
        raise UserError("the slow equation has no bias correction: set `bias_correction: false`")


def manifold(problem: str, settings: Mapping[str, Any], draw: Draw) -> Manifold:
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
