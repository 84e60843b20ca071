"""The claims of cross.exponent on cubes whose verdicts are known."""

from __future__ import annotations

from helpers import constant, study_cube

from adamatlas.claims.cross import exponent

P = [0, 0.125, 0.25, 0.375, 0.5]


def verdicts(large, small=lambda p: 0.0, feature=lambda p: 1 - p, seeds: int = 12) -> dict[str, str]:
    def error(run, share):
        return share * 0 + (large if run["batch_size"] > 2 else small)(run["v_exponent"])

    value = constant(
        {"test_error": error, "feature": lambda run, share: share * 0 + feature(run["v_exponent"])}
    )
    cube = study_cube("cross.exponent", value, seeds, axes={"v_exponent": P})
    claims = exponent.judge(cube)
    assert {claim.kind for claim in claims} == {"extension"}
    return {claim.id.rpartition(".")[2]: claim.verdict for claim in claims}


def test_a_switch_between_three_eighths_and_a_half():
    assert set(verdicts(lambda p: 0.8 * (p > 0.4)).values()) == {"supported"}


def test_a_gradual_way_is_no_switch():
    found = verdicts(lambda p: 1.6 * p, small=lambda p: 0.2, feature=lambda p: 1)
    assert found["adam_fails"] == "supported"
    assert found["switch"] == found["small_batches"] == found["feature_falls"] == "refuted"


def test_one_exponent_that_fails_refutes_all():
    assert verdicts(lambda p: 0.9 * (p in (0.25, 0.5)))["switch"] == "refuted"


def test_five_seeds_do_not_decide():
    assert set(verdicts(lambda p: 0.8 * (p > 0.4), seeds=5).values()) == {"inconclusive"}
