import io

import pytest

from adamatlas import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_log_lines_are_sparse(clock):
    stream = io.StringIO()
    bar = progress.Progress(1000, "cell", stream)
    for done in range(0, 1000, 10):
        bar.update(done)
        clock[0] += 1.0
    lines = stream.getvalue().splitlines()
    assert lines[0] == "cell: 0 of 1,000 steps (0%)"
    assert lines[1] == "cell: 200 of 1,000 steps (20%), 10 steps/s, 1 min 20 s left"
    assert len(lines) == 5


def test_a_resumed_job_says_where_it_goes_on():
    stream = io.StringIO()
    progress.Progress(1000, "cell", stream).resumed(250)
    assert stream.getvalue() == "cell: 250 of 1,000 steps (25%), resumed from a checkpoint\n"


def test_other_things_than_steps_are_counted(clock):
    stream = io.StringIO()
    bar = progress.Progress(170, "archive", stream, unit="MB")
    for done in (0, 17):
        bar.update(done)
        clock[0] += 20.0
    assert stream.getvalue().splitlines()[1].startswith("archive: 17 of 170 MB (10%), 1 MB/s, 3 min")


def test_last_step_is_told_once(clock):
    stream = io.StringIO()
    bar = progress.Progress(10, "cell", stream)
    for _ in range(3):
        bar.update(10)
        clock[0] += 30.0
    assert stream.getvalue().count("100%") == 1


def test_last_step_is_always_told(clock):
    stream = io.StringIO()
    bar = progress.Progress(10, "cell", stream)
    bar.update(0)
    clock[0] += 1.0
    bar.update(10)
    assert stream.getvalue().splitlines()[-1] == "cell: 10 of 10 steps (100%), 10 steps/s, 0 s left"


def test_rate_of_a_resumed_job_counts_only_its_own_steps(clock):
    stream = io.StringIO()
    bar = progress.Progress(100, "cell", stream)
    bar.update(50)
    clock[0] += 25.0
    bar.update(75)
    assert "1 steps/s, 25 s left" in stream.getvalue()


def test_terminal_rewrites_one_line(clock):
    stream = Terminal()
    bar = progress.Progress(10, "cell", stream)
    for done in range(11):
        bar.update(done)
        clock[0] += 1.0
    text = stream.getvalue()
    assert text.count("\r") == 11
    assert text.count("\n") == 1
    assert text.endswith("\n")


@pytest.mark.parametrize(
    ("seconds", "text"), [(3.4, "3 s"), (59.9, "1 min 00 s"), (190, "3 min 10 s"), (7500, "2 h 05 min")]
)
def test_duration(seconds, text):
    assert progress.duration(seconds) == text
