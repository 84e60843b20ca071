"""What tang2025 prints and what is right: the proofs are in docs/errata.md."""

import numpy as np
import pytest
from scipy.special import expit

from adamatlas.theory.adam_step import largest_step
from adamatlas.theory.patch_gradient import lemma_gradient, loss_derivative

PAPER = {"d": 1000, "n": 200, "s": 100, "sigma_p": 0.1, "alpha": 0.2, "sigma_0": 0.01, "lr": 5e-5, "m": 20}


def patches(n, s, sigma_p, alpha=0.0, d=None):
    """Noise patches (n, d) that share no coordinate but the first, and alternating labels."""
    noise, y = np.zeros((n, d or 1 + n * s)), np.tile([1.0, -1.0], n // 2)
    values = sigma_p * np.random.default_rng(0).normal(size=(n, s))
    for i in range(n):
        noise[i, 1 + i * s : 1 + (i + 1) * s] = values[i]
    noise[:, 0] = -alpha * y
    return noise, y


@pytest.mark.parametrize(("times", "low", "high"), [(4, 0.0, 0.05), (0.25, 2.0, np.inf)])
def test_corollary_43_the_feature_decays_to_0(times, low, high):
    """Adam as in (3.4) on -(q/4) z^(q-1) + lambda z, for lambda = times (q/4) z_0^(q-2)."""
    z, m, v, lr, start = 0.02, 0.0, 0.0, 1e-4, 0.02
    decay, course = times * 0.75 * start, []
    for _ in range(600):
        g = -0.75 * max(z, 0) ** 2 + decay * z
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        z -= lr * m / (np.sqrt(v) + decay * lr)
        course.append(z / start)
    assert low <= abs(course[-1]) <= high
    assert (max(course) <= 1) == (times > 1)


def sign_descent(batches, noise, y, start, lr, steps):
    """The feature of one neuron of class +1 after each step of SignSGD over `batches`, again and again."""
    w = np.zeros((noise.shape[1], 2))
    w[0, 1] = start
    course = [start]
    for t in range(steps):
        batch = batches[t % len(batches)]
        w -= lr * np.sign(lemma_gradient(w, noise[batch], y[batch], 3))
        course.append(w[0, 1])
    return np.array(course)


def test_stage_one_takes_one_over_eta_steps():
    """Both classes in each batch: eta a step, eta n/B an epoch; at 1/(eta s sigma_p) the feature is small."""
    noise, y = patches(20, 10, 1.0)
    lr, epoch = 1e-3, 10
    course = sign_descent([[2 * k, 2 * k + 1] for k in range(epoch)], noise, y, 0.01, lr, 1000)
    np.testing.assert_allclose(np.diff(course), lr)
    np.testing.assert_allclose(np.diff(course[::epoch]), lr * epoch)
    assert course[-1] > 1
    assert course[round(1 / (lr * 10))] < 0.12
    assert largest_step(0.9, 0.999, 10**6) < PAPER["n"] / 2


def test_the_sign_in_lemma_c5_needs_an_example_of_the_class():
    """A batch of the other class moves the feature backwards, by alpha's term; in the mean it grows."""
    noise, y = patches(8, 10, 1.0, alpha=0.1)
    lr, batches = 1e-3, [[i] for i in range(8)]
    moves = np.diff(sign_descent(batches, noise, y, 0.01, lr, 80))
    np.testing.assert_allclose(moves[:8], lr * y)
    assert moves.mean() > lr / 3


def test_the_noise_bound_of_lemma_52_fails_at_both_ends_of_stage_one():
    noise, y = patches(20, PAPER["s"], PAPER["sigma_p"], PAPER["alpha"])
    printed = PAPER["lr"] * PAPER["s"] * PAPER["sigma_p"]
    scale = np.sqrt(PAPER["s"]) * PAPER["sigma_p"] * PAPER["sigma_0"]
    w = PAPER["sigma_0"] * np.random.default_rng(1).normal(size=(noise.shape[1], 2 * PAPER["m"]))
    largest = (noise @ w).max()
    assert 40 * printed < largest < np.sqrt(2 * np.log(noise.shape[0] * w.shape[1])) * 1.3 * scale
    learned = np.zeros((noise.shape[1], 2))
    learned[0] = -1, 1
    other = np.where(y > 0, (noise @ learned)[:, 0], (noise @ learned)[:, 1])
    np.testing.assert_allclose(other, PAPER["alpha"])
    assert other.min() > 100 * printed


def test_b4_has_n_lambda_for_b_lambda():
    """On a coordinate of an example of the batch, at a weight between both thresholds."""
    noise, y = patches(8, 5, 1.0)
    batch, n = [0, 1], 8
    w = np.zeros((noise.shape[1], 2))
    w[1:6, 1] = 0.1 * np.sign(noise[0, 1:6])
    share = loss_derivative(w, noise[batch], y[batch], 3, 1.0)[0, 1]
    pull = share * 3 * (noise[0] @ w[:, 1]) ** 2 * noise[0, 1]
    decay = 2 * pull / (n * w[1, 1])
    exact = -np.sign(lemma_gradient(w, noise[batch], y[batch], 3, weight_decay=decay)[1, 1])
    assert np.sign(pull - len(batch) * decay * w[1, 1]) == exact
    assert np.sign(pull - n * decay * w[1, 1]) == -exact
    absent = lemma_gradient(w, noise[2:4], y[2:4], 3, weight_decay=decay)[1, 1]
    assert absent == pytest.approx(decay * w[1, 1])


def test_lemma_c7_needs_the_power_of_the_activation():
    """All m features at ((1/m) log(1/lambda - 1))^(1/q): the derivative of the loss is lambda."""
    m, decay, q = PAPER["m"], 1e-5, 3
    z = (np.log(1 / decay - 1) / m) ** (1 / q)
    w = np.zeros((2, 2 * m))
    w[0, m:] = z
    exact = loss_derivative(w, np.zeros((1, 2)), np.ones(1), q, 1.0)[0, 1]
    assert exact == pytest.approx(decay)
    assert expit(-m * z**q) == pytest.approx(exact)
    assert expit(-m * z) < exact / 100


def test_lemma_c2_holds_with_eps_outside_of_the_root():
    """A coordinate that decay alone moves, eps = lambda eta: a full step from |w| of order eta on."""
    lr, decay = PAPER["lr"], 1e-5
    for w in (5 * lr, PAPER["sigma_0"]):
        m = v = 0.0
        for _ in range(20_000):
            m, v = 0.9 * m + 0.1 * decay * w, 0.999 * v + 0.001 * (decay * w) ** 2
        assert m / (np.sqrt(v) + decay * lr) > 0.8
        assert m / np.sqrt(v + decay * lr) < 0.01
