"""Manifolds, projections and sharpness against float64 autograd; the ODE against a fine solution."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from helpers import train
from noisy import DATA, SETTINGS, data_file, train_spec
from scipy.integrate import solve_ivp
from scipy.linalg import solve_discrete_lyapunov

from adamatlas.engines import fused
from adamatlas.errors import UserError
from adamatlas.measures.shared.near_manifold import blocks, manifold
from adamatlas.measures.sharpness import diagonal, quasi_norm
from adamatlas.problems.diagonal_net import reference as diagonal_net
from adamatlas.problems.matrix_factorization import reference as matrix_factorization
from adamatlas.problems.noisy_ellipse import reference as noisy_ellipse
from adamatlas.theory.ellipse import Ellipse
from adamatlas.theory.manifolds import hessian_diagonal, noise_ratio, retract, tangent
from adamatlas.theory.sharpness import exact_diagonals, trace_power
from adamatlas.theory.slow_ode import Preconditioner, loss_floor, project, solve, stationarity, velocity

MODELS = {
    "diagonal_net": diagonal_net,
    "matrix_factorization": matrix_factorization,
    "noisy_ellipse": noisy_ellipse,
}
DESCRIBED = ["diagonal_net", "noisy_ellipse"]


def setting(problem: str) -> tuple:
    """(manifold, model, a point of the manifold, a positive diagonal) of a small problem."""
    draw = DATA[problem].sample(SETTINGS[problem], 0)
    there = manifold(problem, SETTINGS[problem], draw)
    model = MODELS[problem].Model(SETTINGS[problem], draw, 0)
    random = np.random.default_rng(0)
    s = random.uniform(0.5, 2.0, model.initial.numel())
    start = model.initial.numpy().ravel() + 0.1 * random.normal(size=s.size)
    return there, model, retract(there, start, s), s


@pytest.mark.parametrize("problem", DESCRIBED)
def test_residuals_and_gradients_are_those_of_the_model(problem):
    there, model, _, s = setting(problem)
    theta = np.random.default_rng(1).normal(size=s.size)
    w = torch.tensor(theta.reshape(model.initial.shape))
    y = model.y if problem == "diagonal_net" else 1.0
    np.testing.assert_allclose(there.residual(theta), (model.outputs(w) - y).numpy(), atol=1e-12)
    jacobian = torch.autograd.functional.jacobian(model.outputs, w).reshape(-1, s.size)
    np.testing.assert_allclose(there.jacobian(theta), jacobian.numpy(), atol=1e-12)


@pytest.mark.parametrize("problem", DESCRIBED)
def test_the_trace_gradient_is_that_of_the_diagonal(problem):
    there, _, theta, s = setting(problem)
    found = there.trace_gradient(theta, s)
    for k in np.random.default_rng(2).choice(s.size, min(5, s.size), replace=False):
        step = np.zeros(s.size)
        step[k] = 1e-5
        ahead, behind = (s @ hessian_diagonal(there, theta + sign * step) for sign in (1, -1))
        assert found[k] == pytest.approx((ahead - behind) / 2e-5, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("problem", sorted(SETTINGS))
def test_the_closed_diagonal_is_the_exact_hessians_at_interpolation(problem):
    """Elsewhere it is not, except in a factorization, which is linear in every single weight."""
    settings = SETTINGS[problem] | ({"rank": 1} if problem == "matrix_factorization" else {})
    draw = DATA[problem].sample(settings, 0)
    model = MODELS[problem].Model(settings, draw, 0)
    if problem == "matrix_factorization":
        left, values, right = np.linalg.svd(draw["truth"])
        root = np.sqrt(values)
        w = np.vstack([left * root, root[:, None] * right])
    else:
        theta = setting(problem)[2]
        w = theta.reshape(model.initial.shape)
    away = w + 0.3
    exact, exact_away = exact_diagonals(model, np.array([w, away]))
    np.testing.assert_allclose(diagonal(problem, settings, draw, w), exact, rtol=1e-8, atol=1e-9)
    same = np.allclose(diagonal(problem, settings, draw, away), exact_away, rtol=1e-3)
    assert same == (problem == "matrix_factorization")


@pytest.mark.parametrize("problem", sorted(SETTINGS))
def test_exact_diagonals_are_those_of_the_whole_hessian(problem):
    model = MODELS[problem].Model(SETTINGS[problem], DATA[problem].sample(SETTINGS[problem], 0), 0)
    weights = model.initial.numpy() + np.random.default_rng(0).normal(size=(3, *model.initial.shape))
    for w, found in zip(weights, exact_diagonals(model, weights), strict=True):
        hessian = torch.autograd.functional.hessian(lambda x: model.losses(x).mean(), torch.tensor(w))
        whole = hessian.reshape(w.size, w.size).diagonal().reshape(w.shape).numpy()
        np.testing.assert_allclose(found, whole, rtol=1e-12, atol=1e-12)


def test_lemma_5_1_where_u_or_v_is_zero():
    w = np.random.default_rng(0).normal(size=(2, 70))
    w[np.random.default_rng(1).integers(0, 2, 70), np.arange(70)] = 0
    for e in (0.25, 0.5, 1.0):
        trace = trace_power(diagonal("diagonal_net", {}, {}, w), e)
        assert trace == pytest.approx(4**e * quasi_norm("diagonal_net", w, e))


def test_the_construction_in_the_proof_of_lemma_5_1_leaves_the_manifold_as_printed():
    """u - s, v - s with s = min(u, v) changes u^2 - v^2; (u^2 - s^2)^(1/2), (v^2 - s^2)^(1/2) does not."""
    u, v = np.array([1.3, 0.2]), np.array([0.5, 0.7])
    s = np.minimum(u, v)
    printed, corrected = (u - s, v - s), (np.sqrt(u**2 - s**2), np.sqrt(v**2 - s**2))
    assert (np.abs(printed[0] ** 2 - printed[1] ** 2 - (u**2 - v**2)) > 0.1).all()
    np.testing.assert_allclose(corrected[0] ** 2 - corrected[1] ** 2, u**2 - v**2)
    for e in (0.25, 0.5, 1.0):
        assert (corrected[0] ** (2 * e) + corrected[1] ** (2 * e) < u ** (2 * e) + v ** (2 * e)).all()


def test_no_end_meets_the_fixed_point_as_printed_without_the_projection():
    """At SGD's end the gradient of tr(H) is 2 form^2 theta, which vanishes at theta = 0 alone."""
    there, tip = Ellipse(2.0, 1.0), np.sqrt(2.0) * np.ones(2)
    assert np.abs(there.residual(tip)).max() < 1e-12
    assert np.linalg.norm(there.trace_gradient(tip, np.ones(2))) > 0.5
    assert stationarity(there, tip, np.ones(2)) < 1e-12


def test_large_networks_have_no_exact_hessian():
    with pytest.raises(UserError, match="402 parameters"):
        exact_diagonals(None, np.zeros((3, 2, 201)))


@pytest.mark.parametrize("problem", DESCRIBED)
def test_the_projection_keeps_tangents_and_drops_the_way_back(problem):
    there, _, theta, s = setting(problem)
    b = np.random.default_rng(3).normal(size=s.size)
    along = tangent(there, theta, s, b)
    np.testing.assert_allclose(there.jacobian(theta) @ along, 0, atol=1e-9)
    np.testing.assert_allclose(tangent(there, theta, s, along), along, atol=1e-10)
    back = s * there.jacobian(theta)[0]
    np.testing.assert_allclose(tangent(there, theta, s, back), 0, atol=1e-9)


@pytest.mark.parametrize("problem", DESCRIBED)
def test_the_flow_ends_on_the_manifold(problem):
    there, _, theta, s = setting(problem)
    near = theta + 1e-3 * np.random.default_rng(4).normal(size=s.size)
    found = project(there, near, s)
    assert np.abs(there.residual(found)).max() < 1e-9
    slope = -s * (there.jacobian(near).T @ there.residual(near))
    np.testing.assert_allclose(found - near, near * 0, atol=10 * np.linalg.norm(slope))
    crossing = tangent(there, near, s, found - near)
    assert np.linalg.norm(crossing) < 0.05 * np.linalg.norm(found - near)


def test_the_ellipses_flow_follows_its_exact_path():
    there = Ellipse(2.0, 1.0)
    s = np.ones(2)
    start = np.array([1.1, 0.5])
    found = project(there, start, s)
    plus, minus = start.sum(), start[0] - start[1]
    after_plus, after_minus = found.sum(), found[0] - found[1]
    rates = 1 / there.b**2, 1 / there.a**2
    assert rates[0] * math.log(after_plus / plus) == pytest.approx(
        rates[1] * math.log(after_minus / minus), rel=1e-5
    )


def test_the_diagonal_nets_flow_follows_its_exact_path():
    """d log u = -2 s_u z dt and d log v = 2 s_v z dt with the same z: log(u) / s_u + log(v) / s_v stays."""
    there, _, theta, s = setting("diagonal_net")
    start = 1.1 * theta
    found = project(there, start, s)
    grown = np.split(np.log(found / start) / s, 2)
    assert np.abs(grown[0]).max() > 0.05
    np.testing.assert_allclose(grown[0], -grown[1], atol=1e-6)


def test_noise_ratio_is_that_of_the_gradients_covariance():
    there, _, theta, _ = setting("diagonal_net")
    jacobian = there.jacobian(theta)
    covariance = 0.5**2 * (jacobian**2).mean(0) / 4
    alpha = noise_ratio(0.5, 4)
    np.testing.assert_allclose(alpha * hessian_diagonal(there, theta), covariance)


def angle(theta: np.ndarray) -> np.ndarray:
    return np.arctan2((theta[..., 0] - theta[..., 1]) / 1.0, (theta[..., 0] + theta[..., 1]) / 2.0)


@pytest.mark.parametrize("p", [0.0, 0.25, 0.5])
def test_the_ellipses_ode_against_its_equation_in_the_angle(p):
    """One angle t and two second moments: dt = <t', velocity> / |t'|^2 integrated finely is the reference."""
    there, step = Ellipse(2.0, 1.0), Preconditioner(p, eps=1e-8)
    alpha, c, times = 0.25, 1.0, np.linspace(0, 3, 7)

    def at(t: float) -> tuple[np.ndarray, np.ndarray]:
        plus, minus = 2 * math.cos(t), math.sin(t)
        return (
            np.array([plus + minus, plus - minus]) / math.sqrt(2),
            np.array([-2 * math.sin(t) + math.cos(t), -2 * math.sin(t) - math.cos(t)]) / math.sqrt(2),
        )

    def slope(_: float, state: np.ndarray) -> np.ndarray:
        theta, along = at(state[0])
        drift = velocity(there, theta, step(state[1:]), alpha)
        change = c * (alpha * hessian_diagonal(there, theta) - state[1:])
        return np.array([drift @ along / (along @ along), *change])

    theta, _ = at(1.2)
    v = alpha * hessian_diagonal(there, theta)
    fine = solve_ivp(slope, (0, 3), [1.2, *v], t_eval=times, rtol=1e-11, atol=1e-12, method="DOP853")
    found, moments = solve(there, theta, v, times, alpha=alpha, c=c, preconditioner=step)
    np.testing.assert_allclose(angle(found), fine.y[0], atol=1e-6)
    np.testing.assert_allclose(moments, fine.y[1:].T, atol=1e-6)
    assert fine.y[0, -1] < 1.15


@pytest.mark.parametrize(
    ("p", "c", "kind"),
    [(0.5, 1.0, "coordinate"), (0.0, 0.0, "coordinate"), (0.5, 1.0, "neuron"), (0.25, 1.0, "layer")],
)
def test_the_diagonal_nets_ode_against_small_steps(p, c, kind):
    there, _, theta, _ = setting("diagonal_net")
    step = Preconditioner(p, eps=1e-3, blocks=blocks("diagonal_net", kind, (2, theta.size // 2)))
    alpha, end, count = 0.25, 0.2, 4000
    averaged = {
        "coordinate": lambda h: h,
        "neuron": lambda h: np.tile(h.reshape(2, -1).mean(0), 2),
        "layer": lambda h: np.repeat(h.reshape(2, -1).mean(1), theta.size // 2),
    }[kind]
    v = alpha * averaged(hessian_diagonal(there, theta)) + 0.01
    slow, moment = theta.copy(), v.copy()
    for _ in range(count):
        s = step(moment)
        ahead = slow + end / count / 2 * velocity(there, slow, s, alpha)
        half = moment + end / count / 2 * c * (alpha * averaged(hessian_diagonal(there, slow)) - moment)
        slow = slow + end / count * velocity(there, ahead, step(half), alpha)
        moment = moment + end / count * c * (alpha * averaged(hessian_diagonal(there, ahead)) - half)
    found, moments = solve(there, theta, v, [0, end / 2, end], alpha=alpha, c=c, preconditioner=step)
    assert np.abs(found[-1] - theta).max() > 0.01
    np.testing.assert_allclose(found[-1], slow, atol=1e-5)
    np.testing.assert_allclose(moments[-1], moment, atol=1e-5)
    assert np.abs(there.residual(found[-1])).max() < 1e-9


def test_sgds_end_on_the_ellipse_is_stationary_and_its_start_is_not():
    there, step = Ellipse(2.0, 1.0), Preconditioner(0.0)
    start = retract(there, np.array([1.3, 0.4]), np.ones(2))
    path, _ = solve(there, start, np.ones(2), [0, 200], alpha=0.25, c=0.0, preconditioner=step)
    assert stationarity(there, path[0], np.ones(2)) > 0.1
    assert stationarity(there, path[-1], np.ones(2)) < 1e-4
    assert path[-1][0] == pytest.approx(path[-1][1], rel=1e-4)


@pytest.mark.parametrize("kind", ["coordinate", "neuron", "layer", "all"])
def test_the_regularizer_has_the_gradient_that_vanishes_at_a_fixed_point(kind):
    """grad sum_b |b|^p tr(H_bb)^(1-p) = (1 - p) grad tr(S H)|_S with S = V(H)^-p, by finite differences."""
    there, _, theta, _ = setting("diagonal_net")
    p, columns = 0.3, theta.size // 2
    numbers = blocks("diagonal_net", kind, (2, columns))
    step = Preconditioner(p, blocks=numbers)
    groups = np.arange(theta.size) if numbers is None else numbers

    def regularizer(x: np.ndarray) -> float:
        h = hessian_diagonal(there, x)
        sums = [(np.sum(groups == b), h[groups == b].sum()) for b in np.unique(groups)]
        return sum(size**p * total ** (1 - p) for size, total in sums)

    h = hessian_diagonal(there, theta)
    assert step.regularizer(h) == pytest.approx(regularizer(theta))
    expected = (1 - p) * there.trace_gradient(theta, step(step.averaged(h)))
    for k in (0, 5, columns + 3):
        small = 1e-6 * np.eye(theta.size)[k]
        found = (regularizer(theta + small) - regularizer(theta - small)) / 2e-6
        assert found == pytest.approx(expected[k], rel=1e-5)


@pytest.mark.parametrize("problem", DESCRIBED)
@pytest.mark.parametrize("kind", ["neuron", "layer", "all"])
def test_blocks_are_those_of_the_engine(problem, kind):
    trace = train(
        fused, *_few_steps(problem, {"neuron": "adam_mini", "layer": "adalayer", "all": "adasgd"}[kind])
    )
    v = trace["v"].values[0, -1]
    numbers = blocks(problem, kind, v.shape)
    for block in np.unique(numbers):
        assert np.ptp(v.ravel()[numbers == block]) == 0
    assert len(np.unique(v)) == len(np.unique(numbers))


def _few_steps(problem: str, preset: str):
    spec = train_spec(problem, preset)
    return spec, data_file(problem, spec["settings"])


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
def test_the_loss_floor_is_that_of_the_exact_stationary_covariance(beta1):
    """E L of m <- m + (1 - beta1)(h x + noise - m), x <- x - lr s m, by its Lyapunov equation."""
    h, s, lr, alpha = 3.0, 0.7, 1e-3, 0.25
    step = np.array([[1 - lr * s * (1 - beta1) * h, -lr * s * beta1], [(1 - beta1) * h, beta1]])
    noise = np.array([-lr * s * (1 - beta1), 1 - beta1])
    covariance = solve_discrete_lyapunov(step, alpha * h * np.outer(noise, noise))

    class Line:
        def jacobian(self, theta):
            return np.array([[math.sqrt(h)]])

    found = loss_floor(Line(), np.zeros(1), np.array([s]), lr, alpha)
    assert found == pytest.approx(h / 2 * covariance[0, 0], rel=0.005)


def test_a_problem_without_a_manifold_is_refused():
    with pytest.raises(UserError, match="matrix_factorization has no description of its manifold"):
        manifold("matrix_factorization", {}, {})
