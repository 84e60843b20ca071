"""Cubes of one study from several runs, joined."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import xarray as xr
from helpers import study_cube, study_spec

from adamatlas import cli, compare, store
from adamatlas.errors import UserError
from adamatlas.merging import merge

STUDY = "tang2025.table1"
ORIGIN = {"device": "cpu", "fingerprint": "f" * 16, "numba_version": "1", "engine": "fused"}


@pytest.fixture
def spec():
    return study_spec(STUDY, seeds=4, scale="default")


def seeds(spec, *wanted):
    return spec | {"cells": [cell | {"seeds": list(wanted)} for cell in spec["cells"]]}


def cells(spec, part):
    return spec | {"cells": spec["cells"][part]}


def written(folder, name, spec, change=None, **attrs):
    """The file of a made-up cube; `change` may change its values."""
    spec = copy.deepcopy(spec) | {"measures": [name]}
    cube = study_cube(STUDY, spec=spec)
    if change:
        change(cube)
    file = folder / f"{name}.nc"
    store.write_dataset(cube, file, spec=spec, attrs={"kind": "cube", **ORIGIN, **attrs})
    return file


def same(cube, other):
    return list(compare.datasets(cube, other)) == []


def refused(files, text):
    with pytest.raises(UserError, match=text) as found:
        merge(files)
    assert len(str(found.value).splitlines()) == 1


def test_halves_make_the_whole(tmp_path, spec):
    whole = study_cube(STUDY, spec=spec)
    for one, two in (
        (seeds(spec, 0, 1), seeds(spec, 2, 3)),
        (cells(spec, slice(1, None)), cells(spec, slice(1))),
        (seeds(spec, 0, 1, 2), seeds(spec, 1, 2, 3)),
        (spec, spec),
    ):
        files = [written(tmp_path, "a", one), written(tmp_path, "b", two)]
        cube, made = merge(files)
        assert same(cube, whole)
        assert made["cells"] == [cell | {"own": {}} | cell for cell in spec["cells"]]
        assert "missing" not in cube.attrs
        assert "partial" not in made
        other, again = merge(files[::-1])
        xr.testing.assert_identical(cube, other)
        assert (again, other.attrs) == (made, cube.attrs)


def test_what_nobody_ran(tmp_path, spec):
    first, *_, last = spec["cells"]

    def lose(cube):
        where = {name: value for name, value in first["axes"].items() if name in cube.dims} | {"seed": 0}
        cube["status"].loc[where] = -1
        cube["test_error"].loc[where] = np.nan

    one = written(tmp_path, "a", seeds(cells(spec, slice(1)), 0, 1), lose)
    two = written(tmp_path, "b", seeds(cells(spec, slice(-1, None)), 2, 3))
    cube, made = merge([one, two])
    assert set(np.unique(cube["status"].values)) <= {-1, 0, 1}
    assert int((cube["status"] > 0).sum()) == 3
    assert int((cube["status"] < 0).sum()) == 5
    assert cube["test_error"].where(cube["status"] <= 0).isnull().all()
    assert [(cell["axes"], cell["seeds"]) for cell in cube.attrs["missing"]] == [
        (first["axes"], [0, 2, 3]),
        (last["axes"], [0, 1]),
    ]
    assert made["partial"] is True
    cube, made = merge([one, two, written(tmp_path, "c", spec)])
    assert "missing" not in cube.attrs
    assert "partial" not in made


def test_a_cell_with_fewer_seeds_than_others_keeps_them(tmp_path, spec):
    spec["cells"][0]["seeds"] = [0]
    cube, made = merge([written(tmp_path, "a", spec), written(tmp_path, "b", spec)])
    assert made["cells"] == spec["cells"]
    assert "missing" not in cube.attrs


def test_three_parts_in_any_order(tmp_path, spec):
    files = [written(tmp_path, name, seeds(spec, *range(k, k + 2))) for k, name in enumerate("abc")]
    cube, _ = merge(files)
    assert same(cube, study_cube(STUDY, spec=seeds(spec, 0, 1, 2, 3)))
    for order in ([1, 2, 0], [2, 1, 0]):
        xr.testing.assert_identical(cube, merge([files[k] for k in order])[0])


def test_fewer_snapshots_in_one_part(tmp_path, spec):
    def shorten(cube):
        cube["step"][..., 3:] = -1
        for name in cube.data_vars:
            if "snapshot" in cube[name].dims:
                cube[name].loc[{"snapshot": [3, 4, 5]}] = np.nan

    one = written(tmp_path, "a", seeds(cells(spec, slice(1)), 0), shorten)
    short = store.read_dataset(one).isel(snapshot=slice(3))
    store.write_dataset(short, one, spec=store.read_spec(short), attrs=short.attrs)
    two = written(tmp_path, "b", seeds(cells(spec, slice(1, None)), 0))
    step = merge([two, one])[0]["step"].values.reshape(-1, 6)
    assert sorted((row >= 0).sum() for row in step if row.max() > 0)[0] == 3
    full = written(tmp_path, "c", seeds(spec, 0))
    refused([full, one], "epoch: 3 of 6 values differ")


def test_the_same_run_with_another_value_is_refused(tmp_path, spec):
    def change(cube):
        cube["test_error"].values[0, ..., 1, 2] += 1e-6

    files = [written(tmp_path, "a", spec), written(tmp_path, "b", seeds(spec, 1, 2), change)]
    refused(files, r"test_error: 1 of 6 values differ, by at most 1e-06 .* at batch_size=2, .*seed=2$")
    cube, _ = merge(files, rtol=1e-3)
    oldest = min((store.read_dataset(file) for file in files), key=lambda one: one.attrs["content_sha256"])
    assert cube["test_error"].sel(seed=2).isin(oldest["test_error"].sel(seed=2)).all()


def other_in_one_cell(spec):
    del spec["config"]["settings"]["d"]
    for cell, d in zip(spec["cells"], (1000, 7), strict=True):
        cell["own"]["settings"] = {"d": d}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda spec: spec.update(id="tang2025.table2"), "holds tang2025.table"),
        (lambda spec: spec.update(scale="paper"), "its scale is (paper|default), not"),
        (lambda spec: spec["config"]["settings"].update(d=7), "settings.d is (7|1000), not (7|1000)$"),
        (lambda spec: spec["config"]["options"].update(n_test=7), "options.n_test is"),
        (lambda spec: spec["config"]["optimizer"].update(beta2=0.5), "optimizer.beta2 is"),
        (lambda spec: spec["config"].update(dtype="float64"), "dtype is float"),
        (
            lambda spec: spec["cells"][1]["own"]["schedule"].update(steps=5),
            r"schedule.steps is \d+, not \d+$",
        ),
        (other_in_one_cell, r"settings.d is \d+, not \d+, at batch_size=100"),
    ],
)
def test_other_studies_and_settings_are_refused(tmp_path, spec, change, text):
    other = copy.deepcopy(seeds(spec, 2, 3))
    change(other)
    refused([written(tmp_path, "a", seeds(spec, 0, 1)), written(tmp_path, "b", other)], text)


def test_settings_may_go_with_an_axis(tmp_path):
    """meng2023.fig5: the two regularizers have factors of their own; the settings of the data are shared."""
    spec = study_spec("meng2023.fig5", seeds=1)
    halves = [
        spec | {"cells": [cell for cell in spec["cells"] if cell["axes"]["regularizer"] == kind]}
        for kind in ("per_example_gradient", "full_gradient")
    ]
    for half in halves:
        own = half["cells"][0]["own"].get("regularizer", {})
        half["config"] = copy.deepcopy(spec["config"]) | {"regularizer": spec["config"]["regularizer"] | own}
    files = [written(tmp_path, name, half) for name, half in zip("ab", halves, strict=True)]
    _, made = merge(files)
    assert made["config"]["regularizer"] == spec["config"]["regularizer"]
    assert {json.dumps(cell["own"]) for cell in made["cells"]} == {
        json.dumps(cell["own"]) for cell in spec["cells"]
    }
    halves[1]["config"]["settings"]["n_train"] = 5
    refused([files[0], written(tmp_path, "b", halves[1])], "settings.n_train is")


def test_other_data_are_refused(tmp_path, spec):
    files = [
        written(tmp_path, "a", seeds(spec, 0), data_set="mnist", data_set_contents="official"),
        written(tmp_path, "b", seeds(spec, 1), data_set="mnist", data_set_contents="another"),
    ]
    refused(files, "data_set_contents is")


def test_other_quantities_are_refused(tmp_path, spec):
    one, two = written(tmp_path, "a", seeds(spec, 0)), written(tmp_path, "b", seeds(spec, 1))
    cube = store.read_dataset(two).drop_vars("test_error")
    store.write_dataset(cube, two, spec=store.read_spec(cube), attrs=cube.attrs)
    refused([one, two], "test_error: only in the (first|second) run")


def test_the_command(tmp_path, spec, capsys):
    one = written(tmp_path, "a", seeds(spec, 0, 1), device="cpu")
    two = written(tmp_path, "b", seeds(spec, 2), device="NVIDIA H200", torch_version="2")
    three = written(tmp_path, "c", seeds(spec, 3))
    out, all_three = tmp_path / "out.nc", tmp_path / "all.nc"

    def run(*arguments, expect=0):
        assert cli.main(["merge", *map(str, arguments)]) == expect
        return capsys.readouterr()

    runs = 3 * len(spec["cells"])
    assert f"{out}: {runs} runs of tang2025.table1, 0 of its grid are missing" in run(one, two, "-o", out).out
    run(out, three, "--out", all_three)
    cube = store.read_dataset(all_three, expect="cube")
    assert cube.attrs["device"] == "NVIDIA H200, cpu"
    parts = json.loads(cube.attrs["parts"])
    assert [part["runs"] for part in sorted(parts, key=lambda part: -part["runs"])] == [
        2 * len(spec["cells"]),
        len(spec["cells"]),
        len(spec["cells"]),
    ]
    assert {"device": "NVIDIA H200", "torch_version": "2", "fingerprint": "f" * 16}.items() <= next(
        part for part in parts if "torch_version" in part
    ).items()
    assert str(tmp_path) not in cube.attrs["parts"]
    store.verify(all_three)

    before = one.read_bytes()
    for arguments, text in (
        ((one, two, "-o", one), "is one of the cubes to merge"),
        ((one, tmp_path / "no.nc", "-o", out), "no.nc: no such file"),
    ):
        line = run(*arguments, expect=2).err
        assert text in line
        assert len(line.splitlines()) == 1
    assert one.read_bytes() == before
    other = tmp_path / "trace.nc"
    store.write_dataset(xr.Dataset(), other, spec={}, attrs={"kind": "trace"})
    assert "holds a trace, not a cube" in run(one, other, "-o", tmp_path / "no.nc", expect=2).err
    assert not (tmp_path / "no.nc").exists()
