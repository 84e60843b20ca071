import os
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
import xarray as xr
import yaml

from adamatlas import cli, config, leftovers, store
from adamatlas.errors import UserError
from adamatlas.inventory import Inventory
from adamatlas.specs import identity

RAW = {
    "seed_block": 2,
    "papers": {
        "a": {"settings": {"problem": "patch_cnn", "d": 40, "n_train": 8, "s": 4, "lr": 0.1, "steps": 4}}
    },
    "studies": {
        "a.one": {
            "grid": [
                {"optimizer": "adam", "batch_size": [2, 4]},
                {"optimizer": "gd", "batch_size": "full", "seeds": 1},
            ],
            "seeds": 3,
            "measures": ["errors", "feature_noise"],
        },
        "a.two": {"traces_of": "a.one", "measures": ["feature_noise"]},
    },
}


@pytest.fixture
def inventory(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return Inventory(config.load(RAW))


def test_every_file_of_a_run(inventory):
    names = [str(path.relative_to(inventory.results)) for path in inventory.files()]
    assert len(names) == len(set(names))
    kinds = [name.split("/")[0] for name in names]
    # Blocks: 0-1 and 2-2 of two cells, 0-0 of the third; data are shared by cells with the same seeds.
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "data": 3,
        "traces": 5,
        "measures": 2 * 3 + 3,
        "cubes": 2,
    }
    assert "traces/a.one/batch_size=2~optimizer=adam~2-2.nc" in names


def test_the_first_seeds_of_every_cell_are_the_most_important():
    raw = deepcopy(RAW)
    raw["studies"]["a.one"]["grid"][0]["batch_size"] = [4, 2]
    raw["studies"]["a.three"] = raw["studies"]["a.one"] | {"grid": [{"optimizer": "adamw", "batch_size": 2}]}
    keys = Inventory(config.load(raw)).by_importance(["a.two", "a.three", "a.one"])
    cells = ["batch_size=4~optimizer=adam", "batch_size=2~optimizer=adam", "batch_size=full~optimizer=gd"]
    assert keys == [
        *(("a.one", *pair) for pair in zip(cells, ("0-1", "0-1", "0-0"), strict=True)),
        ("a.three", "batch_size=2~optimizer=adamw", "0-1"),
        ("a.one", cells[0], "2-2"),
        ("a.one", cells[1], "2-2"),
        ("a.three", "batch_size=2~optimizer=adamw", "2-2"),
    ]


def test_a_study_that_runs_another_measures_its_traces(inventory):
    block = next(iter(inventory.atlas.studies["a.two"].blocks))
    keys = inventory.traces("a.two", block)
    assert {key[0] for key in keys} == {"a.one"}
    spec = inventory.measure("a.two", "feature_noise", block)
    assert spec["traces"] == [identity(inventory.train[key]) for key in keys]
    assert inventory.measure("a.one", "feature_noise", block) == spec


def test_gather_spec_says_what_the_study_is(inventory):
    spec = inventory.gather("a.one")
    assert spec["id"] == "a.one"
    assert spec["dims"] == ["batch_size", "optimizer"]
    assert [cell["seeds"] for cell in spec["cells"]] == [[0, 1, 2], [0, 1, 2], [0]]
    assert spec["config"]["settings"]["d"] == 40
    assert "batch_size" not in spec["config"]["schedule"]
    assert len(spec["measures"]) == len(inventory.measures("a.one"))


def test_a_cube_says_what_is_constant_but_no_lanes():
    raw = deepcopy(RAW)
    raw["studies"]["a.one"] |= {
        "settings": {"regularizer": "full_gradient", "reg_factor": 1.0},
        "grid": [{"sigma_p": [0.1, 0.2], "reg_lambda": [0.1, 0.2], "q": 3}],
        "lanes": ["sigma_p", "reg_lambda"],
    }
    constants = Inventory(config.load(raw)).gather("a.one")["config"]
    assert constants["regularizer"] == {
        "regularizer": "full_gradient",
        "reg_factor": 1.0,
        "reg_off_epoch": None,
    }
    assert "sigma_p" not in constants["settings"]
    assert (constants["settings"]["q"], constants["settings"]["sigma_0"]) == (3, 0.01)


OURS = (
    "checkpoints/a.old/0123456789abcdef.npz",
    "claims/old.json",
    "cubes/a.old.nc",
    "figures/a/old.pdf",
    "figures/a/old.png",
    "traces/a.one/.batch_size=2~0-1.nc.12.tmp",
    "traces/a.one/batch_size=3~0-1.nc",
)
"""Files that adamatlas may have written for what is no longer in the config."""
FOREIGN = (
    *("docs/thesis.txt", "draft.tex", "cubes/mine.csv", "cubes/a.mine.nc", "figures/a/mine.png"),
    *("claims/notes.json", "specs/a.json", "benchmarks/train/a.tsv", "checkpoints/a.npz", "home.nc"),
)
"""Files of somebody else, some of them called as ours are."""


def write(path, ours):
    """A file of its kind, of ours or of somebody else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".nc" and ours:
        kind = {"cubes": "cube", "traces": "trace"}[path.relative_to(Path("results/default")).parts[0]]
        store.write_dataset(xr.Dataset(), path, spec={}, attrs={"kind": kind})
    elif path.suffix == ".nc":
        xr.Dataset({"x": 1.0}).to_netcdf(path, engine="netcdf4")
    else:
        text = {".json": '[{"verdict": "supported"}]', ".png": "made by adamatlas", ".pdf": "by adamatlas"}
        path.write_text(text.get(path.suffix, "") if ours else "{}")


def test_leftovers_are_our_own_files_that_nobody_makes(inventory):
    for name in (*OURS, *FOREIGN):
        write(inventory.results / name, ours=name in OURS)
    write(wanted := inventory.path("cube", "a.one"), ours=True)
    unfinished = inventory.results / OURS[-2]
    assert unfinished not in leftovers.find(inventory)
    os.utime(unfinished, (0, 0))
    assert leftovers.find(inventory) == [inventory.results / name for name in OURS]
    assert wanted.exists()


def test_prune_removes_them_and_their_empty_folders_alone(inventory, capsys):
    for name in (*OURS, *FOREIGN):
        write(inventory.results / name, ours=name in OURS)
    (inventory.results / "empty").mkdir()
    Path("outside.nc").touch()
    (inventory.results / "cubes/a.link.nc").symlink_to(Path("outside.nc").absolute())
    Path("config.yaml").write_text(yaml.safe_dump(RAW))
    assert cli.main(["prune", "--yes"]) == 0
    os.utime(inventory.results / OURS[-2], (0, 0))
    assert cli.main(["prune", "--yes"]) == 0
    left = {str(path.relative_to(inventory.results)) for path in inventory.results.rglob("*")}
    assert left >= {*FOREIGN, "empty", "cubes/a.link.nc"}
    assert not left & {*OURS, "traces", "checkpoints/a.old"}
    assert Path("outside.nc").exists()
    assert "removed 6 files" in capsys.readouterr().out


def test_no_results_no_leftovers(inventory):
    assert not Path(inventory.results).exists()
    assert leftovers.find(inventory) == []


@pytest.mark.parametrize("part", ["figures", "claims"])
def test_a_figure_or_claim_belongs_to_one_study(inventory, part):
    studies = {name: replace(study, **{part: ["same"]}) for name, study in inventory.atlas.studies.items()}
    doubled = Inventory(replace(inventory.atlas, studies=studies))
    with pytest.raises(UserError, match=rf"studies\.a\.two\.{part}: .*same is already"):
        doubled.checked()
