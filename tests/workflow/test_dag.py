import re

import pytest

WHOLE = {"data": 2, "train": 5, "measure": 3, "gather": 2, "figure": 1, "judge": 1, "collect": 1, "all": 1}


def test_whole_dag(fresh):
    assert fresh.jobs() == WHOLE


def test_scale_is_a_config_value_and_has_its_own_folder(fresh):
    output = fresh.snakemake("-n", "--config", "scale=smoke")
    assert "results/smoke/cubes/tiny.one.nc" in output
    assert "results/default" not in output


def test_lint(fresh):
    assert "good condition" in fresh.snakemake("--lint")


def test_default_profile_is_found(fresh):
    assert "profiles/default" in fresh.snakemake("-n")


def test_wrong_config_gives_lines_and_no_traceback(fresh):
    fresh.edit("config.yaml", "optimizer: sgd", "optimizer: sdg")
    output = fresh.snakemake("-n", expect=1)
    assert re.search(r"studies\.tiny\.two.*sdg.*sgd", output)
    assert "Traceback" not in output


def test_odd_config_gives_a_line(fresh):
    assert "never switched off" not in fresh.snakemake("-n")
    odd = "settings: {regularizer: full_gradient, reg_lambda: 0.1, reg_off_epoch: 900}"
    fresh.edit("config.yaml", "title: Another optimizer", odd)
    output = fresh.snakemake("-n")
    assert output.count("studies.tiny.two.settings.reg_off_epoch: found 900; the run ends at epoch") == 1


def test_a_study_is_a_target(fresh):
    wanted = {"data": 1, "train": 1, "measure": 1, "gather": 1, "tiny.two": 1}
    assert fresh.jobs("tiny.two") == wanted
    assert fresh.jobs("tiny.one")["figure"] == 1


@pytest.mark.parametrize("target", ["tiny.tow", "results/default/cubes/tiny.tow.nc"])
def test_a_misspelt_study_gets_the_near_name(fresh, target):
    output = fresh.snakemake("-n", target, expect=1)
    assert "no study 'tiny.tow'; did you mean 'tiny.two'?" in output
    assert "InputFunctionException" not in output


@pytest.mark.slow
def test_run_makes_a_study_and_shows_its_claims(fresh):
    output = fresh.adamatlas("run", "tiny.one", "--cores", "2")
    assert len(fresh.files("cubes/*.nc")) == len(fresh.files("figures/tiny/curve.png")) == 1
    assert re.search(r"^(supported|refuted|inconclusive) +check +tiny\.one\.level", output, re.MULTILINE)
    assert "did you mean 'tiny.two'" in fresh.adamatlas("run", "tiny.tow", expect=2)


def test_a_key_given_twice_is_refused(fresh):
    fresh.edit("config.yaml", "  tiny.two:", "  tiny.one: {measures: [errors]}\n  tiny.two:")
    output = fresh.snakemake("-n", expect=1)
    assert re.search(
        r"config\.yaml: line \d+: the key 'tiny\.one' is given again \(first in line \d+\)", output
    )
    assert "Traceback" not in output
    fresh.edit("config.yaml", "  tiny.one: {measures: [errors]}\n", "")
    (fresh.path / "over.yaml").write_text("studies: {tiny.two: {seeds: 1, seeds: 2}}\n")
    output = fresh.snakemake("-n", "--configfile", "over.yaml", expect=1)
    assert "over.yaml: line 1: the key 'seeds' is given again" in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_no_string_of_the_config_reaches_the_shell(fresh):
    fresh.edit("config.yaml", "title: A tiny paper", "title: \"'; touch OUCH; echo '\"")
    fresh.edit(
        "config.yaml", "scale: default", 'scale: default\ndata_dir: "{config[papers][tiny][title]}{run}"'
    )
    fresh.snakemake("--cores", "2", "results/default/cubes/tiny.two.nc")
    assert not list(fresh.path.rglob("OUCH"))


def test_missing_caption_is_named(fresh):
    (fresh.path / "workflow/report/tiny/curve.rst").unlink()
    output = fresh.snakemake("-n", expect=1)
    assert re.search(
        r"figure curve of study tiny\.one has no caption: write .*report/tiny/curve\.rst", output
    )
    assert "Traceback" not in output


@pytest.mark.slow
def test_snakemake_does_not_look_for_work_while_jobs_run(fresh):
    with open(fresh.path / "Snakefile", "a") as snakefile:
        snakefile.write('\n\nonsuccess:\n    print("limiter", workflow.scheduler.job_rate_limiter)\n')
    assert "limiter None" in fresh.snakemake("--cores", "1", "results/default/cubes/tiny.one.nc")


@pytest.mark.slow
def test_long_training_goes_first(fresh):
    fresh.edit("config.yaml", "title: Another optimizer", "settings: {epochs: 200}")
    output = fresh.snakemake("--cores", "1", "--until", "train")
    assert re.findall(r"Training (\S+),", output) == ["tiny.two"] + 4 * ["tiny.one"]


@pytest.mark.slow
def test_report_holds_the_figure_its_caption_and_the_verdicts(finished, tmp_path):
    target = tmp_path / "report.html"
    finished.snakemake("--report", str(target))
    text = target.read_text()
    assert "The feature of curve at scale default." in text
    assert "tiny (arXiv:0000.00000)" in text
    assert "Verdicts" in text


@pytest.mark.slow
def test_long_specs_travel_in_files(fresh):
    fresh.edit("workflow/rules/common.smk", "LONGEST_ARGUMENT = 50_000", "LONGEST_ARGUMENT = 10")
    fresh.snakemake("--cores", "2", "results/default/cubes/tiny.two.nc")
    assert fresh.files("specs/*.json")
    assert fresh.jobs("results/default/cubes/tiny.two.nc") == {}
