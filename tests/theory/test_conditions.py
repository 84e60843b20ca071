"""The conditions of the papers' theorems at the papers' settings, worked out by hand."""

import numpy as np

from adamatlas.theory import conditions

TANG = {
    "d": 1000, "n_train": 200, "s": 100, "alpha": 0.2, "sigma_p": 0.1, "sigma_0": 0.01, "q": 3,
    "sampler": "sparse", "lr": 5e-5, "weight_decay": 1e-5, "batch_size": 100, "eps": 1e-8,
}  # fmt: skip
MENG = {"d": 400, "n_train": 20, "m": 10, "sigma_p": 0.5, "sigma_0": 0.01, "lr": 0.02}


def unmet(found):
    return [one.needs for one in found if not one.holds]


def test_the_setting_of_tang2025_is_outside_of_its_own_theory():
    assert unmet(conditions.feature_noise(TANG)) == [
        "noise patches share no coordinate",
        "s = Theta(sqrt(d) / n^2)",
        "alpha = o(s sigma_p^2 / n)",
        "eta = o(lambda sigma_0^q sigma_p^q)",
    ]
    values = {one.needs: one.value for one in conditions.feature_noise(TANG)}
    assert values["noise patches share no coordinate"] == "20 examples a coordinate"
    assert values["s = Theta(sqrt(d) / n^2)"] == "1e+02 against 0.00079"
    assert values["alpha = o(s sigma_p^2 / n)"] == "0.2 against 0.005"
    assert values["eta = o(lambda sigma_0^q sigma_p^q)"] == "5e-05 against 1e-14"


def test_disjoint_supports_share_no_coordinate():
    assert "noise patches share no coordinate" not in unmet(
        conditions.feature_noise(TANG | {"sampler": "disjoint"})
    )


def test_weight_decays_and_batches_of_tang2025():
    assert conditions.adam_decay(TANG).value == "1e-05 against 5e-06"
    assert not conditions.adam_decay(TANG).holds
    assert conditions.adam_decay(TANG | {"weight_decay": 1e-6}).holds
    assert conditions.adamw_decay(TANG | {"weight_decay": 1e-2}).value == "0.01 against 1"
    assert conditions.adamw_decay(TANG | {"weight_decay": 0.05, "batch_size": 2}).holds
    assert not conditions.small_batches(TANG).holds
    assert conditions.small_batches(TANG | {"batch_size": 2}).holds


def test_batches_and_forgetting_of_tang2025():
    assert conditions.large_batches(TANG).value == "2 against 1"
    assert conditions.large_batches(TANG).holds
    assert not conditions.large_batches(TANG | {"batch_size": 2}).holds
    assert conditions.adamw_batches(TANG | {"batch_size": 2}).value == "14 against 1e+02"
    adam = TANG | {"batch_size": 2, "beta2": 0.999}
    assert conditions.forgetting(adam).value == "0.95 against 5e-10"
    assert not conditions.forgetting(adam).holds
    assert conditions.forgetting(adam | {"beta2": 0.6}).holds


def test_condition_3_1_of_meng2023():
    assert unmet(conditions.signal_noise(MENG)) == ["d >= m^2 n^2"]
    loud = MENG | {"sigma_p": 1.0}
    assert unmet(conditions.signal_noise(loud)) == ["d >= m^2 n^2", "sigma_0 <= O(1 / (sigma_p^2 d))"]
    inside = MENG | {"d": 40_000, "sigma_p": 1.0, "sigma_0": 2.5e-5, "lr": 5e-4, "m": 10, "n_train": 20}
    assert unmet(conditions.signal_noise(inside)) == []


def test_the_two_scheme_of_li2025():
    at = {"beta1": 0.9, "c": {"Adam": np.array([1.0, 1.0]), "RMSProp": np.array([100.0])}}
    assert not unmet(conditions.slow_sde(at))
    assert conditions.slow_sde(at)[1].value == "Adam 1 to 1, RMSProp 100 to 100"
    loose = {"beta1": 0.95, "c": {"Adam": np.array([1.0, 4.0])}}
    assert len(unmet(conditions.slow_sde(loose))) == 2
    assert not conditions.smooth_sharpness(0.0).holds
    assert conditions.smooth_sharpness(0.2).holds
