"""Figures and verdicts from cubes that are there."""

from __future__ import annotations

import json

import pytest
from helpers import ROOT, study_cube, study_spec

from adamatlas import cli, store

CONFIG = ("--config", str(ROOT / "config.yaml"))


@pytest.fixture
def folder(tmp_path):
    """A folder of two cubes, one of which is partial."""
    for study in ("tang2025.fig3", "zou2023.table1"):
        spec = study_spec(study, seeds=6, scale="default")
        cube = study_cube(study, spec=spec)
        if study == "zou2023.table1":
            spec["partial"] = True
            cube = cube.where(cube["seed"] > 0).assign(status=cube["status"])
            cube["status"].values[..., 0] = -1
            cube.attrs["missing"] = [cell | {"seeds": [0]} for cell in spec["cells"]]
        store.write_dataset(cube, tmp_path / f"cubes/{study}.nc", spec=spec, attrs={"kind": "cube"})
    return tmp_path


def run(capsys, *arguments, expect=0):
    assert cli.main([*map(str, arguments), *CONFIG]) == expect
    return capsys.readouterr()


def drawn(folder):
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.p*"))


def test_figures(folder, capsys, tmp_path):
    beside = folder.with_name(f"{folder.name}-drawn")
    out = run(capsys, "figure", "--from", folder).out
    names = [f"figures/{name}" for name in ("tang2025/fig3", "zou2023/table1")]
    assert drawn(beside) == [f"{name}.{kind}" for name in names for kind in ("pdf", "png")]
    assert out.splitlines() == [str(beside / f"{name}.png") for name in names]
    run(capsys, "figure", "tang2025.fig3", "--from", folder / "cubes", "--out", tmp_path / "out")
    assert drawn(tmp_path / "out") == ["figures/tang2025/fig3.pdf", "figures/tang2025/fig3.png"]


def test_claims(folder, capsys):
    out = run(capsys, "claims", "--from", folder, "--json").out
    rows = json.loads(out)
    assert {row["paper"] for row in rows} == {"tang2025", "zou2023"}
    assert all(("are missing" in row["note"]) == (row["paper"] == "zou2023") for row in rows)
    beside = folder.with_name(f"{folder.name}-drawn")
    assert store.read_json(beside / "claims.json") == rows
    assert [file.name for file in sorted((beside / "claims").iterdir())] == ["tang2025.json", "zou2023.json"]
    assert (beside / "claims.html").is_file()
    out = run(capsys, "claims", "zou2023.table1", "--from", folder, "--json").out
    assert {row["paper"] for row in json.loads(out)} == {"zou2023"}


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (
            ["tang2025.fig4", "tang2025.fig3", "tang2025.fig5"],
            ["no cube of tang2025.fig4 (tang2025.fig4.nc)", "no cube of tang2025.fig5 (tang2025.fig5.nc)"],
        ),
        (["tang2025.fgi3"], ["no study 'tang2025.fgi3'; did you mean 'tang2025.fig3'?"]),
    ],
)
@pytest.mark.parametrize("command", ["figure", "claims"])
def test_a_study_without_a_cube_is_one_line(folder, capsys, command, arguments, lines):
    found = run(capsys, command, *arguments, "--from", folder, expect=2).err.splitlines()
    assert [line.endswith(text) for line, text in zip(found, lines, strict=True)] == [True] * len(lines)
    assert not folder.with_name(f"{folder.name}-drawn").exists()


def test_a_cube_that_does_not_serve_costs_a_line(folder, capsys):
    file = folder / "cubes/tang2025.fig3.nc"
    cube = store.read_dataset(file).drop_vars("feature")
    store.write_dataset(cube, file, spec=store.read_spec(cube), attrs=cube.attrs)
    found = run(capsys, "figure", "--from", folder, expect=1)
    assert "figure tang2025.fig3: the cube has no quantity feature" in found.err
    assert found.out.count("\n") == 1
    found = run(capsys, "claims", "--from", folder, "--json")
    assert "claims tang2025.fig3: the cube has no quantity feature" in found.err
    assert {row["paper"] for row in json.loads(found.out)} == {"zou2023"}


def test_no_cubes(tmp_path, capsys):
    assert "no cube of a study" in run(capsys, "claims", "--from", tmp_path, expect=2).err
    assert "no such folder" in run(capsys, "figure", "--from", tmp_path / "no", expect=2).err
    assert "--spec, --cube, --png, --pdf missing" in run(capsys, "figure", expect=2).err


def test_seeds_that_were_not_run_are_left_out(folder, capsys):
    rows = json.loads(run(capsys, "claims", "zou2023.table1", "--from", folder, "--json").out)
    assert max(row["n"] for row in rows) <= 5
    assert min(row["n"] for row in rows) > 0
