"""Durations and sizes as people read them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """`2 h 05 min`, `3 min 10 s` or `8 s`."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"


def bytes_shown(size: float) -> str:
    """A size in bytes for people: `12.3 MB`, `1.25 GB`, `0.8 kB`."""
    if size >= 1e9:
        return f"{size / 1e9:.2f} GB"
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
