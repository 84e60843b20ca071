"""Damaged files, a full disk, an interrupted job: one clear line each, and nothing is lost."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

import pytest
import xarray as xr

from adamatlas import store

pytestmark = pytest.mark.slow


def heed_interrupts():
    """A shell ignores Ctrl-C for tests that it starts in the background, nohup the end of the terminal, and
    their children inherit that."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def error_line(output):
    """The one line that tells the error, wherever Snakemake shows it."""
    lines = set(re.findall(r"adamatlas: error: .*", output))
    assert len(lines) == 1, output
    assert "Traceback" not in output
    return lines.pop()


def nothing_half(project):
    assert not project.files(".*.tmp")
    for file in project.files("*.nc"):
        store.verify(file)


def trace_of(project, weight_decay):
    return project.files(f"traces/tiny.one/*weight_decay={weight_decay}~0-1.nc")[0]


def test_truncated_trace(project):
    trace = trace_of(project, "0.0001")
    os.truncate(trace, trace.stat().st_size // 2)
    line = error_line(project.snakemake("--cores", "2", expect=1))
    name = trace.relative_to(project.path)
    assert f"{name}: truncated, or not a NetCDF file" in line
    assert f"rm {name}; snakemake --cores all" in line
    assert "12 of 13 files are intact" in project.adamatlas("verify", expect=1)
    trace.unlink()
    project.snakemake("--cores", "2")
    assert re.search(r"^(\d+) of \1 files are intact", project.adamatlas("verify"))


def test_trace_in_the_place_of_another(project):
    shutil.copy(trace_of(project, "1e-05"), trace_of(project, "0.0001"))
    line = error_line(project.snakemake("--cores", "2", expect=1))
    assert "weight_decay=0.0001~0-1.nc: was made from another spec" in line


def test_foreign_data_file(project):
    data = project.files("data/*.nc")[0]
    data.unlink()
    xr.Dataset({"y": ("x", [1.0])}).to_netcdf(data)
    output = project.snakemake("--cores", "2", expect=1)
    assert f"{data.relative_to(project.path)}: not written by adamatlas" in output
    assert "Traceback" not in output


def test_data_of_other_seeds(project):
    first, second = project.files("data/*.nc")
    shutil.copy(first, second)
    output = project.snakemake("--cores", "2", expect=1)
    assert re.search(r"holds other data than this training needs \(seeds\)", output)


def test_cube_in_the_place_of_another(project):
    one, two = project.files("cubes/*.nc")
    shutil.copy(two, one)
    output = project.snakemake("--cores", "2", expect=1)
    assert "cubes/tiny.one.nc: holds the cube of tiny.two, not of tiny.one" in output
    assert "Traceback" not in output


def test_source_edited_while_a_job_waits(project):
    spec = json.dumps(store.read_spec(store.read_dataset(project.files("data/*.nc")[0])))
    output = project.adamatlas("data", "--spec", spec, "--fingerprint", "0" * 16, "--out", "x.nc", expect=2)
    assert "the source has changed since this data job was planned" in error_line(output)


def job(project, epochs):
    """The arguments of a training job of `epochs` epochs on data that are there, and its output file."""
    trace = store.read_dataset(trace_of(project, "1e-05"))
    spec = store.read_spec(trace)
    spec["schedule"]["steps"] = spec["schedule"]["steps_per_epoch"] * epochs
    data = project.files(f"data/*{trace.attrs['data_id']}.nc")[0]
    out = project.path / "out" / "trace.nc"
    paths = ["--data", str(data), "--checkpoints", "checkpoints", "--out", str(out)]
    return [sys.executable, "-m", "adamatlas", "train", "--spec", json.dumps(spec), *paths], out


def test_full_disk(project):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    command, out = job(project, epochs=20)
    subprocess.run(command, cwd=project.path, env=project.environment(), check=True)
    out.unlink()
    answer = subprocess.run(
        command, cwd=project.path, env=project.environment(), capture_output=True, text=True, preexec_fn=limit
    )
    assert answer.returncode == 2, answer.stderr
    assert f"{out}: cannot be written" in error_line(answer.stderr)
    assert os.listdir(out.parent) == []


def test_folder_that_cannot_be_made(project):
    command, out = job(project, epochs=20)
    out.parent.write_text("a file where a folder should be")
    answer = subprocess.run(
        command, cwd=project.path, env=project.environment(), capture_output=True, text=True, check=False
    )
    assert answer.returncode == 2
    assert f"{out}: cannot be written" in error_line(answer.stderr)


@pytest.mark.parametrize(
    ("number", "code", "word"), [(1, 143, "terminated"), (2, 130, "interrupted"), (15, 143, "terminated")]
)
def test_stopped_training_goes_on_from_its_checkpoint(project, number, code, word):
    environment = project.environment()
    compiled, short = job(project, epochs=20)
    subprocess.run(compiled, cwd=project.path, env=environment, capture_output=True, check=True)
    short.unlink()
    command, out = job(project, epochs=500_000)
    whole = out.with_name("whole.nc")
    running = subprocess.Popen(
        command,
        cwd=project.path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )
    first = running.stderr.readline()
    assert "steps" in first
    time.sleep(1)
    running.send_signal(number)
    rest = running.communicate(timeout=60)[1]
    assert running.returncode == code, first + rest
    assert rest.splitlines()[-1] == f"adamatlas: {word}"
    assert "Traceback" not in rest
    assert not out.exists()
    (checkpoint,) = (project.path / "checkpoints").iterdir()
    resumed = subprocess.run(command, cwd=project.path, env=environment, capture_output=True, text=True)
    assert resumed.returncode == 0, resumed.stderr
    goes_on = re.match(r".*: ([\d,]+) of .*, resumed from a checkpoint", resumed.stderr)
    assert int(goes_on.group(1).replace(",", "")) > 0
    assert not checkpoint.exists()
    from_zero = [*command[:-1], str(whole)]
    subprocess.run(from_zero, cwd=project.path, env=environment, capture_output=True, check=True)
    contents = [store.read_dataset(file).attrs["content_sha256"] for file in (out, whole)]
    assert contents[0] == contents[1]


def test_a_file_in_the_place_of_the_checkpoints(project):
    command, out = job(project, epochs=20)
    (project.path / "checkpoints").write_text("mine")
    answer = subprocess.run(
        command, cwd=project.path, env=project.environment(), capture_output=True, text=True, check=False
    )
    assert answer.returncode == 2
    assert answer.stderr.endswith("error: argument --checkpoints: found 'checkpoints'; must be a folder\n")
    assert not out.exists()
    assert (project.path / "checkpoints").read_text() == "mine"


def test_two_that_train_the_same_train_it_once(project):
    command, out = job(project, epochs=3_000_000)  # longer than the second one takes to start
    first = subprocess.Popen(
        command, cwd=project.path, env=project.environment(), stderr=subprocess.PIPE, text=True
    )
    assert "steps" in first.stderr.readline()
    second = subprocess.run(
        command, cwd=project.path, env=project.environment(), capture_output=True, text=True, timeout=300
    )
    first.communicate(timeout=60)
    assert first.returncode == second.returncode == 0
    said = second.stderr.splitlines()
    assert said == [
        "adamatlas: waiting for another process that trains the same",
        f"adamatlas: {out} has been made meanwhile",
    ]
    store.verify(out)


def test_where_the_first_of_two_is_killed_the_second_trains(project):
    command, out = job(project, epochs=3_000_000)

    def start() -> subprocess.Popen:
        return subprocess.Popen(
            command, cwd=project.path, env=project.environment(), stderr=subprocess.PIPE, text=True
        )

    first = start()
    assert "steps" in first.stderr.readline()
    second = start()
    assert "waiting for another process" in second.stderr.readline()
    first.kill()
    first.communicate(timeout=60)
    rest = second.communicate(timeout=300)[1]
    assert second.returncode == 0, rest
    store.verify(out)


def test_ctrl_c_in_a_run_loses_nothing(project):
    project.edit("config.yaml", "title: Another optimizer", "settings: {epochs: 1_000_000}")
    log = project.path / "logs/default/train/tiny.two/batch_size=4~optimizer=sgd~0-1.log"
    log.unlink()
    running = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "2"],
        cwd=project.path,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,
    )
    deadline = time.monotonic() + 120
    while not (log.exists() and "steps" in log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(running.pid, signal.SIGINT)
    output = running.communicate(timeout=120)[0]
    assert running.returncode != 0
    assert list((project.path / "results/default/checkpoints").iterdir()), output
    nothing_half(project)
    project.snakemake("--cores", "2")
    assert project.jobs() == {}
    nothing_half(project)
