"""The claims of cross.exponent on cubes whose verdicts are known."""

from __future__ import annotations

import pytest
from helpers import constant, study_cube

from adamatlas.claims.cross import exponent


def verdicts(errors: dict, seeds: int = 5) -> dict[str, str]:
    value = constant(
        {"test_error": lambda run, share: share * 0 + errors[run["batch_size"] > 2](run["v_exponent"])}
    )
    cube = study_cube("cross.exponent", value, seeds, axes={"v_exponent": [0, 0.125, 0.25, 0.375, 0.5]})
    return {claim.id.rpartition(".")[2]: claim.verdict for claim in exponent.judge(cube)}


def test_a_gradual_way_from_descent_to_adam():
    found = verdicts({True: lambda p: 1.6 * p, False: lambda p: 0.0})
    assert set(found.values()) == {"supported"}


def test_a_switch_between_two_exponents():
    found = verdicts({True: lambda p: 0.8 * (p > 0.3), False: lambda p: 0.5})
    assert found["full_p0"] == found["full_p50"] == found["full_rises"] == "supported"
    assert found["full_between"] == found["b100_between"] == "refuted"
    assert found["b2_all"] == "refuted"


@pytest.mark.parametrize("worst", [0.125, 0.25])
def test_a_fall_on_the_way(worst):
    found = verdicts({True: lambda p: 0.9 if p == worst else 1.2 * p, False: lambda p: 0.0})
    assert found["full_rises"] == found["b100_rises"] == "refuted"
