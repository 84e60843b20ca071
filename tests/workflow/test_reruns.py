"""What runs again after an edit: exactly what it touches."""

import re
import shutil

import numpy as np
import pytest
import xarray as xr
import yaml

from adamatlas import store

pytestmark = pytest.mark.slow

NOTHING = {}
DOWNSTREAM = {"gather": 1, "figure": 1, "judge": 1, "collect": 1, "all": 1}
"""From a cube with a figure and a claim on."""


def test_nothing_changed(project):
    assert project.jobs() == NOTHING


def test_one_weight_decay_changed(project):
    project.edit("config.yaml", "[1e-5, 1e-4]", "[1e-5, 2e-4]")
    assert project.jobs() == {"train": 2, "measure": 2, **DOWNSTREAM}


def test_one_weight_decay_added(project):
    project.edit("config.yaml", "[1e-5, 1e-4]", "[1e-5, 1e-4, 1e-3]")
    assert project.jobs() == {"train": 2, "measure": 2, **DOWNSTREAM}


def test_block_of_seeds_added(project):
    project.edit("config.yaml", "seeds: 4", "seeds: 6")
    assert project.jobs() == {"data": 1, "train": 2, "measure": 1, **DOWNSTREAM}


def test_measure_added(project):
    project.edit("config.yaml", "measures: [feature_noise]", "measures: [feature_noise, errors]")
    assert project.jobs() == {"measure": 2, **DOWNSTREAM}


def test_option_of_a_measure_changed(project):
    project.edit("config.yaml", "n_test: 50", "n_test: 60")
    expected = {"measure": 3, **DOWNSTREAM, "gather": 2}
    assert project.jobs() == expected


def test_title_changed(project):
    project.edit("config.yaml", "Two weight decays", "Weight decays")
    assert project.jobs() == DOWNSTREAM


def test_figure_module_edited(project):
    project.edit("src/adamatlas/figures/tiny/curve.py", "axes.plot", "axes.semilogy")
    assert project.jobs() == {"figure": 1, "all": 1}


def test_figure_added(project):
    folder = project.path / "src/adamatlas/figures/tiny"
    (folder / "other.py").write_text((folder / "curve.py").read_text())
    (project.path / "workflow/report/tiny/other.rst").write_text("Another.\n")
    project.edit("config.yaml", "figures: [curve]", "figures: [curve, other]")
    assert project.jobs() == {"figure": 1, "all": 1}


def test_claim_module_edited(project):
    project.edit("src/adamatlas/claims/tiny/level.py", "above(-1.0)", "above(-2.0)")
    assert project.jobs() == {"judge": 1, "collect": 1, "all": 1}


def test_measure_module_edited(project):
    project.edit("src/adamatlas/measures/feature_noise.py", "memorized.max()", "memorized.max() + 0")
    assert project.jobs() == {"measure": 3, **DOWNSTREAM, "gather": 2}


def test_preset_added(project):
    file = project.path / "src/adamatlas/optimizers/presets.py"
    file.write_text(file.read_text() + '\nPRESETS["mine"] = {**PRESETS["adam"], "beta1": 0.5}\n')
    assert project.jobs() == NOTHING


@pytest.mark.parametrize(
    "name",
    [
        "src/adamatlas/optimizers/rule.py",
        "src/adamatlas/figures/tiny/curve.py",
        "src/adamatlas/store.py",
        "workflow/rules/train.smk",
        "Snakefile",
        "config.yaml",
    ],
)
def test_comment_edited(project, name):
    file = project.path / name
    file.write_text(file.read_text() + "\n# a remark\n")
    assert project.jobs() == NOTHING


def test_docstring_edited(project):
    project.edit("src/adamatlas/optimizers/rule.py", "The one update rule.", "The rule.")
    assert project.jobs() == NOTHING


def test_caption_edited(project):
    project.edit("workflow/report/tiny/curve.rst", "The feature", "The learned feature")
    assert project.jobs() == NOTHING


def test_config_keys_reordered(project):
    def turned(node):
        if isinstance(node, dict):
            return {key: turned(value) for key, value in reversed(node.items())}
        return [turned(item) for item in node] if isinstance(node, list) else node

    file = project.path / "config.yaml"
    config = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump(turned(config), sort_keys=False))
    assert yaml.safe_load(file.read_text()) == config
    assert project.jobs() == NOTHING


def test_config_value_written_otherwise(project):
    project.edit("config.yaml", "[1e-5, 1e-4]", "[0.00001, 1.0e-4]")
    assert project.jobs() == NOTHING


def test_update_kernel_edited_and_the_numbers_change(project):
    def last(study):
        return store.read_dataset(project.path / f"results/default/cubes/{study}.nc")["feature"][..., -1, :]

    before = last("tiny.one")
    project.edit("src/adamatlas/optimizers/formula.py", "lr = rule.lr\n", "lr = 3.0 * rule.lr\n")
    assert project.jobs() == {"train": 5, "measure": 3, **DOWNSTREAM, "gather": 2}
    project.snakemake("--cores", "2")
    after = last("tiny.one")
    assert np.isfinite(after).all()
    assert (np.abs(after - before) > 0.1 * np.abs(before)).all()
    assert project.jobs() == NOTHING


def test_rerun_gives_the_same_numbers(project):
    trace = project.files("traces/tiny.one/*.nc")[0]
    before = store.read_dataset(trace)
    trace.unlink()
    target = str(trace.relative_to(project.path))
    assert project.jobs(target) == {"train": 1}
    project.snakemake("--cores", "2", target)
    after = store.read_dataset(trace)
    assert after.attrs["content_sha256"] == before.attrs["content_sha256"]
    xr.testing.assert_identical(after.drop_attrs(), before.drop_attrs())


def test_results_without_records_are_known_by_their_own_specs(project):
    shutil.rmtree(project.path / ".snakemake")
    assert project.jobs() == NOTHING
    project.edit("config.yaml", "lr: 1e-3", "lr: 2e-3")
    output = project.snakemake("-n")
    assert "10 results of which Snakemake has no record are outdated" in output
    assert "traces/tiny.one/batch_size=2~optimizer=adam~weight_decay=1e-05~0-1.nc" in output
    assert "it was made from another spec" in output
    assert project.jobs()["train"] == 5
    cube = "results/default/cubes/tiny.two.nc"
    assert project.jobs(cube) == {"train": 1, "measure": 1, "gather": 1}
    project.snakemake("--cores", "2", "--", cube)
    project.snakemake("--cores", "2")
    assert project.jobs() == NOTHING
    lrs = {
        store.read_spec(store.read_dataset(file))["optimizer"]["lr"]
        for file in project.files("traces/*/*.nc")
    }
    assert lrs == {2e-3}


def test_results_without_records_are_known_by_their_code(project):
    shutil.rmtree(project.path / ".snakemake")
    project.edit(
        "src/adamatlas/measures/feature_noise.py",
        "(label * neurons[0]).max()",
        "(label * neurons[0]).max() * 2",
    )
    assert "it was made by other code" in project.snakemake("-n")
    assert project.jobs() == {"measure": 3, "gather": 2, "figure": 1, "judge": 1, "collect": 1, "all": 1}


def test_plan_and_prune_know_the_files_laid_over_the_config(project):
    over = "studies: {tiny.three: {grid: [{optimizer: adam, batch_size: 2}], measures: [feature_noise]}}\n"
    (project.path / "over.yaml").write_text(over)
    cube = "results/default/cubes/tiny.three.nc"
    project.snakemake("--cores", "2", "--configfile", "over.yaml", "--", cube)
    assert cube in project.adamatlas("plan")
    plan = project.adamatlas("plan", "--configfile", "over.yaml")
    assert "nothing to run" in plan
    assert "no leftover files" in plan
    assert "nothing to remove" in project.adamatlas("prune", "--yes", "--configfile", "over.yaml")
    shutil.copy(project.path / "config.yaml", project.path / "whole.yaml")
    assert "--configfile whole.yaml" in project.adamatlas("plan", "--config", "whole.yaml", expect=2)
    project.adamatlas("prune", "--yes")
    assert not (project.path / cube).exists()


def test_plan_knows_every_job_that_snakemake_announces(fresh):
    plan = fresh.adamatlas("plan")
    assert re.search(r"^train +5 +[1-9]", plan, re.MULTILINE)
    assert re.search(r"^collect +1 +[1-9]", plan, re.MULTILINE)
    assert "unknown" not in plan


def test_plan_tells_what_would_run_and_prune_removes_the_rest(project):
    assert "all files are up to date" in project.adamatlas("plan")
    project.edit("config.yaml", "[1e-5, 1e-4]", "[1e-5, 2e-4]")
    plan = project.adamatlas("plan")
    assert re.search(r"^train +2 +\d+ s +output files have to be generated", plan, re.MULTILINE)
    assert "\n  train: tiny.one, batch_size=2~optimizer=adam~weight_decay=0.0002, 0-1\n" in plan
    assert "2 leftover files" in plan
    leftovers = [path for path in project.files("traces/tiny.one/*.nc") if "decay=0.0001~" in path.name]
    assert len(leftovers) == 2
    assert "say so with --yes" in project.adamatlas("prune", expect=2)
    assert all(path.exists() for path in leftovers)
    assert "removed 2 files" in project.adamatlas("prune", "--yes")
    assert not any(path.exists() for path in leftovers)
    assert "nothing to remove" in project.adamatlas("prune")
    assert project.jobs()["train"] == 2
