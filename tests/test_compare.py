"""Two runs beside each other."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from helpers import study_cube

from adamatlas import cli, store
from adamatlas.compare import datasets, verdicts

ROW = {"id": "a.b", "verdict": "supported", "measured": 0.25, "interval": [0.2, 0.3], "n": 5, "paper": "a"}


def written(folder, cube, row=ROW):
    spec = {"id": "zou2023.table1"}
    store.write_dataset(cube, folder / "cubes/zou2023.table1.nc", spec=spec, attrs={"kind": "cube"})
    store.write_json([row], folder / "claims.json")
    return folder


@pytest.fixture
def cube():
    return study_cube("zou2023.table1").squeeze(drop=True)


def run(capsys, *arguments) -> tuple[int, list[str]]:
    code = cli.main(["compare", *map(str, arguments)])
    return code, capsys.readouterr().out.splitlines()


def test_a_run_is_the_same_as_itself(tmp_path, cube, capsys):
    one, two = written(tmp_path / "a", cube), written(tmp_path / "b", cube)
    code, lines = run(capsys, one, two)
    assert (code, lines) == (0, ["2 studies and claims compared: 0 differences, 0 verdicts moved"])


def test_one_bit_is_found_and_tolerated_when_asked(tmp_path, cube, capsys):
    other = cube.copy(deep=True)
    error = other["test_error"].values
    error.flat[0] = np.nextafter(error.flat[0], 2)
    one, two = written(tmp_path / "a", cube), written(tmp_path / "b", other)
    code, lines = run(capsys, one, two)
    assert code == 1
    assert lines[0] == "zou2023.table1"
    assert lines[1].startswith(f"  test_error: 1 of {error.size} values differ, by at most ")
    assert run(capsys, one, two, "--rtol", "1e-12")[0] == 0


def test_a_moved_verdict_and_a_moved_number(tmp_path, cube, capsys):
    one = written(tmp_path / "a", cube)
    code, lines = run(
        capsys, one, written(tmp_path / "b", cube, ROW | {"verdict": "refuted", "measured": 0.5})
    )
    assert code == 1
    assert lines == [
        "a.b",
        "  supported -> refuted (measured 0.25, n=5 -> 0.5, n=5)",
        "2 studies and claims compared: 1 differences, 1 verdicts moved",
    ]
    assert list(verdicts(ROW, ROW | {"interval": None})) == ["measured 0.25, n=5 -> 0.25, n=5, verdict kept"]
    assert not list(verdicts(ROW | {"measured": None}, ROW | {"measured": None}))


def test_what_can_differ_in_a_cube(cube):
    assert list(datasets(cube, cube.drop_vars("noise_min"))) == ["noise_min: only in the first run"]
    fewer = list(datasets(cube, cube.isel(seed=[0, 1])))
    assert (
        "test_error: (optimizer: 2, seed: 3, snapshot: 6) and (optimizer: 2, seed: 2, snapshot: 6)" in fewer
    )
    lost = cube.copy(deep=True)
    lost["test_error"].values[0, 0] = np.nan
    (line,) = datasets(cube, lost)
    assert line.startswith("test_error: 6 of 36 values differ, 6 of them NaN or infinite in one run")
    named = cube.assign_coords(optimizer=["adam", "sgd"])
    assert list(datasets(cube, named)) == ["optimizer: 1 of 2 texts differ"]
    assert not list(datasets(cube, cube.transpose("seed", ...)))


def test_axes_of_earlier_versions_go_by_todays_names():
    old, new = (xr.Dataset({"x": (name, [1.0, 2.0])}, {name: [0.0, 0.5]}) for name in ("p", "v_exponent"))
    assert not list(datasets(old, new))


def test_folders_with_nothing_in_common(tmp_path, cube, capsys):
    one = written(tmp_path / "a", cube)
    (tmp_path / "empty").mkdir()
    for other, said in (
        (tmp_path / "empty", "have neither a cube nor a claim in common"),
        (tmp_path / "no", "no such"),
    ):
        assert cli.main(["compare", str(one), str(other)]) == 2
        assert said in capsys.readouterr().err
