"""The first layer's filters, cut out of traces, and their two numbers of noise."""

from importlib import import_module

import images
import numpy as np
import pytest

from adamatlas.measures.filters import FIRST_LAYERS, NEEDS, first_layer, high_frequency, total_variation


@pytest.mark.parametrize("network", FIRST_LAYERS)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_first_weights_of_a_network_are_its_filters(network, channels):
    activation = import_module(f"adamatlas.problems.images.networks.{network}").ACTIVATIONS[0]
    flat = images.network(network, (channels, 32, 32), activation)
    first = next(flat.network.parameters()).detach().numpy()
    found = first_layer(flat.weights.numpy()[None], network, channels)[0]
    assert found.shape[1] == channels
    np.testing.assert_array_equal(found, first.reshape(found.shape))


def test_every_network_that_is_measured_has_its_shape():
    assert set(NEEDS["network"]) == set(FIRST_LAYERS)


def filters(*of_one):
    """(lane 1, kernel, channel 1, row, column)."""
    return np.array(of_one, dtype=float)[None, :, None]


def test_total_variation_by_hand():
    assert total_variation(filters([[1, 1], [1, 1]])) == 0
    np.testing.assert_allclose(total_variation(filters([[1, -1], [-1, 1]])), 2)
    np.testing.assert_allclose(total_variation(filters([[0, 3], [0, 3]], [[1, 1], [1, 1]])), 0.5)


def test_total_variation_has_no_scale_of_its_own():
    drawn = np.random.default_rng(0).normal(size=(2, 4, 3, 5, 5))
    np.testing.assert_allclose(total_variation(drawn), total_variation(7.0 * drawn))


def test_white_noise_of_5x5():
    drawn = np.random.default_rng(0).normal(size=(1, 4000, 1, 5, 5))
    np.testing.assert_allclose(total_variation(drawn), 2.3, atol=0.05)
    # 16 of the 25 frequencies are high: two fifths of a row and of a column are not.
    np.testing.assert_allclose(high_frequency(drawn), 16 / 25, atol=0.01)


def test_high_frequencies_of_waves():
    at = np.arange(8)
    slow, fast = (np.tile(np.cos(2 * np.pi * k * at / 8), (8, 1)) for k in (1, 3))
    np.testing.assert_allclose(high_frequency(filters(slow)), 0, atol=1e-12)
    np.testing.assert_allclose(high_frequency(filters(fast)), 1)
    np.testing.assert_allclose(high_frequency(filters(fast.T)), 1)
    np.testing.assert_allclose(high_frequency(filters(slow, 2 * fast)), 0.8)
