"""A snapshot's place beside the manifold of minimizers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from adamatlas.errors import UserError
from adamatlas.measures import _lanes
from adamatlas.theory.manifolds import Manifold, hessian_diagonal, manifold, noise_ratio
from adamatlas.theory.slow_ode import Preconditioner, project


@dataclass(frozen=True)
class Place:
    """The manifold of a lane, its alpha, and the weights (P,) of a snapshot."""

    manifold: Manifold
    alpha: float
    theta: np.ndarray


def scaling(lane: _lanes.Lane) -> Preconditioner:
    """S(v) of the lane's optimizer. UserError where v is not a coordinate's own or the step is a sign."""
    rule = lane.optimizer
    if rule["block"] != "coordinate" or rule["sign"]:
        raise UserError("the label-noise ODE is here for optimizers with one second moment a coordinate")
    return Preconditioner(rule["p"], rule["eps"], rule["floor"])


def place(trace: xr.Dataset, data: xr.Dataset, lane: _lanes.Lane, shot: int) -> Place:
    """The manifold beside a snapshot."""
    spec = _lanes.read_spec(trace)
    there = manifold(spec["problem"], lane.settings, _lanes.draw(data, lane.seed))
    alpha = noise_ratio(there, lane.settings["delta"], spec["schedule"]["batch_size"])
    return Place(there, alpha, trace["w"].values[lane.number, shot].astype(np.float64).ravel())


def second_moment(trace: xr.Dataset, lane: _lanes.Lane, shot: int, there: Place) -> np.ndarray:
    """v (P,) of a snapshot; where the trace has none, or at step 0, alpha diag(H)."""
    if "v" in trace and lane.optimizer["p"] > 0.0 and int(trace["step"][shot]) > 0:
        return trace["v"].values[lane.number, shot].astype(np.float64).ravel()
    return there.alpha * hessian_diagonal(there.manifold, there.theta)


def on_manifold(
    trace: xr.Dataset, data: xr.Dataset, lane: _lanes.Lane, shot: int
) -> tuple[Place, np.ndarray, np.ndarray] | None:
    """(place, its projection Phi_S (P,), s (P,)); None where the flow does not arrive."""
    there = place(trace, data, lane, shot)
    s = scaling(lane)(second_moment(trace, lane, shot, there))
    try:
        return there, project(there.manifold, there.theta, s), s
    except (ArithmeticError, np.linalg.LinAlgError):
        return None
