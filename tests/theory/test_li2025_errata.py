"""What li2025 prints and what is right: the proofs are in docs/errata.md. More are in test_manifolds.py."""

import numpy as np
import pytest
import torch

from adamatlas.theory.ellipse import Ellipse
from adamatlas.theory.manifolds import tangent
from adamatlas.theory.slow_ode import velocity

ELLIPSE = Ellipse(2.0, 1.0)
FORM = torch.tensor(ELLIPSE.form)


def third_derivative(phi, root):
    """D^3 L (2, 2, 2) of L = (q - 1)^2 / 2 in the coordinates phi = S^(-1/2) theta, and the Hessian."""

    def loss(x):
        theta = root * x
        return (0.5 * theta @ FORM @ theta - 1.0) ** 2 / 2

    def hessian(x):
        return torch.autograd.functional.hessian(loss, x, create_graph=True)

    point = torch.tensor(phi)
    return torch.autograd.functional.jacobian(hessian, point).numpy(), hessian(point).detach().numpy()


def definition_31(third, hessian, alpha):
    """The drift -1/2 P D^3 L[hat Sigma] of Definition 3.1 for Sigma = alpha H, and hat Sigma."""
    values, vectors = np.linalg.eigh(hessian)
    sums = values[:, None] + values
    known = sums > 1e-9
    inner = vectors.T @ (alpha * hessian) @ vectors
    spread = vectors @ np.where(known, inner / np.where(known, sums, 1.0), 0.0) @ vectors.T
    flat = vectors[:, values < 1e-9]
    return -0.5 * flat @ flat.T @ np.einsum("kij,ij->k", third, spread), spread


@pytest.mark.parametrize("s", [(1.0, 1.0), (0.4, 2.5)])
@pytest.mark.parametrize("angle", [0.3, 1.2, -2.0])
def test_equation_3_has_twice_the_drift_of_definition_31_and_leaves_the_manifold(s, angle):
    theta, s, alpha = np.array(ELLIPSE.point(angle)), np.array(s), 0.7
    root = np.sqrt(s)
    third, hessian = third_derivative(theta / root, torch.tensor(root))
    drift, spread = definition_31(third, hessian, alpha)
    normal = hessian / np.trace(hessian)
    np.testing.assert_allclose(spread, alpha / 2 * normal, atol=1e-12)
    corrected = velocity(ELLIPSE, theta, s, alpha)
    np.testing.assert_allclose(root * drift, corrected, atol=1e-12)
    plain, _ = third_derivative(theta, torch.ones(2, dtype=torch.float64))
    printed = -alpha / 2 * s * np.einsum("kij,ij->k", plain, np.diag(s))
    np.testing.assert_allclose(tangent(ELLIPSE, theta, s, printed), 2 * corrected, atol=1e-12)
    assert np.abs(ELLIPSE.jacobian(theta) @ corrected).max() < 1e-12
    assert np.abs(ELLIPSE.jacobian(theta) @ printed).max() > 0.1


def hessian_of_net(theta):
    """diag(H) of a diagonal network on signs: 4 theta^2."""
    return 4.0 * theta**2


def hessian_of_ellipse(theta):
    """diag(H) at interpolation: the squares of grad q."""
    return (FORM @ theta) ** 2


@pytest.mark.parametrize("exponent", [0.5, 0.75, 1.0])
@pytest.mark.parametrize(("diagonal", "size"), [(hessian_of_net, 12), (hessian_of_ellipse, 2)])
def test_theorems_51_and_52_have_no_point_without_the_projection(diagonal, size, exponent):
    """Euler: <grad tr(Diag(H)^e), theta> = 2 e tr(Diag(H)^e), which is positive wherever H is not 0."""
    for seed in range(5):
        theta = torch.tensor(np.random.default_rng(seed).normal(size=size), requires_grad=True)
        trace = (diagonal(theta) ** exponent).sum()
        (gradient,) = torch.autograd.grad(trace, theta)
        assert float(gradient @ theta.detach()) == pytest.approx(2 * exponent * float(trace.detach()))
        assert float(trace.detach()) > 0.1


def test_what_lemma_51_asks_for_is_a_kink_for_theorem_51():
    """Where a weight is 0 the one-sided derivatives of tr(Diag(H)^(1/2)) are -2 and 2, those of tr(H) 0."""

    def change(exponent, step):
        theta = torch.tensor([0.0, 1.0], dtype=torch.float64)
        moved = theta + torch.tensor([step, 0.0], dtype=torch.float64)
        after, before = ((hessian_of_net(at) ** exponent).sum() for at in (moved, theta))
        return float(after - before) / step

    assert [change(0.5, step) for step in (-1e-6, 1e-6)] == pytest.approx([-2, 2])
    assert [change(1.0, step) for step in (-1e-6, 1e-6)] == pytest.approx([0, 0], abs=1e-5)
