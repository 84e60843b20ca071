import pytest

from adamatlas.estimate import estimate_bytes, estimate_seconds

SPEC = {
    "dtype": "float32",
    "settings": {"d": 1000, "m": 20, "s": 100},
    "regularizer": {"regularizer": "none"},
    "schedule": {"batch_size": 2, "steps": 1_000_000, "snapshots": 40, "snapshot_spacing": "mixed"},
    "lanes": {"seed": [0]},
}


def test_a_mini_batch_lane_takes_about_fifteen_seconds():
    assert 10 < estimate_seconds(SPEC) < 20


def test_seconds_and_bytes_grow_with_lanes():
    more = {**SPEC, "lanes": {"seed": [0, 1, 2], "lr": [0.1, 0.2]}}
    assert estimate_seconds(more) == pytest.approx(6 * estimate_seconds(SPEC))
    assert estimate_bytes(more) == 6 * estimate_bytes(SPEC) == 6 * 40 * 40_000 * 4


@pytest.mark.parametrize(
    ("schedule", "copies"),
    [({"moments": True}, 40 * 3), ({"weights": False}, 0), ({"snapshot_spacing": "last"}, 1)],
)
def test_bytes_follow_what_a_trace_keeps(schedule, copies):
    spec = {**SPEC, "schedule": SPEC["schedule"] | schedule}
    assert estimate_bytes(spec) == copies * 40_000 * 4


def test_the_exponent_of_the_second_moment_counts():
    plain, adam, power = (
        estimate_seconds(SPEC | {"optimizer": {"v_exponent": p}}) for p in (0.0, 0.5, 0.4375)
    )
    assert adam == estimate_seconds(SPEC | {"optimizer": {"v_exponent": 0.25}}) == estimate_seconds(SPEC)
    assert plain < adam / 2
    assert power > 10 * adam


def test_a_linear_model_is_cheap():
    linear = {**SPEC, "settings": {"d": 1000, "s": 100}, "schedule": SPEC["schedule"] | {"batch_size": 200}}
    assert estimate_seconds(linear) < 60


@pytest.mark.parametrize(
    ("problem", "settings", "kind", "weights", "seconds"),
    [
        ("noisy_ellipse", {}, "none", 2, 0.06),
        ("noisy_ellipse", {}, "full_gradient", 2, 0.06),
        ("diagonal_net", {"d": 1000}, "none", 2000, 1.2),
        ("diagonal_net", {"d": 1000}, "per_example_gradient", 2000, 1.4),
        ("diagonal_net", {"d": 1000}, "full_gradient", 2000, 1.5),
        ("diagonal_net", {"d": 10_000}, "full_gradient", 20_000, 14.0),
        ("matrix_factorization", {"d": 10, "depth": 2}, "none", 200, 1.5),
        ("matrix_factorization", {"d": 10, "depth": 2}, "per_example_gradient", 200, 15.0),
        ("matrix_factorization", {"d": 10, "depth": 2}, "full_gradient", 200, 2.7),
        ("matrix_factorization", {"d": 10, "depth": 3}, "none", 300, 2.5),
    ],
)
def test_a_million_steps_with_label_noise(problem, settings, kind, weights, seconds):
    size = 8 if problem == "matrix_factorization" else 1
    schedule = SPEC["schedule"] | {"batch_size": size, "snapshot_spacing": "last"}
    spec = {**SPEC, "problem": problem, "settings": settings, "schedule": schedule}
    spec["regularizer"] = {"regularizer": kind}
    assert estimate_bytes(spec) == 4 * weights
    assert seconds / 2 < estimate_seconds(spec) < seconds * 2


def test_image_networks_are_estimated_by_pixels_and_regularizer():
    image = {
        "dtype": "float32",
        "settings": {"dataset": "digits"},
        "regularizer": {"regularizer": "none"},
        "schedule": {
            "batch_size": 32,
            "steps": 320,
            "snapshots": 17,
            "snapshot_spacing": "linear",
            "weights": True,
        },
        "lanes": {"seed": [0]},
    }
    penalized = image | {"regularizer": {"regularizer": "per_example_gradient"}}
    larger = image | {"settings": {"dataset": "mnist"}}
    assert 0.2 < estimate_seconds(image) < estimate_seconds(penalized) < 2
    assert estimate_seconds(larger) > 2 * estimate_seconds(image)
    assert estimate_bytes(image) == 17 * 4 * 21_386
