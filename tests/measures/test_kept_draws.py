import numpy as np
from helpers import PATCH_CNN

from adamatlas.measures.shared import test_draws
from adamatlas.problems.patch_cnn.data import sample


def test_a_draw_is_kept_for_all_who_share_it(monkeypatch):
    monkeypatch.setattr(test_draws, "kept", {})
    first = test_draws.draw_test_points(PATCH_CNN, 3, 20)
    np.testing.assert_equal(first, sample(PATCH_CNN, 3, purpose="test", n=20))
    assert test_draws.draw_test_points(PATCH_CNN | {"sigma_p": 9.0}, 3, 20) is first
    assert test_draws.draw_test_points(PATCH_CNN, 4, 20) is not first
    assert test_draws.draw_test_points(PATCH_CNN, 3, 20) is first


def test_the_oldest_draws_make_room(monkeypatch):
    monkeypatch.setattr(test_draws, "kept", {})
    size = sum(values.nbytes for values in test_draws.draw_test_points(PATCH_CNN, 0, 20).values())
    monkeypatch.setattr(test_draws, "BYTES", 2 * size)
    kept = [test_draws.draw_test_points(PATCH_CNN, seed, 20) for seed in range(3)]
    assert list(test_draws.kept.values()) == kept[1:]
    monkeypatch.setattr(test_draws, "BYTES", 0)
    assert test_draws.draw_test_points(PATCH_CNN, 5, 20)["y"].size == 20
    assert len(test_draws.kept) == 1
