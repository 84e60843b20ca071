import numpy as np
import pytest
from helpers import cube_file, gather_spec, partial_cube, study_cube

from adamatlas.errors import UserError
from adamatlas.selection import (
    at_end,
    constant,
    end_values,
    exceeds,
    flips,
    history,
    late_values,
    pick,
    runs,
)

AXES = [{"batch_size": size, "optimizer": name, "q": 3} for size in (2, 100) for name in ("adam", "adamw")]


@pytest.fixture
def cube():
    """Two batch sizes and optimizers, one q, two lanes of lr; the settings say n_train = 200."""
    return cube_file(gather_spec("x.y", AXES, {"lr": [0.1, 0.2]}))


def test_the_dims_are_those_that_are_named_in_their_order(cube):
    part = pick(cube, "optimizer", "seed", "batch_size", lr=0.1)
    assert part["test_error"].dims == ("optimizer", "seed", "batch_size", "snapshot")
    assert part["feature"].dims == ("optimizer", "seed", "batch_size", "snapshot", "label")
    assert pick(cube, "lr", batch_size=2, optimizer="adam")["late_loss"].dims == ("lr", "seed")
    part = pick(cube, "snapshot", "seed", batch_size=2, optimizer="adam", lr=0.2)
    assert part["test_error"].dims == ("snapshot", "seed")


@pytest.mark.parametrize("smaller", [{"q": [0]}, {"q": 0}, {}])
def test_a_dim_of_one_value_is_there_when_named_and_gone_when_not(cube, smaller):
    point = {"batch_size": 2, "optimizer": "adam", "lr": 0.1}
    assert "q" not in pick(cube.isel(smaller), **point).dims
    found = pick(cube.isel(smaller), "q", **point)
    assert found["test_error"].dims == ("q", "seed", "snapshot")
    assert found["q"].values.tolist() == [3]


def test_what_is_constant_in_the_study_can_be_named(cube):
    part = pick(cube, "n_train", batch_size=2, optimizer="adam", lr=0.1)
    assert part["test_error"].dims == ("n_train", "seed", "snapshot")
    assert part["n_train"].values.tolist() == [200]


def test_dims_of_measures_can_be_picked(cube):
    part = pick(cube, label=-1, batch_size=2, optimizer="adam", lr=0.1)
    assert part["feature"].dims == ("seed", "snapshot")
    assert float(part["label"]) == -1
    assert pick(cube, "label", batch_size=2, optimizer="adam", lr=0.1)["feature"].dims[0] == "label"


def test_a_name_that_is_no_axis_is_an_error_with_the_near_name(cube):
    for read in (pick, runs):
        with pytest.raises(UserError, match=r"batchsize is no axis of x\.y; did you mean 'batch_size'"):
            read(cube, batchsize=100)
        with pytest.raises(UserError, match=r"batchsize is no axis of x\.y; did you mean 'batch_size'"):
            read(cube, "batchsize", batch_size=2, optimizer="adam", lr=0.1)


def test_a_value_that_the_grid_lacks_is_an_error_or_no_seeds(cube):
    with pytest.raises(UserError, match=r"no run of x\.y has batch_size = 37; there are 2, 100"):
        pick(cube, batch_size=37)
    with pytest.raises(UserError, match="has optimizer = sgd; there are adam, adamw"):
        pick(cube, optimizer="sgd")
    for point in ({"batch_size": 37, "optimizer": "adam"}, {"optimizer": 2, "batch_size": 2}):
        part = runs(cube, "lr", **point)
        assert part["test_error"].dims == ("lr", "seed", "snapshot")
        assert part.sizes["seed"] == 0
    assert end_values(cube, "test_error", batch_size=7, optimizer="adam", lr=0.1).shape == (0,)


def test_an_axis_of_several_values_must_be_named_or_given(cube):
    with pytest.raises(UserError, match=r"lr of x\.y has the values 0\.1, 0\.2: name it as a dim or give it"):
        pick(cube, batch_size=2, optimizer="adam")


def test_numbers_are_compared_to_nine_digits():
    cube = cube_file(gather_spec("x.y", [{"beta2": beta2} for beta2 in (0.999991, 0.999999)]))
    assert float(pick(cube, beta2=0.999999)["beta2"]) == 0.999999
    assert float(pick(cube, beta2=0.999991 * (1 + 1e-12))["beta2"]) == 0.999991
    with pytest.raises(UserError):
        pick(cube, beta2=0.99999)


def test_pick_by_tied_coordinates():
    axes = [{"s": s, "sigma_p": s**-0.5} for s in (50, 200)]
    cube = cube_file(gather_spec("x.y", axes, tied={"sigma_p": "s"}))
    part = pick(cube, sigma_p=200**-0.5)
    assert part["test_error"].dims == ("seed", "snapshot")
    assert float(part["s"]) == 200
    with pytest.raises(UserError, match=r"sigma_p of x\.y lies along s: name that"):
        pick(cube, "sigma_p")


def test_seeds_outside_the_grid_are_dropped():
    spec = gather_spec("x.y", [{"batch_size": 2}, {"batch_size": 100}])
    spec["cells"][1]["seeds"] = [0]
    cube = cube_file(spec)
    assert pick(cube, batch_size=100)["seed"].values.tolist() == [0]
    assert pick(cube, batch_size=2).sizes["seed"] == 3


def test_seeds_that_a_partial_cube_lacks_are_kept_unknown():
    whole = cube_file(gather_spec("x.y", [{"batch_size": 2}, {"batch_size": 100}], seeds=8))
    cube = partial_cube(whole)
    lost = (cube["status"] < 0).sel(batch_size=2).values
    assert 0 < lost.sum() < 8
    errors = end_values(cube, "test_error", batch_size=2)
    assert (np.isnan(errors) == lost).all()
    assert (errors[~lost] == end_values(whole, "test_error", batch_size=2)[~lost]).all()


def number(name, run, shape):
    """The number of the snapshot."""
    return np.indices(shape)[0].astype(float) if shape else np.float64(0)


@pytest.fixture
def padded():
    """The smaller of two batch sizes has 4 snapshots, the larger 6."""
    cube = cube_file(gather_spec("x.y", [{"batch_size": 2}, {"batch_size": 100}]), number)
    cube["step"][{"batch_size": 0, "snapshot": slice(4, None)}] = -1
    cube["epoch"][{"batch_size": 0, "snapshot": slice(4, None)}] = np.nan
    return cube


def test_the_end_is_that_of_each_cell(padded):
    end = at_end(pick(padded, "seed", "batch_size"), "test_error")
    assert end.dims == ("seed", "batch_size")
    assert set(end.sel(batch_size=2).values) == {3.0}
    assert set(end.sel(batch_size=100).values) == {5.0}


def test_a_history_is_one_without_padding(padded):
    short, long = (history(pick(padded, batch_size=size), "feature") for size in (2, 100))
    assert short.dims == ("seed", "label", "snapshot")
    assert short["step"].values.tolist() == [0, 20, 40, 60]
    assert short["epoch"].values.tolist() == [0, 10, 20, 30]
    assert short.values[0, 0].tolist() == [0, 1, 2, 3]
    assert long.sizes["snapshot"] == 6
    none = history(runs(padded, batch_size=7), "feature")
    assert none.sizes["seed"] == 0


def test_a_history_over_cells_of_different_steps_is_an_error(padded):
    both = pick(padded, "batch_size")
    assert history(both, "test_error").sizes["snapshot"] == 6
    both["step"][{"batch_size": 1, "snapshot": 1}] = 21
    with pytest.raises(UserError, match=r"the cells of x\.y over batch_size have different steps"):
        history(both, "test_error")


def test_late_values_average_the_last_fifth_and_know_no_diverged_run():
    def step_number(name, run, shape):
        values = number(name, run, shape)
        return values if run["seed"] or not shape else np.where(values > 4, np.nan, values)

    cube = cube_file(gather_spec("x.y", [{"batch_size": 2}, {"batch_size": 100}]), step_number, shots=11)
    late = late_values(cube, "train_error", batch_size=2)
    np.testing.assert_array_equal(late, [np.nan, 9.0, 9.0])


def test_flips_counts_classes():
    def value(name, run, shape):
        signs = np.array([[1, 1], [-1, 1], [-1, -1]])[run["seed"]]
        return np.broadcast_to(signs, shape) if name == "feature_margin" else np.zeros(shape)

    cube = cube_file(gather_spec("x.y", [{"batch_size": 2}, {"batch_size": 100}]), value)
    assert flips(cube, batch_size=2).tolist() == [0, 1, 2]
    assert flips(pick(cube, batch_size=2)).tolist() == [0, 1, 2]
    cube["feature_margin"][{"seed": 1}] = np.nan
    assert np.isnan(flips(cube, batch_size=2)[1])


def test_exceeds_keeps_what_is_not_known():
    np.testing.assert_array_equal(exceeds([0.2, 0.7, np.nan], 0.5), [0, 1, np.nan])


def test_constants_are_read_from_the_settings_of_the_study():
    cube = study_cube("meng2023.fig1")
    cube.attrs["config_json"] = (
        '{"engine": "fused", "settings": {"d": 9}, "optimizer": {"lr": 0.5}, "schedule": {"steps": 7}}'
    )
    found = [constant(cube, key) for key in ("engine", "d", "lr", "steps", "reg_factor")]
    assert found == ["fused", 9, 0.5, 7, None]
    assert constant(cube, "n_train", 20) == 20
