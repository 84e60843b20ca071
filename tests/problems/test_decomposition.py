import numpy as np
import pytest
import torch

from adamatlas.problems.patch_cnn.decomposition import (
    CORRECTED,
    PRINTED,
    basis,
    classes,
    coefficients,
    recursion,
)

D, N, M, LR, SCALE, LAMBDA = 30, 6, 2, 0.3, 0.5, 0.4


def problem(seed=0):
    random = np.random.default_rng(seed)
    noise = random.normal(0, 0.5, (N, D))
    noise[:, 0] = 0
    return noise, np.repeat([-1.0, 1.0], N // 2), random.normal(0, 0.3, (D, 2 * M))


def descend(w, noise, y, steps, off):
    """Gradient descent on L + lambda/2 mean_i |grad L_i|^2 by double backward, one example at a time."""
    w, noise, y = (torch.tensor(part) for part in (w, noise, y))
    for t in range(steps):
        leaf = w.clone().requires_grad_()
        hidden = torch.relu(y[:, None] * leaf[0]) ** 2 + torch.relu(noise @ leaf) ** 2
        margin = SCALE * y * (hidden[:, M:].sum(1) - hidden[:, :M].sum(1))
        losses = torch.log1p(torch.exp(-margin))
        norms = sum((torch.autograd.grad(one, leaf, create_graph=True)[0] ** 2).sum() for one in losses)
        objective = losses.mean() + (LAMBDA if t < off else 0.0) / 2 * norms / N
        w = w - LR * torch.autograd.grad(objective, leaf)[0]
    return w.numpy()


def run(w, noise, y, power, steps, off):
    vectors = basis(noise)
    return recursion(vectors @ w, vectors @ vectors.T, y, LR, SCALE, LAMBDA, power, off, np.array([0, steps]))


def test_coefficients_are_those_of_the_definition():
    noise, _, w = problem()
    random = np.random.default_rng(1)
    gamma, rho = random.normal(size=2 * M), random.normal(size=(N, 2 * M))
    moved = w + noise.T @ (rho / (noise**2).sum(axis=1)[:, None])
    moved[0] += classes(2 * M) * gamma
    found, left = coefficients(moved, w, basis(noise))
    np.testing.assert_allclose(found[0], gamma, atol=1e-13)
    np.testing.assert_allclose(found[1:], rho, atol=1e-13)
    assert left < 1e-13
    assert coefficients(moved + random.normal(size=w.shape), w, basis(noise))[1] > 0.1
    assert coefficients(w, w, basis(noise))[1] == 0


@pytest.mark.parametrize("off", [0, 7, 40])
def test_the_corrected_recursion_is_gradient_descent(off):
    noise, y, w = problem()
    found, _ = coefficients(descend(w, noise, y, 40, off), w, basis(noise))
    start, end = run(w, noise, y, CORRECTED, 40, off)
    assert not start.any()
    np.testing.assert_allclose(end, found, atol=1e-12)
    assert np.abs(found).max() > 0.1


def test_the_printed_recursion_is_not():
    noise, y, w = problem()
    found, _ = coefficients(descend(w, noise, y, 1, 1), w, basis(noise))
    printed = run(w, noise, y, PRINTED, 1, 1)[1]
    assert np.abs(printed - found).max() > 1e-3 * np.abs(found).max()


def test_the_products_are_left_alone():
    noise, y, w = problem()
    vectors = basis(noise)
    products = vectors @ w
    kept = products.copy()
    gram = vectors @ vectors.T
    recursion(products, gram, y, LR, SCALE, LAMBDA, CORRECTED, 5, np.array([9]))
    np.testing.assert_array_equal(products, kept)
