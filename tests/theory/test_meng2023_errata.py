"""What meng2023 prints and what is right: the proofs are in docs/errata.md, with the tests elsewhere."""

import numpy as np
import pytest

from adamatlas.problems.patch_cnn.decomposition import CORRECTED, recursion
from adamatlas.theory import signal_noise as times
from adamatlas.theory.full_gradient import lemma_gradient

AT = {"d": 40_000, "n_train": 20, "m": 10, "sigma_p": 1.0, "sigma_0": 2.5e-5, "lr": 1e-3}
LABELS = np.tile([-1.0, 1.0], 10)


def start(at, seed=0):
    """Products (n + 1, 2m) with mu and orthogonal noise patches of equal norm, and their Gram matrix."""
    square = at["sigma_p"] ** 2 * at["d"]
    products = at["sigma_0"] * np.random.default_rng(seed).normal(size=(at["n_train"] + 1, 2 * at["m"]))
    products[1:] *= np.sqrt(square)
    return products, np.diag([1.0, *[square] * at["n_train"]])


def test_the_signal_is_learned_at_2_t1_and_not_at_t1():
    """max_r gamma_jr under PEGR on orthogonal noise, sigma_p sqrt(d) = 20, at a larger lr than the study."""
    at = AT | {"lr": 0.1, "sigma_p": 0.1}
    stops = [round(times.signal_time(at, corrected)) for corrected in (False, True)]
    products, gram = start(at)
    weight = 1 / (at["sigma_p"] * np.sqrt(at["d"]))
    found = recursion(
        products, gram, LABELS, at["lr"], 1 / at["m"], weight, CORRECTED, stops[1], np.array(stops)
    )
    printed, corrected = (min(one[0, :10].max(), one[0, 10:].max()) for one in found)
    assert printed < times.signal_reached(at) / 10
    assert times.signal_reached(at) < corrected < 5 / np.log(20)


def test_proposition_54_rho_of_the_own_class_is_negative_after_pegr():
    at = AT | {"sigma_p": 0.5}
    products, gram = start(at)
    stops = np.array([50, 51, 100])
    weight = 1 / (at["sigma_p"] * np.sqrt(at["d"]))
    found = recursion(products, gram, LABELS, at["lr"], 1 / at["m"], weight, CORRECTED, 50, stops)
    own = np.repeat([-1.0, 1.0], at["m"]) == LABELS[:, None]
    bound = 4 * times.largest_noise(at)
    for rho in found[:, 1:]:
        assert -bound < rho[own].min() < -bound / 100
    assert (found[:, 0] >= 0).all()


def test_the_second_time_of_proposition_e2_has_its_logarithm_inverted():
    low, _ = times.noise_reached(AT)
    printed = np.log(21 * low)
    assert printed < 0
    rate, value, steps = 0.01, 21 / 22 * low, 0
    while value < 3:
        value, steps = value * (1 + rate), steps + 1
    assert steps <= 2 / rate * (np.log(66) - printed)
    assert steps > -printed / rate


def test_w_star_of_lemma_e3_needs_the_square_of_the_norm():
    """With |xi|^2 the distance of Lemma E.3 and the product of Lemma E.12 hold; with |xi| both are off."""
    n, m, d, sigma_p, far = 10, 4, 5000, 0.3, 4 * 4 * np.log(4 / 0.1)
    noise, y = sigma_p * np.random.default_rng(0).normal(size=(n, d)), np.tile([-1.0, 1.0], n // 2)
    norms = np.linalg.norm(noise, axis=1)
    bound = far * np.sqrt(m * n) / (sigma_p * np.sqrt(d))
    ratios, products = {}, {}
    for power in (1, 2):
        moved = {j: far * (noise[y == j] / norms[y == j, None] ** power).sum(axis=0) for j in (-1, 1)}
        ratios[power] = np.sqrt(m * sum((one**2).sum() for one in moved.values())) / bound
        products[power] = [noise[i] @ moved[y[i]] / far for i in range(n)]
    assert ratios[2] == pytest.approx(1, rel=0.1)
    assert ratios[1] == pytest.approx(sigma_p * np.sqrt(d), rel=0.1)
    np.testing.assert_allclose(products[2], 1, atol=0.1)
    assert min(products[1]) > 15


def test_the_first_sum_of_lemma_58_has_the_class_outside_of_the_rectifier():
    """lambda = 0: relu(<w, j y_i xi_i>) xi_i against j y_i relu(<w, xi_i>) xi_i, on a finite difference."""
    random = np.random.default_rng(0)
    n, m, d = 4, 2, 8
    noise = np.hstack([np.zeros((n, 1)), np.linalg.qr(random.normal(size=(d - 1, n)))[0].T])
    y, j, w = np.tile([-1.0, 1.0], n // 2), np.repeat([-1.0, 1.0], m), random.normal(size=(d, 2 * m))

    def pull(w):
        active = np.maximum(y[:, None] * w[0], 0) ** 2 + np.maximum(noise @ w, 0) ** 2
        return y * (active * j).sum(axis=1) / m

    exact = lemma_gradient(w, noise, y, 1 / m, 0.0, printed=False)[1:]
    slope = -1 / (1 + np.exp(pull(w)))
    sign = j * y[:, None]
    right, printed = sign * np.maximum(noise @ w, 0), np.maximum(sign * (noise @ w), 0)
    right, printed = (2 / (n * m) * noise.T[1:] @ (slope[:, None] * one) for one in (right, printed))
    np.testing.assert_allclose(right, exact, atol=1e-14)
    assert np.abs(printed - exact).max() > 0.1 * np.abs(exact).max()
    ahead, behind = w.copy(), w.copy()
    ahead[3, 1], behind[3, 1] = w[3, 1] + 1e-5, w[3, 1] - 1e-5
    loss = [np.log1p(np.exp(-pull(one))).mean() for one in (ahead, behind)]
    assert right[2, 1] == pytest.approx((loss[0] - loss[1]) / 2e-5, rel=1e-6)
