"""Which values of an axis a figure draws, where it does not draw all: its literal SHOWS {axis: what}.

`middle`, `smallest`, `largest` and `above 0` are places on the axis; anything else is a phrase for readers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from adamatlas.units import value_shown

PLACES = {
    "middle": lambda values: [values[len(values) // 2]],
    "smallest": lambda values: values[:1],
    "largest": lambda values: values[-1:],
    "above 0": lambda values: [value for value in values if value > 0],
}


def left_out(shows: Mapping[str, str] | None, axes: Mapping[str, Sequence[Any]]) -> list[str]:
    """A line for each dim of a cube that a figure does not draw whole: `lr: draws the largest, not 0.1`.

    shows: the figure's literal SHOWS, None where it draws all; axes: the values of each dim of a study. A
    phrase of SHOWS is repeated for every axis with several values: which of them it leaves out is not known.
    """
    lines = []
    for axis, what in (shows or {}).items():
        values = sorted(set(axes.get(axis, ())))
        if what not in PLACES:
            lines += [f"{axis}: draws {what}"] if len(values) > 1 else []
        elif hidden := [value for value in values if value not in PLACES[what](values)]:
            drawn = "values above 0" if what == "above 0" else f"the {what}"
            lines.append(f"{axis}: draws {drawn}, not {', '.join(map(value_shown, hidden))}")
    return lines
