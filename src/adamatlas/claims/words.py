"""Numbers in words, for the notes of claims."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr


def span(values: np.ndarray, form: str = ".3g", none: str = "no runs") -> str:
    """`0.1 to 0.3`, of the values that are known."""
    known = values[np.isfinite(values)]
    return f"{known.min():{form}} to {known.max():{form}}" if known.size else none


def listed(values: Iterable[float], form: str = ".3f") -> str:
    """`0.100, 0.300`."""
    return ", ".join(f"{value:{form}}" for value in values) or "none"


def medians(places: Iterable[object], columns: np.ndarray, form: str = ".3g", none: str = "") -> str:
    """`0.1: 2.3, 0.5: 4.1`: the median of what is known of each column, named by its place.

    A column of which nothing is known is `none`, or left out where that is empty.
    """
    pairs = []
    for place, column in zip(places, columns, strict=True):
        known = column[np.isfinite(column)]
        if known.size or none:
            named = place if isinstance(place, str) else f"{place:g}"
            pairs.append(f"{named}: {np.median(known):{form}}" if known.size else f"{named}: {none}")
    return ", ".join(pairs)


def by_noise(found: xr.Dataset, values: np.ndarray, form: str = ".3g") -> str:
    """Medians over seeds of values (seed, sigma_p) at each sigma_p, and how many runs diverged."""
    count = int((found["status"].values == 2).sum())
    lost = f" {count} runs diverged and are left out." if count else ""
    return f"Medians at sigma_p {medians(found['sigma_p'].values, values.T, form, 'no runs')}.{lost}"


def diverged(status: np.ndarray) -> str:
    """A remark on runs that diverged and are left out."""
    count = int((status == 2).sum())
    return f"{count} of {(status > 0).sum()} runs diverged and are left out." if count else ""
