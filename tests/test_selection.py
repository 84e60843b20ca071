import numpy as np
from helpers import cube_file, gather_spec, study_cube

from adamatlas.selection import at_end, end_values, exceeds, flips, late_values, pick


def test_pick_by_tied_coordinates_and_floats():
    cube = study_cube("tang2025.sparsity")
    part = pick(cube, sigma_p=200**-0.5 * (1 + 1e-12), optimizer="adam", batch_size=2)
    assert part["test_error"].dims == ("seed", "snapshot")
    assert float(part["s"]) == 200


def test_what_is_not_there_has_no_seeds():
    cube = study_cube("tang2025.table1")
    for point in ({"batch_size": 7}, {"optimizer": "nothing", "batch_size": 2}):
        assert pick(cube, **point).sizes["seed"] == 0
    assert end_values(cube, "test_error", batch_size=7).shape == (0,)


def test_seeds_outside_the_grid_are_dropped():
    spec = gather_spec("x.y", [{"batch_size": 2}, {"batch_size": 100}])
    spec["cells"][1]["seeds"] = [0]
    cube = cube_file(spec)
    assert pick(cube, batch_size=100)["seed"].values.tolist() == [0]
    assert pick(cube, batch_size=2).sizes["seed"] == 3


def test_the_end_is_that_of_each_cell():
    def count(name, run, shape):
        return np.indices(shape)[0].astype(float) if shape else np.float64(0)

    cube = study_cube("tang2025.table1", count)
    cube["step"][{"batch_size": 0, "snapshot": slice(4, None)}] = -1
    end = at_end(pick(cube), "test_error")
    assert set(end.sel(batch_size=2).values) == {3.0}
    assert set(end.sel(batch_size=100).values) == {5.0}


def test_late_values_average_the_last_fifth_and_know_no_diverged_run():
    def step_number(name, run, shape):
        values = np.indices(shape)[0].astype(float) if shape else np.zeros(())
        return values if run["seed"] else np.where(values > 4, np.nan, values)

    cube = study_cube("tang2025.table1", step_number, shots=11)
    late = late_values(cube, "train_error", batch_size=2)
    np.testing.assert_array_equal(late, [np.nan, 9.0, 9.0])


def test_flips_counts_classes():
    def value(name, run, shape):
        signs = np.array([[1, 1], [-1, 1], [-1, -1]])[run["seed"]]
        return np.broadcast_to(signs, shape) if name == "feature" else np.zeros(shape)

    cube = study_cube("tang2025.table1", value)
    assert flips(cube, batch_size=2).tolist() == [0, 1, 2]
    cube["feature"][{"seed": 1}] = np.nan
    assert np.isnan(flips(cube, batch_size=2)[1])


def test_exceeds_keeps_what_is_not_known():
    np.testing.assert_array_equal(exceeds([0.2, 0.7, np.nan], 0.5), [0, 1, np.nan])
