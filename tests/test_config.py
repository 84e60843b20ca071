"""Configurations that are right: studies, cells, names and specs."""

from __future__ import annotations

import copy
from collections import OrderedDict
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from adamatlas.config import load, read
from adamatlas.config.scalars import plain
from adamatlas.errors import UserError
from adamatlas.specs import canonical

ROOT = Path(__file__).parents[1]
SETTINGS = {"problem": "patch_cnn", "d": 50, "n_train": 12, "s": 5, "m": 3, "lr": "5e-5", "epochs": 10}


def atlas(studies: dict, scale: str | None = None, **top):
    papers = {"tang2025": {"title": "T", "settings": SETTINGS}}
    named = {f"tang2025.{name}": {"measures": ["errors"], **study} for name, study in studies.items()}
    return load({"papers": papers, "studies": named, **top}, scale=scale)


def one(scale: str | None = None, top: dict | None = None, **study):
    return atlas({"a": study}, scale=scale, **(top or {})).studies["tang2025.a"]


def names(study) -> list[str]:
    return [cell.name for cell in study.cells]


def train(study, cell: int = 0, block: int = 0) -> dict:
    return study.cells[cell].blocks[block].train_spec


def specs(found) -> dict[str, str]:
    return {
        f"{study.id}/{cell.name}/{block.name}": canonical([block.train_spec, block.data_spec])
        for study in found.studies.values()
        for cell in study.cells
        for block in cell.blocks
    }


def test_a_study_without_a_grid_is_one_cell():
    study = one()
    assert names(study) == ["all"]
    assert study.dims == []
    assert train(study)["axes"] == {}


def test_cell_names_are_sorted_canonical_and_readable():
    study = one(grid=[{"weight_decay": "0.00001", "optimizer": "adam", "batch_size": [2, "full"]}])
    assert names(study) == [
        "batch_size=2~optimizer=adam~weight_decay=1e-05",
        "batch_size=full~optimizer=adam~weight_decay=1e-05",
    ]
    assert study.cells[1].axes == {"batch_size": 12, "optimizer": "adam", "weight_decay": 1e-5}
    assert study.dims == ["batch_size", "optimizer", "weight_decay"]


def test_the_whole_train_and_data_spec():
    study = one(grid=[{"optimizer": "adamw", "weight_decay": [0.1, 1e-2]}], lanes=["weight_decay"], seeds=7)
    assert [block.name for block in study.cells[0].blocks] == ["0-4", "5-6"]
    assert study.cells[0].blocks[1].data_spec == {
        "problem": "patch_cnn",
        "settings": {"sampler": "sparse", "d": 50, "n_train": 12, "s": 5},
        "seeds": [5, 6],
    }
    assert train(study, block=1) == {
        "problem": "patch_cnn",
        "engine": "fused",
        "dtype": "float32",
        "settings": {
            "sampler": "sparse", "d": 50, "n_train": 12, "s": 5, "m": 3, "q": 3, "output_scale": 1.0,
            "alpha": 0.2, "sigma_p": 0.1, "sigma_0": 0.01, "carry_in_span": True,
        },
        "optimizer": {
            "lr": 5e-5, "beta1": 0.9, "beta2": 0.999, "v_exponent": 0.5, "eps": 1e-8, "v_floor": 0.0,
            "weight_decay": 0.01, "v_block": "coordinate", "decay_kind": "decoupled",
            "bias_correction": True, "sign": False, "lr_schedule": "constant", "warmup_steps": 0,
        },
        "schedule": {
            "batch_size": 12, "steps": 10, "steps_per_epoch": 1, "snapshots": 40, "snapshot_spacing": "mixed",
            "weights": True, "moments": False,
        },
        "regularizer": {
            "regularizer": "none", "reg_lambda": 0.0, "reg_factor": 0.5, "reg_off_epoch": None,
        },
        "axes": {"optimizer": "adamw"},
        "lanes": {"weight_decay": [0.01, 0.1], "seed": [5, 6]},
    }  # fmt: skip


def test_lanes_are_no_part_of_cells():
    study = one(grid=[{"sigma_0": [0.1, 0.01], "lr": [1, 2], "q": [3, 4]}], lanes=["sigma_0", "lr"])
    assert names(study) == ["q=3", "q=4"]
    assert study.cells[0].lane_axes == {"lr": [1.0, 2.0], "sigma_0": [0.01, 0.1]}
    assert study.dims == ["lr", "q", "sigma_0"]
    assert study.lanes == ["lr", "sigma_0"]


def test_tied_axes_are_one_dim():
    study = one(grid=[{"s, sigma_p": [[4, 0.5], [5, 0.4]], "optimizer, lr": [["gd", 0.1], ["adam", 1e-3]]}])
    assert len(study.cells) == 4
    assert study.dims == ["optimizer", "s"]
    assert study.tied == {"lr": "optimizer", "sigma_p": "s"}
    assert study.axes == ["lr", "optimizer", "s", "sigma_p"]
    assert names(study)[0] == "lr=0.001~optimizer=adam~s=4~sigma_p=0.5"


def test_an_axis_that_an_entry_lacks_takes_its_resolved_value():
    grid = [{"optimizer": "adam", "beta1": [0.5, 0.9]}, {"optimizer": "signsgd"}, {"optimizer": "sgdm"}]
    axes = [(cell.axes["optimizer"], cell.axes["beta1"]) for cell in one(grid=grid).cells]
    assert sorted(axes) == [("adam", 0.5), ("adam", 0.9), ("sgdm", 0.9), ("signsgd", 0.0)]


def test_an_entry_has_its_own_constants_and_seeds():
    grid = [{"batch_size": 2}, {"batch_size": 3, "settings": {"steps": 7}, "seeds": 2}]
    study = one(grid=grid, seeds=6)
    assert [train(study, cell)["schedule"]["steps"] for cell in (0, 1)] == [60, 7]
    assert [cell.seeds for cell in study.cells] == [[0, 1, 2, 3, 4, 5], [0, 1]]
    assert {name: len(found) for name, found in study.blocks.items()} == {"0-1": 1, "0-4": 1, "5-5": 1}


def test_epochs_and_steps_replace_each_other():
    study = one(settings={"steps": 30}, grid=[{"batch_size": 5}])
    assert train(study)["schedule"]["steps"] == 30
    assert train(study)["schedule"]["steps_per_epoch"] == 2
    smoke = one(scale="smoke", settings={"steps": 30}, top={"scales": {"smoke": {"settings": {"epochs": 2}}}})
    assert train(smoke)["schedule"]["steps"] == 2


def test_spacing_last_is_one_snapshot_whatever_was_asked():
    assert train(one(settings={"snapshot_spacing": "last", "snapshots": 9}))["schedule"]["snapshots"] == 1


@pytest.mark.parametrize(
    ("value", "meant"),
    [("1e-5", 1e-5), ("1e-05", 1e-5), (0.00001, 1e-5), (1, 1.0), ("1", 1.0), (-0.0, 0.0), (" 1E-5 ", 1e-5)],
)
def test_numbers_are_canonical_floats(value, meant):
    study = one(grid=[{"weight_decay": value}])
    assert repr(study.cells[0].axes["weight_decay"]) == repr(meant)


@pytest.mark.parametrize("value", [4, 4.0, "4", "4e0"])
def test_whole_numbers_are_canonical_ints(value):
    assert repr(one(settings={"q": value}).cells[0].blocks[0].train_spec["settings"]["q"]) == "4"


@pytest.mark.parametrize(("text", "meant"), [("on", True), ("yes", True), ("off", False), ("'no'", False)])
def test_yaml_booleans(text, meant):
    assert train(one(settings=yaml.safe_load(f"moments: {text}")))["schedule"]["moments"] is meant


def test_a_boolean_is_a_word_where_the_word_is_meant():
    assert plain(False, Literal["off", "on"]) == "off"
    assert plain(True, Literal["off", "yes"]) == "yes"
    with pytest.raises(ValueError, match="reads on, yes, true as a boolean"):
        plain(True, int)


@pytest.mark.parametrize("title", [2025, 2510.1, True])
def test_a_number_or_a_boolean_as_text_asks_for_quotes(title):
    with pytest.raises(
        UserError, match=r"studies\.tang2025\.a\.title: found .*; must be text; put it in quotes"
    ):
        one(title=title)


def test_null_means_not_given():
    study = one(settings={"lr": None, "q": None}, grid=None, seeds=None, title=None, scales={"smoke": None})
    assert names(study) == ["all"]
    assert train(study)["optimizer"]["lr"] == 5e-5
    assert atlas({"a": {}}, scales=None, data_dir=None, scale="smoke").data_dir is None


def test_logspace_is_canonical_so_ranges_share_points():
    low = one(grid=[{"weight_decay": {"logspace": ["1e-5", 1e-3, 5]}}], lanes=["weight_decay"])
    high = one(grid=[{"weight_decay": {"logspace": [2e-4, "1e-2", 10]}}], lanes=["weight_decay"])
    first, second = (study.cells[0].lane_axes["weight_decay"] for study in (low, high))
    assert len(first) == 11
    assert first[0] == 1e-5
    assert first[-1] == 1e-3
    assert set(first) & set(second) == {value for value in first if value > 2e-4}
    assert all(b / a == pytest.approx(10**0.2, rel=1e-5) for a, b in pairwise(first))


def test_range_includes_its_end_without_float_dust():
    study = one(grid=[{"alpha": {"range": [0.1, 0.5, 0.1]}, "q": {"range": [3, 5, 1]}}], lanes=["alpha"])
    assert study.cells[0].lane_axes["alpha"] == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert [cell.axes["q"] for cell in study.cells] == [3, 4, 5]


def test_scales_override_settings_seeds_and_grids():
    study = {
        "seeds": 6,
        "settings": {"epochs": 100},
        "grid": [{"batch_size": [2, 3], "seeds": 4}],
        "scales": {
            "paper": {"grid": [{"batch_size": 4}, {"batch_size": 6, "seeds": 3}], "settings": {"q": 4}}
        },
    }
    scales = {"smoke": {"settings": {"epochs": 1, "n_test": 5}, "seeds": 2}, "paper": {"seeds": 8}}
    smoke, paper = (one(scale=scale, top={"scales": scales}, **study) for scale in ("smoke", "paper"))
    assert [len(cell.seeds) for cell in smoke.cells] == [2, 2]
    assert train(smoke)["schedule"]["steps"] == 6
    assert smoke.options == {"n_test": 5}
    assert {cell.name: len(cell.seeds) for cell in paper.cells} == {"batch_size=4": 8, "batch_size=6": 3}
    assert train(paper)["settings"]["q"] == 4
    assert [len(cell.seeds) for cell in one(top={"scales": scales}, **study).cells] == [4, 4]


def test_a_scale_may_take_the_ends_of_every_axis():
    study = {
        "lanes": ["weight_decay"],
        "grid": [
            {
                "s, sigma_p": [[3, 0.5], [4, 0.4], [5, 0.3]],
                "weight_decay": {"logspace": [1e-3, 1, 1]},
                "batch_size": 2,
                "settings": {"steps": 500},
            },
            {
                "s, sigma_p": [[2, 0.7]],
                "weight_decay": [0.1, 0.2],
                "batch_size": 3,
                "settings": {"steps": 70},
            },
        ],
    }
    top = {"scales": {"smoke": {"grid": "ends", "settings": {"epochs": 3}}}}
    smoke = one(scale="smoke", top=top, **study)
    assert [(cell.axes["s"], cell.lane_axes["weight_decay"]) for cell in smoke.cells] == [
        (3, [1e-3, 1.0]),
        (5, [1e-3, 1.0]),
        (2, [0.1, 0.2]),
    ]
    assert {train(smoke, cell)["schedule"]["steps"] for cell in (0, 2)} == {3 * 6, 3 * 4}
    assert len(one(top=top, **study).cells) == 4
    own = {**study, "scales": {"smoke": {"grid": study["grid"]}}}
    assert [train(one(scale="smoke", top=top, **own), cell)["schedule"]["steps"] for cell in (0, 3)] == [
        500,
        70,
    ]


def test_scale_names_the_results_folder():
    assert atlas({"a": {}}, scale="smoke", results_dir="out").results == Path("out/smoke")
    assert load({"scale": "paper", "papers": {"tang2025": {"settings": SETTINGS}}, "studies": {
        "tang2025.a": {"measures": ["errors"]}}}).scale == "paper"  # fmt: skip


def test_a_runs_study_has_the_cells_of_its_source():
    found = atlas({"b": {"traces_of": "tang2025.a", "measures": ["feature_noise"], "settings": {"n_test": 7}},
                   "a": {"grid": [{"batch_size": [2, 3]}], "lanes": []}})  # fmt: skip
    a, b = found.studies["tang2025.a"], found.studies["tang2025.b"]
    assert list(found.studies) == ["tang2025.b", "tang2025.a"]
    assert (b.traces_of, b.dims, b.cells) == ("tang2025.a", a.dims, a.cells)
    assert b.measure_spec("feature_noise") == {
        "measure": "feature_noise", "problem": "patch_cnn", "options": {"n_test": 7},
    }  # fmt: skip
    assert a.options == {"n_test": 10_000}


@pytest.mark.parametrize(("off", "warned"), [(9, False), (10, True)])
def test_a_switch_off_beyond_the_run_is_a_warning(off, warned):
    settings = {"regularizer": "full_gradient", "reg_lambda": 0.1, "reg_off_epoch": off, "epochs": 10}
    found = atlas({"a": {"settings": settings}}).warnings
    line = "studies.tang2025.a.settings.reg_off_epoch: found 10; the run ends at epoch 10, so it is never"
    assert any(line in text for text in found) == warned


def test_every_switch_off_beyond_the_run_is_named_and_one_at_the_start_too():
    settings = {"regularizer": "full_gradient", "reg_lambda": 0.1, "epochs": 10}
    grid = [{"reg_off_epoch": [0, 5, 10, 90]}]
    found = atlas({"a": {"settings": settings, "grid": grid, "lanes": ["reg_off_epoch"]}}).warnings
    where = "config.yaml: studies.tang2025.a.grid[0].reg_off_epoch: found"
    assert found == [
        f"{where} 10, 90; the run ends at epoch 10, so it is never switched off",
        f"{where} 0; the regularizer is off from the first step on",
    ]


@pytest.mark.parametrize(("off", "warned"), [(33, False), (34, True)])
def test_a_switch_off_in_the_last_epoch_begun_is_none_beyond_the_run(off, warned):
    settings = {"regularizer": "full_gradient", "reg_lambda": 0.1, "reg_off_epoch": off, "steps": 100}
    found = atlas({"a": {"settings": settings | {"n_train": 12}, "grid": [{"batch_size": 4}]}}).warnings
    assert any("the run ends at epoch 33.3333" in text for text in found) == warned


def test_dense_noise_is_on_every_coordinate_but_the_signal():
    cell = one(settings={"sampler": "dense", "d": 30}).cells[0]
    assert cell.blocks[0].train_spec["settings"]["s"] == 29


def test_a_study_may_have_seed_blocks_of_its_own():
    assert [block.name for block in one(seeds=7, seed_block=4).cells[0].blocks] == ["0-3", "4-6"]


def test_a_problem_passes_over_the_keys_of_its_paper_that_it_lacks():
    study = one(settings={"problem": "linear"}, measures=["solution_distance"])
    assert set(train(study)["settings"]) == {"sampler", "d", "n_train", "s", "alpha", "sigma_p", "sigma_0"}


def test_more_seeds_leave_the_blocks_there_are():
    grid = [{"batch_size": [2, 3]}]
    before, after = (specs(atlas({"a": {"grid": grid, "seeds": count}})) for count in (10, 15))
    assert before.items() < after.items()
    assert {name.rsplit("/", 1)[1] for name in after.keys() - before.keys()} == {"10-14"}


def test_one_more_value_leaves_the_other_cells():
    before, after = (
        specs(atlas({"a": {"grid": [{"weight_decay": values}]}})) for values in ([0.1, 0.3], [0.1, 0.2, 0.3])
    )
    assert before.items() < after.items()


@pytest.mark.parametrize("scale", ["smoke", "default", "paper"])
def test_the_atlas_of_this_repository_is_right(scale):
    found = read(ROOT / "config.yaml", scale=scale)
    assert not found.warnings
    assert all(study.cells for study in found.studies.values())


def shuffled(node, draw):
    if isinstance(node, dict):
        keys = draw(st.permutations(list(node)))
        return OrderedDict((key, shuffled(node[key], draw)) for key in keys)
    return [shuffled(item, draw) for item in node] if isinstance(node, list) else node


STUDIES = {
    "b": {"traces_of": "tang2025.a"},
    "a": {
        "settings": {"q": 4, "snapshot_spacing": "log"},
        "grid": [
            {
                "s, sigma_p": [[4, 0.5], [3, 0.4]],
                "optimizer": ["adam", "gd"],
                "weight_decay": [0.1, 1],
                "seeds": 3,
            },
            {"batch_size": 2, "lr": [1, 2], "settings": {"steps": 5, "alpha": 0}},
        ],
        "lanes": ["weight_decay"],
        "scales": {"smoke": {"settings": {"m": 2}, "seeds": 2}},
    },
}


@settings(max_examples=30)
@given(st.data())
def test_the_order_of_keys_changes_no_spec(data):
    papers = {"tang2025": {"title": "T", "settings": SETTINGS}}
    named = {f"tang2025.{name}": {"measures": ["errors"], **study} for name, study in STUDIES.items()}
    raw = {"papers": papers, "studies": named, "scales": {"smoke": {"settings": {"epochs": 3, "n_test": 4}}}}
    moved = shuffled(copy.deepcopy(raw), data.draw)
    for scale in ("default", "smoke"):
        assert specs(load(moved, scale=scale)) == specs(load(raw, scale=scale))


def test_load_leaves_the_raw_configuration_alone():
    raw = {
        "papers": {"tang2025": {"settings": dict(SETTINGS)}},
        "studies": {"tang2025.a": {"measures": ["errors"]}},
    }
    before = copy.deepcopy(raw)
    load(raw, scale="smoke")
    assert raw == before


def test_read_says_what_is_wrong_with_the_file(tmp_path):
    with pytest.raises(UserError, match=r"nothing\.yaml: cannot be read"):
        read(tmp_path / "nothing.yaml")
    (tmp_path / "bad.yaml").write_text("a: [1, 2")
    with pytest.raises(UserError, match=r"bad\.yaml: not valid YAML"):
        read(tmp_path / "bad.yaml")
