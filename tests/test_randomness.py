"""The counter-based generator against published vectors, and the shape of what it feeds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from adamatlas.problems.order import batch
from adamatlas.randomness import normals, permute, philox, subset, words


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
        ),
    ],
)
def test_philox_gives_the_known_answers_of_random123(counter, key, expected):
    assert [int(word) for word in philox(*map(np.uint64, counter + key))] == expected


def test_a_longer_draw_begins_with_the_shorter_one():
    short, long = np.empty(5), np.empty(103)
    normals(3, 1, 9, short)
    normals(3, 1, 9, long)
    np.testing.assert_array_equal(long[:5], short)


@pytest.mark.parametrize("other", [(4, 1, 9), (3, 2, 9), (3, 1, 10), (3, 1, 9 + 2**32)])
def test_seed_purpose_and_stream_each_change_the_words(other):
    one, two = np.empty(64, np.uint64), np.empty(64, np.uint64)
    words(3, 1, 9, one)
    words(*other, two)
    assert (one != two).mean() > 0.9


def test_normals_are_standard_normal():
    draw = np.empty(200_000)
    normals(0, 1, 0, draw)
    assert stats.kstest(draw, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(draw[::2], draw[1::2])[0, 1]) < 0.01


def test_permutations_are_uniform():
    counts = np.zeros((6, 6))
    out, scratch = np.empty(6, np.int64), np.empty(6, np.uint64)
    for stream in range(12_000):
        permute(5, 4, stream, out, scratch)
        counts[np.arange(6), out] += 1
    assert sorted(out) == list(range(6))
    assert stats.chisquare(counts.ravel()).pvalue > 1e-3


def test_subsets_are_ascending_distinct_and_uniform():
    counts = np.zeros(9)
    pool, out, scratch = np.empty(9, np.int32), np.empty(4, np.int32), np.empty(4, np.uint64)
    for stream in range(9_000):
        subset(1, 1, stream, pool, out, scratch)
        assert (np.diff(out) > 0).all()
        counts[out] += 1
    assert stats.chisquare(counts).pvalue > 1e-3


def test_an_epoch_visits_every_sample_once():
    epoch = [batch(0, step, 12, 3) for step in range(4, 8)]
    assert sorted(np.concatenate(epoch)) == list(range(12))
    assert not np.array_equal(epoch[0], batch(0, 0, 12, 3))


def test_the_rest_of_an_epoch_that_does_not_divide_is_dropped():
    epoch = np.concatenate([batch(0, step, 11, 3) for step in range(3)])
    assert len(set(epoch)) == 9


def test_a_full_batch_is_in_order():
    np.testing.assert_array_equal(batch(0, 7, 5, 5), np.arange(5))
