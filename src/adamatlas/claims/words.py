"""Numbers in words, for the notes of claims."""

from collections.abc import Callable, Iterable

import numpy as np
import xarray as xr


def span(values: np.ndarray, form: str = ".3g", none: str = "no runs") -> str:
    """`0.1 to 0.3`: the range of the known values."""
    known = values[np.isfinite(values)]
    return f"{known.min():{form}} to {known.max():{form}}" if known.size else none


def listed(values: Iterable[float], form: str = ".3f") -> str:
    """`0.100, 0.300`."""
    return ", ".join(f"{value:{form}}" for value in values) or "none"


def summaries(
    labels: Iterable[object],
    columns: Iterable[np.ndarray],
    form: str = ".3g",
    none: str = "",
    of: Callable[[np.ndarray], float] = np.median,
) -> str:
    """`0.1: 2.3, 0.5: 4.1`: the median (or `of`) of the known values of each column after its label.

    A column without known values is `none`, or left out where that is empty.
    """
    pairs = []
    for label, column in zip(labels, columns, strict=True):
        known = column[np.isfinite(column)]
        if known.size or none:
            name = label if isinstance(label, str) else f"{label:g}"
            pairs.append(f"{name}: {of(known):{form}}" if known.size else f"{name}: {none}")
    return ", ".join(pairs)


def by_noise(found: xr.Dataset, values: np.ndarray, form: str = ".3g") -> str:
    """Medians over seeds of values (seed, sigma_p) at each sigma_p, and how many runs diverged."""
    count = int((found["status"].values == 2).sum())
    lost = f" {count} runs diverged and have none." if count else ""
    return f"Medians at sigma_p {summaries(found['sigma_p'].values, values.T, form, 'no runs')}.{lost}"


def diverged(status: np.ndarray) -> str:
    """How many runs diverged and are left out; empty where none did."""
    count = int((status == 2).sum())
    return f"{count} of {(status > 0).sum()} runs diverged and are left out." if count else ""
