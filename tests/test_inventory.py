from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from adamatlas import config
from adamatlas.errors import UserError
from adamatlas.inventory import Inventory
from adamatlas.specs import identity

RAW = {
    "seed_block": 2,
    "papers": {"a": {"settings": {"problem": "patch_cnn", "d": 40, "n": 8, "s": 4, "lr": 0.1, "steps": 4}}},
    "studies": {
        "a.one": {
            "grid": [
                {"optimizer": "adam", "batch_size": [2, 4]},
                {"optimizer": "gd", "batch_size": "full", "seeds": 1},
            ],
            "seeds": 3,
            "measures": ["errors", "feature_noise"],
        },
        "a.two": {"runs": "a.one", "measures": ["feature_noise"]},
    },
}  # fmt: skip


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


def test_a_study_that_runs_another_measures_its_traces(inventory):
    block = inventory.blocks("a.two")[0]
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


def test_leftovers_are_the_files_that_nobody_makes(inventory):
    wanted = inventory.path("cube", "a.one")
    left = [inventory.results / name for name in ("cubes/a.old.nc", "traces/a.one/.x.nc.12.tmp")]
    spared = [
        inventory.results / name for name in ("checkpoints/a.npz", "benchmarks/train/a.tsv", "specs/a.json")
    ]
    for path in (wanted, *left, *spared):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert inventory.leftovers() == left


def test_no_results_no_leftovers(inventory):
    assert not Path(inventory.results).exists()
    assert inventory.leftovers() == []


@pytest.mark.parametrize("part", ["figures", "claims"])
def test_a_figure_or_claim_belongs_to_one_study(inventory, part):
    studies = {name: replace(study, **{part: ["same"]}) for name, study in inventory.atlas.studies.items()}
    doubled = Inventory(replace(inventory.atlas, studies=studies))
    with pytest.raises(UserError, match=rf"studies\.a\.two\.{part}: .*same is already"):
        doubled.checked()
