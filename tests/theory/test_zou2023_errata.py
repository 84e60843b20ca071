"""What zou2023 prints and what is right: the proofs are in docs/errata.md."""

import numpy as np
import pytest

from adamatlas.measures.solution_distance import errors, newton
from adamatlas.problems.patch_cnn.data import dense_patches, sample
from adamatlas.theory.conditions import flips
from adamatlas.theory.patch_gradient import lemma_gradient
from adamatlas.theory.tensor_power import reaches

SETTINGS = {"sampler": "disjoint", "d": 200, "n_train": 8, "s": 20, "alpha": 0.1, "sigma_p": 0.2, "m": 10}


def test_lemma_56_needs_the_learning_rate():
    """T_j = Theta(sigma_0^(2-q)) as printed would not depend on eta."""

    def steps(lr, z=0.02, count=0):
        while z < 0.05:
            z, count = z + lr * 0.75 * z**2, count + 1
        return count

    assert steps(0.01) / steps(0.04) == pytest.approx(4, rel=0.01)
    assert reaches(0.05, 0.02, 3, 0.01) == pytest.approx(steps(0.01), rel=0.01)


def test_lemma_52_holds_for_the_neurons_alone_that_see_the_noise():
    """Without decay a neuron with <w_r, xi_i> < 0 has no gradient on the support of xi_i: it never moves."""
    draw = sample(SETTINGS, 0)
    noise, y = dense_patches(draw, SETTINGS), draw["y"]
    w = 0.1 * np.random.default_rng(0).normal(size=(200, 20))
    start = noise @ w
    for _ in range(50):
        w -= 1e-4 * np.sign(lemma_gradient(w, noise, y, 3))
    own = np.where(y[:, None] > 0, np.arange(20) >= 10, np.arange(20) < 10)
    growth = (noise @ w - start) / (50 * 1e-4 * SETTINGS["s"] * SETTINGS["sigma_p"])
    blind = own & (start < -0.01)
    assert 0.3 < blind.sum() / own.sum() < 0.7
    assert (growth[own & (start > 0.01)] > 0.5).all()
    assert (np.abs(growth[blind]) < SETTINGS["alpha"]).all()


@pytest.mark.parametrize(("decay", "missed"), [(10.0, 0.5), (1e-4, 0.0)])
def test_theorem_42_does_not_bring_the_training_error_to_0(decay, missed):
    """Any convex objective: two equal inputs of different labels. Overparametrized: one input outweighs."""
    equal, labels = np.array([[1.0, 0.5], [1.0, 0.5]]), np.array([1.0, -1.0])
    assert errors(newton(equal, labels, decay)[None], equal, labels)[0] >= 1 / 2
    free = np.array([[1.0, 0.1, 0.0], [-10.0, 0.0, 0.0]])
    assert np.linalg.matrix_rank(free) == 2
    assert errors(newton(free, np.ones(2), decay)[None], free, np.ones(2))[0] == missed


@pytest.mark.parametrize(("alpha", "does"), [(0.05, False), (0.5, True)])
def test_the_flip_needs_the_larger_of_two_terms(alpha, does):
    """Feature and noise of one neuron under sign descent, until the noise is at 1, the end of stage I."""
    at = {"s": 16, "sigma_p": 0.25, "sigma_0": 0.2, "q": 3, "alpha": alpha}
    strength, lr = at["s"] * at["sigma_p"], 1e-4
    product = strength ** (1 - at["q"]) * at["sigma_0"] ** (at["q"] - 1)
    assert product < alpha / 10
    feature = noise = at["sigma_0"]
    turned = False
    while noise < 1:
        sign = np.sign(feature**2 - alpha * noise**2)
        turned |= sign < 0
        feature, noise = feature + lr * sign, noise + lr * strength
    assert turned == does
    assert flips(at).holds == does
