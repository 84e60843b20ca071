"""Lemma C.1's constant against the recursion of the moments."""

import numpy as np
import pytest

from adamatlas.theory.adam_step import largest_step


def step_of(gradients, beta1, beta2, corrected):
    """abs(m / sqrt(v)) after the last gradient, by the recursion as the papers write it."""
    m = v = 0.0
    for g in gradients:
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    t = len(gradients)
    if corrected:
        m, v = m / (1 - beta1**t), v / (1 - beta2**t)
    return abs(m) / np.sqrt(v)


@pytest.mark.parametrize("corrected", [True, False])
@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.9, 0.99), (0.5, 0.9), (0.0, 0.5)])
@pytest.mark.parametrize("steps", [1, 5, 300])
def test_the_bound_holds_and_is_reached(beta1, beta2, steps, corrected):
    bound = largest_step(beta1, beta2, steps, corrected)
    age = np.arange(steps)[::-1]
    worst = (beta1 / beta2) ** age
    assert step_of(worst, beta1, beta2, corrected) == pytest.approx(bound, rel=1e-9)
    random = np.random.default_rng(0)
    for _ in range(20):
        assert step_of(random.normal(size=steps), beta1, beta2, corrected) <= bound * (1 + 1e-12)


def test_the_constants_of_the_papers_betas():
    found = [largest_step(*betas, 10**6) for betas in ((0.9, 0.999), (0.9, 0.99), (0.5, 0.9))]
    np.testing.assert_allclose(found, [7.270, 2.345, 1.861], atol=1e-3)
