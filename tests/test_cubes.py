import itertools
import json

import numpy as np
import pytest
import xarray as xr
from helpers import study_cube
from hypothesis import given, settings
from hypothesis import strategies as st

from adamatlas.cubes import gather
from adamatlas.errors import UserError
from adamatlas.runs import stack

SPEC = {
    "id": "tang2025.x", "title": "t", "paper": "tang2025", "reference": "arXiv:1", "scale": "smoke",
    "dims": ["batch_size", "optimizer", "s", "weight_decay"],
    "tied": {"sigma_p": "s"},
    "config": {"engine": "fused", "lanes": ["weight_decay"]},
    "cells": [
        {
            "axes": {"batch_size": size, "optimizer": name, "s": s, "sigma_p": s**-0.5},
            "lane_axes": {"weight_decay": [0.0, 0.1]},
            "seeds": [0, 1, 2] if size == 2 else [0],
        }
        for size, name, s in [(2, "adam", 25), (2, "adamw", 25), (100, "adam", 400)]
    ],
}  # fmt: skip


def measured(cell, seeds, names=("error",), shots=3, labels=True):
    """What a measure says about one trace; each value tells its place."""
    points = list(itertools.product(cell["lane_axes"].get("weight_decay", [0.0]), seeds))
    base = np.array([1000 * cell["axes"]["batch_size"] + 10 * wd + seed for wd, seed in points])
    lanes = len(points)
    ds = xr.Dataset(
        {"status": ("lane", np.ones(lanes, np.int8)), "diverged_step": ("lane", np.full(lanes, -1))},
        coords={
            "step": ("snapshot", np.arange(shots) * cell["axes"]["batch_size"]),
            "epoch": ("snapshot", np.arange(shots) / 2),
            "weight_decay": ("lane", [wd for wd, _ in points]),
            "seed": ("lane", [seed for _, seed in points]),
        },
    )
    for number, name in enumerate(names):
        values = base[:, None] + np.arange(shots) / 10 + number * 0.01
        ds[name] = (("lane", "snapshot"), values, {"long_name": name, "units": "1"})
    if labels:
        ds["feature"] = (("lane", "snapshot", "label"), np.stack([values, -values], axis=-1))
        ds = ds.assign_coords(label=[-1, 1])
    return ds, {"axes": cell["axes"]}


def files(spec=SPEC, shots=(3, 2, 4)):
    """Two measures, seeds in blocks of two."""
    out = []
    for names in (("error",), ("loss", "gap")):
        for block in ([0, 1], [2]):
            parts = []
            for cell, count in zip(spec["cells"], itertools.cycle(shots)):
                if seeds := [seed for seed in block if seed in cell["seeds"]]:
                    parts.append(measured(cell, seeds, names, count, labels=names[0] == "error"))
            if parts:
                out.append(stack(parts))
    return out


def test_values_are_at_their_place():
    cube = gather(files(), SPEC)
    assert cube["error"].dims == ("batch_size", "optimizer", "s", "weight_decay", "seed", "snapshot")
    assert cube["feature"].dims[-2:] == ("snapshot", "label")
    point = cube.sel(batch_size=2, optimizer="adam", s=25, weight_decay=0.1, seed=2)
    np.testing.assert_allclose(point["error"][:3], 2003 + np.arange(3) / 10)
    np.testing.assert_allclose(point["feature"].sel(label=1)[:3], -point["error"][:3])
    np.testing.assert_allclose(point["gap"][:3] - point["loss"][:3], 0.01)


def test_status_is_never_missing():
    cube = gather(files(), SPEC)
    assert cube["status"].dtype == np.int8
    assert int((cube["status"] == 1).sum()) == 2 * 2 * 3 + 2
    outside = cube.sel(batch_size=100, optimizer="adamw")
    assert (outside["status"] == 0).all()
    assert outside["error"].isnull().all()
    assert (cube["diverged_step"] == -1).all()
    assert (cube.sel(batch_size=100, seed=[1, 2])["status"] == 0).all()


def test_schedules_belong_to_the_cells():
    cube = gather(files(), SPEC)
    assert cube["step"].dims == ("batch_size", "optimizer", "s", "snapshot")
    assert cube["step"].dtype == np.int64
    assert cube["step"].sel(batch_size=2, optimizer="adamw", s=25).values.tolist() == [0, 2, -1, -1]
    assert np.isnan(cube["epoch"].sel(batch_size=2, optimizer="adam", s=400)).all()


def test_tied_axes_are_coordinates():
    cube = gather(files(), SPEC)
    assert cube["sigma_p"].dims == ("s",)
    np.testing.assert_allclose(cube["sigma_p"], [0.2, 0.05])


def test_every_dim_and_variable_is_described():
    cube = gather(files(), SPEC)
    assert set(cube.dims) <= set(cube.coords)
    assert all(v.attrs["long_name"] and v.attrs["units"] for n, v in cube.data_vars.items() if n[0] in "egl")
    wanted = {
        "title",
        "paper",
        "study",
        "scale",
        "references",
        "config_json",
        "seed_scheme",
    }
    assert wanted <= set(cube.attrs)
    json.dumps(cube.attrs["config_json"])


def test_diverged_runs_keep_their_status():
    parts = files()
    parts[0]["status"][0] = 2
    parts[0]["diverged_step"][0] = 77
    for other in parts[2:3]:
        other["status"][0], other["diverged_step"][0] = 2, 77
    cube = gather(parts, SPEC)
    assert int((cube["status"] == 2).sum()) == 1
    assert int(cube["diverged_step"].max()) == 77


def test_a_missing_run_is_an_error():
    with pytest.raises(UserError, match="not measured, the first is batch_size=2"):
        gather([files()[1]], SPEC)


def test_a_strange_run_is_an_error():
    with pytest.raises(UserError, match="seed=2, which the study does not have"):
        gather(files(), SPEC | {"cells": [cell | {"seeds": [0, 1]} for cell in SPEC["cells"]]})


def test_a_tied_axis_with_two_values_is_an_error():
    spec = json.loads(json.dumps(SPEC))
    spec["cells"][1]["axes"]["sigma_p"] = 0.5
    with pytest.raises(UserError, match="sigma_p has two values at s=25"):
        gather(files(), spec)


def test_quantities_without_snapshots():
    parts = [ds[["status", "diverged_step"]].assign(best=ds["error"].max("snapshot")) for ds in files()[:2]]
    cube = gather(parts, SPEC)
    assert cube["best"].dims == ("batch_size", "optimizer", "s", "weight_decay", "seed")


@settings(max_examples=10, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 200), min_size=1, max_size=2, unique=True),
    decays=st.lists(st.floats(0, 10, allow_nan=False), min_size=1, max_size=2, unique=True),
    seeds=st.integers(1, 3),
    shots=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    names=st.lists(st.sampled_from(["adam", "adamw", "signsgd"]), min_size=1, max_size=2, unique=True),
)
def test_every_run_is_found_again(sizes, decays, seeds, shots, names):
    grid = [(size, name) for size in sizes for name in names]
    cells = [
        {
            "axes": {"batch_size": size, "optimizer": name},
            "lane_axes": {"weight_decay": decays},
            "seeds": list(range(1 + number % seeds)),
        }
        for number, (size, name) in enumerate(grid)
    ]
    spec = SPEC | {"cells": cells, "dims": ["batch_size", "optimizer", "weight_decay"], "tied": {}}
    parts = files(spec, shots)
    cube = gather(parts, spec)
    assert int((cube["status"] > 0).sum()) == sum(len(cell["seeds"]) * len(decays) for cell in cells)
    for ds in parts:
        for run in range(ds.sizes["run"]):
            one = ds.isel(run=run)
            found = cube.sel({dim: one[dim].item() for dim in (*spec["dims"], "seed")})
            for name in set(ds.data_vars) - {"status", "diverged_step"}:
                expected = one[name].dropna("snapshot")
                np.testing.assert_array_equal(found[name].dropna("snapshot"), expected)
            assert found["step"].values.max() == one["step"].values.max()


@pytest.mark.parametrize("study", ["tang2025.table1", "tang2025.sign", "zou2023.thm42"])
def test_every_coordinate_says_what_it_is_and_in_which_unit(study):
    for name, variable in study_cube(study).coords.items():
        assert {"long_name", "units"} <= variable.attrs.keys(), name
