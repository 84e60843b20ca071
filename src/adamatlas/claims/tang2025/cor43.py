"""Corollary 4.3: Adam's largest workable weight decay."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, claim, mean, median, slope, within
from adamatlas.claims.words import span
from adamatlas.selection import runs

REQUIRES = ("batch_size", "q", "seed", "sigma_0", "weight_decay")
QUANTITIES = ("critical_scaled", "critical_weight_decay", "lowest_feature")
SOURCE = "Corollary 4.3"


def judge(cube: xr.Dataset) -> list[Claim]:
    """The exponent of sigma_0 at each q and batch size, the constant, and what a large decay does."""
    exponents = [
        _exponent(cube, int(power), int(size))
        for size in cube["batch_size"].values
        for power in cube["q"].values
    ]
    return [*exponents, _constant(cube), _stuck(cube)]


def critical(cube: xr.Dataset, name: str = "critical_weight_decay") -> xr.DataArray:
    """The critical weight decay of each family of lanes: without the axis weight_decay."""
    return cube[name].max("weight_decay")


def _exponent(cube: xr.Dataset, power: int, size: int) -> Claim:
    part = critical(runs(cube, "sigma_0", "weight_decay", q=power, batch_size=size))
    found = [slope(part["sigma_0"].values, part.sel(seed=seed).values) for seed in part["seed"].values]
    batch = "full batch" if size == cube["batch_size"].values.max() and size > 2 else f"B={size}"
    return claim(
        cube,
        f"exponent_q{power}_b{'full' if batch == 'full batch' else size}",
        source=SOURCE,
        statement="Adam's largest workable weight decay scales as sigma_0^(q-2): "
        f"exponent {power - 2} at q={power} ({batch}, fixed lr)",
        quantity="slope of log critical weight decay on log sigma_0, per seed",
        estimate=mean(np.array(found)),
        rule=within(power - 2.1, power - 1.9),
        paper_value=float(power - 2),
        note=f"{int(np.isfinite(part.values).any(axis=part.get_axis_num('seed')).sum())} values of sigma_0.",
    )


def _constant(cube: xr.Dataset) -> Claim:
    ratio = critical(cube, "critical_scaled").values
    known = int(np.isfinite(ratio).sum())
    return claim(
        cube,
        "constant",
        source="Beyond the paper (Corollary 4.3 has no constant)",
        statement="The critical weight decay is (q/4) z0^(q-2), z0 the smaller of the classes' top features "
        "at initialization: the decay and the feature's gradient balance",
        quantity="critical weight decay / ((q/4) z0^(q-2)), over sigma_0, q, batch size, seed",
        estimate=median(ratio, of="sigma_0, q, batch size and seeds"),
        rule=within(0.8, 1.25),
        note=f"Range {span(ratio, '.3f')} over {known} families." if known else "",
    )


def _stuck(cube: xr.Dataset) -> Claim:
    beyond = cube["weight_decay"] >= 2 * cube["critical_weight_decay"]
    lowest = cube["lowest_feature"].where(beyond)
    per_seed = lowest.median([dim for dim in lowest.dims if dim != "seed"]).values
    return claim(
        cube,
        "stuck",
        source="Corollary 4.3",
        statement="Beyond twice the critical weight decay training stays near its initialization (the weaker "
        "feature keeps between half and twice its initial value)",
        quantity="feature at the end / at the start, weaker class, median over such runs of a seed",
        estimate=mean(per_seed),
        rule=within(0.5, 2.0),
        note="Below 0.5 means that it does not stay but decays towards 0.",
    )
