"""Durations, sizes, values and tables as people read them."""

from collections.abc import Sequence
from typing import Any


def duration(seconds: float) -> str:
    """`2 h 05 min`, `3 min 10 s` or `8 s`."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"


def bytes_shown(size: float) -> str:
    """`1.25 GB`, `12.3 MB`, `0.8 kB`."""
    if size >= 1e9:
        return f"{size / 1e9:.2f} GB"
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


def value_shown(value: Any) -> str:
    """A value on an axis: `0.001`, `adam`, `true`."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """A line for each row, its columns aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
