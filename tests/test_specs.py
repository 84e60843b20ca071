"""Canonical JSON and identities."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamatlas.specs import canonical, identity

finite = st.floats(allow_nan=False, allow_infinity=False)
specs = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_canonical_sorts_keys_drops_spaces_and_keeps_the_shortest_floats():
    assert (
        canonical({"b": [1, 1e-05], "a": {"y": 0.1, "x": True}}) == '{"a":{"x":true,"y":0.1},"b":[1,1e-05]}'
    )


def test_identity_is_the_start_of_the_hash():
    text = canonical({"lr": 5e-5})
    assert identity({"lr": 5e-5}) == hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_hold_is_refused(value):
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"lr": value})


@given(specs)
def test_canonical_reads_back_the_same_and_is_a_fixed_point(spec):
    back = json.loads(canonical(spec))
    assert back == spec
    assert canonical(back) == canonical(spec)


@given(st.dictionaries(st.text(), finite, min_size=2, max_size=6))
def test_key_order_changes_nothing(spec):
    assert identity(dict(reversed(spec.items()))) == identity(spec)


def test_different_specs_differ():
    assert identity({"lr": 1e-5}) != identity({"lr": 2e-5})
