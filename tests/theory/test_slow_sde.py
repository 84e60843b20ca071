"""The slow SDE on the ellipse against autograd, an exact projection and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from adamatlas.theory.ellipse import Ellipse
from adamatlas.theory.manifolds import tangent
from adamatlas.theory.slow_ode import Preconditioner, project, velocity
from adamatlas.theory.slow_sde import SlowSDE, projected_angle

SGD = Preconditioner(0.0)
ANGLES = np.array([-2.5, -0.3, 0.0, 0.4, 1.2, math.pi / 2, 3.0])
DIAGONALS = [(1.0, 1.0), (0.4, 1.7), (3.0, 0.2)]


def flow_angle(on: Ellipse, theta: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
    """The angle of Phi_S(theta), for autograd: Newton's method, unrolled."""
    form, root = torch.tensor(on.form), torch.sqrt(s)
    mu, axes = torch.linalg.eigh(root[:, None] * form * root)
    y, tau = axes.T @ (theta / root), torch.zeros((), dtype=torch.float64)
    for _ in range(12):
        parts = 0.5 * mu * y**2 * torch.exp(-2 * mu * tau)
        tau = tau + torch.log(parts.sum()) * parts.sum() / (2 * mu * parts).sum()
    x, z = root * (axes @ (y * torch.exp(-mu * tau)))
    return torch.atan2((x - z) / on.b, (x + z) / on.a)


@pytest.mark.parametrize("s", DIAGONALS)
@pytest.mark.parametrize("angle", ANGLES)
def test_drift_and_diffusion_are_those_of_the_projections_derivatives(angle, s):
    """Ito's formula for the angle of Phi_S (the form that appendix F.4 of li2025 proves):
    drift 1/2 <grad^2 angle(Phi_S), S Sigma S>, variance <grad, S Sigma S grad>."""
    on, scales, alpha = Ellipse(2.0, 1.0), (0.7, 0.3), 0.25
    theta = torch.tensor(np.array(on.point(np.array(angle))))
    gradient, hessian = (
        how(lambda x: flow_angle(on, x, torch.tensor(s, dtype=torch.float64)), theta).numpy()
        for how in (torch.autograd.functional.jacobian, torch.autograd.functional.hessian)
    )
    outward = on.form @ theta.numpy()
    noise = alpha * np.outer(outward, outward) + np.diag(np.square(scales))
    spread = np.diag(s) @ noise @ np.diag(s)
    drift, variance = SlowSDE(on, alpha, scales, SGD).coefficients(np.array(angle), np.array(s))
    assert drift == pytest.approx(0.5 * np.sum(hessian * spread), abs=1e-9)
    assert variance == pytest.approx(gradient @ spread @ gradient, rel=1e-9)


@pytest.mark.parametrize("s", DIAGONALS)
def test_under_label_noise_alone_it_is_the_ode(s):
    on, s = Ellipse(2.0, 1.0), np.array(s)
    drift, variance = SlowSDE(on, 0.25, (0.0, 0.0), SGD).coefficients(ANGLES, s[:, None])
    assert (variance == 0).all()
    for angle, found in zip(ANGLES, drift, strict=True):
        theta, along = (np.array(on.point(np.array(t))) for t in (angle, angle + math.pi / 2))
        assert found == pytest.approx(velocity(on, theta, s, 0.25) @ along / (along @ along), abs=1e-12)


def test_the_projection_is_the_flows_end():
    on, random = Ellipse(2.0, 1.0), np.random.default_rng(0)
    theta, s = random.normal(size=(20, 2)), random.uniform(0.3, 3.0, (20, 2))
    found = projected_angle(on, theta, s)
    expected = [on.angle(project(on, x, diagonal)) for x, diagonal in zip(theta, s, strict=True)]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def normals(paths: int, steps: int):
    return lambda number: np.random.default_rng(number).normal(size=(steps, paths))


def test_on_a_circle_the_angle_is_brownian():
    """No drift, whatever the label noise; variance sigma^2 T / R^2."""
    sde = SlowSDE(Ellipse(2.0, 2.0), 0.25, (0.6, 0.6), SGD)
    times, start = np.linspace(1.0, 5.0, 5), np.full(20_000, 0.7)
    found = list(sde.solve(start, np.ones((2, start.size)), times, 10, normals(start.size, 10)))
    for time, angles in zip(times, found, strict=True):
        variance = 0.6**2 * (time - 1.0) / 2.0**2
        assert angles.mean() == pytest.approx(0.7, abs=4 * math.sqrt(variance / start.size) + 1e-12)
        assert angles.var() == pytest.approx(variance, rel=0.05)


def test_preconditioned_it_ends_in_its_stationary_density():
    """That of the generator on a grid: there is a current around the ellipse, so no quadrature gives it."""
    on, scales, s, count = Ellipse(2.0, 1.0), (0.8, 0.3), np.array([[0.7], [1.5]]), 500
    grid, width = np.linspace(-math.pi, math.pi, count, endpoint=False), 2 * math.pi / count
    drift, variance = SlowSDE(on, 0.3, scales, SGD).coefficients(grid, s)
    rates = variance / 2 / width**2 + np.array([[1.0], [-1.0]]) * drift / 2 / width
    assert (rates > 0).all()
    generator = np.roll(np.diag(rates[0]), 1, axis=1) + np.roll(np.diag(rates[1]), -1, axis=1)
    generator -= np.diag(rates.sum(0))
    density = np.linalg.lstsq(np.vstack([generator.T, np.ones(count)]), np.eye(count + 1)[-1])[0]

    start = np.random.default_rng(9).uniform(-math.pi, math.pi, 4000)
    fixed = SlowSDE(on, 0.3, scales, Preconditioner(0.5))
    v = np.broadcast_to(s**-2.0, (2, start.size))
    *_, end = fixed.solve(start, v, np.linspace(0, 30, 11), 150, normals(start.size, 150))
    for function in (lambda t: np.cos(2 * t), lambda t: np.sin(2 * t)):
        values, expected = function(end), density @ function(grid)
        assert 0.05 < abs(expected) < 0.9
        assert values.mean() == pytest.approx(expected, abs=4 * values.std() / 4000**0.5)


def test_v_follows_its_equation_and_changes_the_drift():
    """Without noise along the ellipse and with a fixed angle's noise v tends to diag(Sigma) at the rate c."""
    sde = SlowSDE(Ellipse(2.0, 2.0), 0.0, (0.5, 0.5), Preconditioner(0.5), c=2.0)
    start, v = np.full(20_000, 0.3), np.full((2, 20_000), 1.0)
    *_, end = sde.solve(start, v, np.array([0.0, 1.0]), 400, normals(start.size, 400))
    time = np.linspace(0, 1, 100_001)
    clock = np.trapezoid(1 / (0.25 + 0.75 * np.exp(-2.0 * time)), time)
    assert end.var() == pytest.approx(0.25 * clock / 4.0, rel=0.05)


def test_lemma_f2_holds_with_s_between_and_not_as_printed():
    """grad Phi_S S H = 0 on the manifold; the lemma prints grad Phi_S H = 0."""
    on, s = Ellipse(2.0, 1.0), np.array([0.4, 1.7])
    theta = np.array(on.point(np.array(1.2)))
    hessian = np.outer(on.jacobian(theta)[0], on.jacobian(theta)[0])
    columns = [np.array([tangent(on, theta, s, b) for b in x.T]) for x in (s[:, None] * hessian, hessian)]
    assert np.abs(columns[0]).max() < 1e-12
    assert np.abs(columns[1]).max() > 0.1
