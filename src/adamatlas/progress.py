"""Progress of a long job: one line that is rewritten on a terminal, sparse lines in a log."""

import sys
import time
from typing import TextIO

from adamatlas.units import duration

LOG_INTERVAL = 20.0
"""Seconds between two lines in a log."""
TERMINAL_INTERVAL = 0.2


class Progress:
    """Reports how many of `total` steps (or `unit`) are done, how fast, and how long the rest will take."""

    def __init__(
        self, total: int, label: str = "", stream: TextIO | None = None, unit: str = "steps"
    ) -> None:
        self.total = total
        self.label = label
        self.unit = unit
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self._start: tuple[float, int] | None = None
        self._shown = float("-inf")
        self._ended = False

    def resumed(self, done: int) -> None:
        """Say that the job goes on from a checkpoint after `done` steps."""
        self.stream.write(f"{self._steps(done)}, resumed from a checkpoint\n")
        self.stream.flush()

    def update(self, done: int) -> None:
        """Say that `done` steps (of all, not since the last call) are done."""
        now = time.monotonic()
        if self._start is None:
            self._start = now, done
        last = done >= self.total
        if self._ended and last:
            return
        self._ended = last
        if not last and now - self._shown < (TERMINAL_INTERVAL if self.live else LOG_INTERVAL):
            return
        self._shown = now
        text = self._text(done, now)
        end = "\n" if last or not self.live else ""
        self.stream.write(f"\r\x1b[2K{text}{end}" if self.live else f"{text}\n")
        self.stream.flush()

    def _text(self, done: int, now: float) -> str:
        began, first = self._start
        text = self._steps(done)
        if done == first or now == began:
            return text
        rate = (done - first) / (now - began)
        return f"{text}, {rate:,.0f} {self.unit}/s, {duration((self.total - done) / rate)} left"

    def _steps(self, done: int) -> str:
        return f"{self.label}: {done:,} of {self.total:,} {self.unit} ({done / max(self.total, 1):.0%})"
