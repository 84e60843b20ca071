"""The job loop: chunks, snapshots, divergence, interrupts and checkpoints, of single lanes and of arrays."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from helpers import PATCH_CNN, Interrupt, data_file, train, train_spec

from adamatlas.engines import fused, reference, run
from adamatlas.errors import UserError
from adamatlas.problems.patch_cnn import fused as patch_cnn
from adamatlas.problems.trainer import Layout
from adamatlas.progress import Progress

GROWTH = {"seed": [0, 1, 2]}
DIVERGES = {1: 7_003}
"""The step at which a lane of the toy diverges."""


class Toy:
    """Three lanes in one array: w <- w (1 - 1e-3 seed) + step^(1/2), each with its own course."""

    count = 3
    slow_from = np.inf
    """The step from which a call takes longer than it may."""

    def __init__(self, seeds: list[int]) -> None:
        self.rate = 1.0 - 1e-3 * np.array(seeds)
        self.w = np.ones((self.count, 4))

    def advance(self, start: int, stop: int) -> np.ndarray:
        if start >= self.slow_from:
            time.sleep(0.02)
        reached = np.full(self.count, stop)
        for lane, step in DIVERGES.items():
            reached[lane] = min(max(start, step), stop)
        for step in range(start, stop):
            self.w = self.w * self.rate[:, None] + np.sqrt(step)
        self.w[reached < stop] = np.nan
        return reached

    def finite(self) -> np.ndarray:
        return np.isfinite(self.w).all(1)

    def histories(self) -> dict[str, np.ndarray]:
        return {"top": self.w.max(1)}

    def moments(self) -> dict[str, np.ndarray]:
        return {"w": self.w, "m": 0 * self.w, "v": 0 * self.w}

    def arrays(self) -> dict[str, np.ndarray]:
        return {"w": self.w.copy()}

    def restore(self, arrays) -> None:
        self.w = arrays["w"]


@pytest.fixture
def toy(monkeypatch):
    """An engine whose lanes live in one array."""
    problem = SimpleNamespace(LAYOUT=Layout(("parameter",), {"top": ((), "largest weight")}))
    monkeypatch.setitem(sys.modules, "adamatlas.problems.patch_cnn.toy", problem)
    monkeypatch.setattr("adamatlas.engines.checkpoints.job_id", lambda spec: "toy")
    return SimpleNamespace(
        __name__="adamatlas.engines.toy",
        DEVICES=("cpu",),
        build=lambda problem, spec, draws, device: [Toy(spec["lanes"]["seed"])],
        prepare=lambda: None,
        at_once=lambda spec: 1,
    )


TOY = {"lanes": GROWTH, "schedule": {"steps": 20_000, "snapshots": 5}}


def test_lanes_in_one_array_diverge_each_at_its_own_step(toy, monkeypatch):
    monkeypatch.setattr(run.devices, "name", lambda device: f"name of {device}")
    monkeypatch.setattr(run.devices, "turn", nullcontext)
    trace = run.train(toy, train_spec(**TOY), {}, device="cuda:1").to_xarray()
    assert trace["diverged_step"].values.tolist() == [-1, 7_003, -1]
    assert trace["status"].values.tolist() == [1, 2, 1]
    assert trace["step"].values.tolist() == [0, 5_000, 10_000, 15_000, 20_000]
    for name in ("w", "top"):
        there = np.isfinite(trace[name].values.reshape(3, 5, -1)).all(-1)
        assert there.tolist() == [[True] * 5, [True, True, False, False, False], [True] * 5]
    assert trace["w"].dims == ("lane", "snapshot", "parameter")
    assert trace["seed"].values.tolist() == [0, 1, 2]
    assert trace.attrs["device"] == "name of cuda:1"


@pytest.mark.parametrize("step", [0, 6_000, 12_000])
def test_lanes_in_one_array_are_resumed_to_the_same_bits(toy, monkeypatch, tmp_path, step):
    monkeypatch.setattr(run, "CHUNK_SECONDS", 0.004)
    spec, again = train_spec(**TOY), Interrupt(0)
    whole = run.train(toy, spec, {}).to_xarray()
    monkeypatch.setattr(Toy, "slow_from", step)
    with pytest.raises(KeyboardInterrupt):
        run.train(toy, spec, {}, checkpoints=tmp_path, progress=Interrupt(60))
    monkeypatch.setattr(Toy, "slow_from", np.inf)
    resumed = run.train(toy, spec, {}, checkpoints=tmp_path, progress=again).to_xarray()
    assert step < again.resumed_at < 60_000
    xr.testing.assert_identical(resumed, whole)


def test_an_array_of_which_no_lane_is_left_ends(toy, monkeypatch):
    monkeypatch.setitem(DIVERGES, 0, 3)
    monkeypatch.setitem(DIVERGES, 2, 3)
    spec = train_spec(lanes=GROWTH, schedule={"steps": 20_000, "snapshot_spacing": "last"})
    trace = run.train(toy, spec, {}).to_xarray()
    assert trace["diverged_step"].values.tolist() == [3, 7_003, 3]
    assert trace["w"].shape == (3, 1, 4)
    assert np.isnan(trace["w"]).all()


@pytest.mark.parametrize("chunk_seconds", [1e-9, 10.0])
def test_the_cut_into_chunks_does_not_matter(monkeypatch, chunk_seconds):
    whole = train(fused, train_spec(dtype="float32"), data_file())
    monkeypatch.setattr(run, "CHUNK_SECONDS", chunk_seconds)
    xr.testing.assert_identical(train(fused, train_spec(dtype="float32"), data_file()), whole)


@pytest.mark.parametrize(("engine", "steps"), [(fused, 30_000), (reference, 600)])
@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupted_run_is_resumed_to_the_same_bits(tmp_path, monkeypatch, engine, steps, threads):
    monkeypatch.setattr(run, "CHUNK_SECONDS", 0.002)
    spec = train_spec(
        dtype="float32",
        lanes={"seed": [0, 1], "lr": [1e-4, 1e-3]},
        schedule={"steps": steps, "moments": True},
    )
    whole, again = train(engine, spec, data_file(), threads=threads), Interrupt(0)
    with pytest.raises(KeyboardInterrupt):
        train(engine, spec, data_file(), threads=threads, checkpoints=tmp_path, progress=Interrupt())
    assert len(list(tmp_path.iterdir())) == 1
    resumed = train(engine, spec, data_file(), threads=threads, checkpoints=tmp_path, progress=again)
    assert 0 < again.resumed_at < 4 * steps
    xr.testing.assert_identical(resumed, whole)
    assert len(list(tmp_path.iterdir())) == 1
    run.discard(spec, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_log_says_that_a_job_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "CHUNK_SECONDS", 0.002)
    spec = train_spec(schedule={"steps": 30_000})
    interrupted(spec, tmp_path)
    train(fused, spec, data_file(), checkpoints=tmp_path, progress=Progress(60_000, "job"))
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith("job: ")
    assert first.endswith("%), resumed from a checkpoint")


@pytest.mark.parametrize("interrupt", [None, KeyboardInterrupt])
def test_a_checkpoint_that_cannot_be_written_ends_no_training(tmp_path, monkeypatch, capsys, interrupt):
    """Such as one whose disk is full."""
    monkeypatch.setattr(run, "CHUNK_SECONDS", 0.001)
    monkeypatch.setattr(run, "CHECKPOINT_SECONDS", 0.0)

    def full(path, *content):
        raise UserError(f"{path}: cannot be written: No space left on device")

    monkeypatch.setattr("adamatlas.engines.checkpoints.write_checkpoint", full)
    spec = train_spec(schedule={"steps": 30_000})
    if interrupt is None:
        xr.testing.assert_identical(
            train(fused, spec, data_file(), checkpoints=tmp_path), train(fused, spec, data_file())
        )
    else:
        with pytest.raises(interrupt):
            train(fused, spec, data_file(), checkpoints=tmp_path, progress=Interrupt(5))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("adamatlas: warning: ")
    assert line.endswith("No space left on device; no checkpoint, the training goes on")


def test_a_checkpoint_of_another_spec_is_left_alone(tmp_path):
    (tmp_path / "0123456789abcdef.npz").write_bytes(b"of someone else")
    train(fused, train_spec(), data_file(), checkpoints=tmp_path)
    run.discard(train_spec(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["0123456789abcdef.npz"]


def interrupted(spec: dict, folder: Path) -> Path:
    """The checkpoint that an interrupted training leaves."""
    before = set(folder.iterdir())
    with pytest.raises(KeyboardInterrupt):
        train(fused, spec, data_file(), checkpoints=folder, progress=Interrupt())
    (left,) = set(folder.iterdir()) - before
    return left


def test_swapped_and_damaged_checkpoints_are_not_used(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "CHUNK_SECONDS", 0.002)
    specs = [train_spec(settings=PATCH_CNN | {"alpha": x}, schedule={"steps": 30_000}) for x in (0.2, 0.3)]
    one, two = (interrupted(spec, tmp_path) for spec in specs)
    intact = one.read_bytes()
    whole = train(fused, specs[0], data_file())
    said = []
    for place in range(0, len(intact), len(intact) // 30):
        flipped = bytearray(intact)
        flipped[place] ^= 0x55
        one.write_bytes(flipped)
        xr.testing.assert_identical(train(fused, specs[0], data_file(), checkpoints=tmp_path), whole)
        said += capsys.readouterr().err.splitlines()
    assert len(said) > 20  # the others hit bytes that say nothing, such as the time in an archive
    for content, why in (
        (two.read_bytes(), "a checkpoint of another job"),
        (intact[:100], "not a checkpoint that can be read"),
        (b"", "not a checkpoint that can be read"),
    ):
        one.write_bytes(content)
        xr.testing.assert_identical(train(fused, specs[0], data_file(), checkpoints=tmp_path), whole)
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"adamatlas: warning: {one}: ")
        assert why in line
        assert line.endswith("not used, the training starts anew")


@pytest.mark.parametrize("chunk", [0.0, 1.0])
def test_weights_that_overflow_where_no_output_sees_them_end_the_run_at_the_next_snapshot(chunk, monkeypatch):
    """And not at the end of a compiled call, which depends on the machine's speed."""
    monkeypatch.setattr(run, "CHUNK_SECONDS", chunk)
    spec, data = train_spec(lanes={"seed": [0]}), data_file()
    (alone,) = fused.build(patch_cnn, spec, {0: draw(data)})
    group = run.Group(spec, alone)
    advance, (_, first, second, *_) = alone.trainer.advance, group.record.stops

    def overflow(start: int, stop: int) -> int:
        if start <= first + 1 < stop:
            alone.trainer.state.w[-1, -1] = -np.inf
        return max(stop, advance(start, stop))

    monkeypatch.setattr(alone.trainer, "advance", overflow)
    group.proceed(threading.Event())
    assert first + 1 < second
    assert group.record.diverged_step.tolist() == [second]


def draw(data: xr.Dataset) -> dict[str, np.ndarray]:
    """That of seed 0."""
    return {name: np.ascontiguousarray(data[name].sel(seed=0).values) for name in data.data_vars}
