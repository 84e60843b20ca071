import numpy as np
from helpers import PATCH_CNN

from adamatlas.measures import _test_draw
from adamatlas.problems.patch_cnn.data import sample


def test_a_draw_is_kept_for_all_who_share_it(monkeypatch):
    monkeypatch.setattr(_test_draw, "kept", {})
    first = _test_draw.test_draw(PATCH_CNN, 3, 20)
    np.testing.assert_equal(first, sample(PATCH_CNN, 3, purpose="test", n=20))
    assert _test_draw.test_draw(PATCH_CNN | {"sigma_p": 9.0}, 3, 20) is first
    assert _test_draw.test_draw(PATCH_CNN, 4, 20) is not first
    assert _test_draw.test_draw(PATCH_CNN, 3, 20) is first


def test_the_oldest_draws_make_room(monkeypatch):
    monkeypatch.setattr(_test_draw, "kept", {})
    size = sum(values.nbytes for values in _test_draw.test_draw(PATCH_CNN, 0, 20).values())
    monkeypatch.setattr(_test_draw, "BYTES", 2 * size)
    kept = [_test_draw.test_draw(PATCH_CNN, seed, 20) for seed in range(3)]
    assert list(_test_draw.kept.values()) == kept[1:]
    monkeypatch.setattr(_test_draw, "BYTES", 0)
    assert _test_draw.test_draw(PATCH_CNN, 5, 20)["y"].size == 20
    assert len(_test_draw.kept) == 1
