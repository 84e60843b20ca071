"""Corollary 4.3: Adam's largest workable weight decay."""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, claim, mean, median, slope, within
from adamatlas.claims.words import span
from adamatlas.selection import runs

REQUIRES = ("batch_size", "q", "seed", "sigma_0", "weight_decay")
QUANTITIES = ("critical_scaled", "critical_weight_decay", "lowest_feature")


def judge(cube: xr.Dataset) -> list[Claim]:
    """The exponent of sigma_0 at each q and batch size, the constant, and what a large decay does."""
    sizes, powers = (cube[name].values.tolist() for name in ("batch_size", "q"))
    ratio = cube["critical_scaled"].max("weight_decay").values
    known = int(np.isfinite(ratio).sum())
    beyond = cube["weight_decay"] >= 2 * cube["critical_weight_decay"]
    lowest = cube["lowest_feature"].where(beyond)
    return [
        *(_exponent(cube, power, size) for size in sizes for power in powers),
        claim(
            cube,
            "constant",
            source="Beyond the paper (Corollary 4.3 has no constant)",
            statement="The critical weight decay is (q/4) z0^(q-2), z0 the smaller of the classes' top "
            "features at initialization: the decay and the feature's gradient balance",
            quantity="critical weight decay / ((q/4) z0^(q-2)), over sigma_0, q, batch size, seed",
            estimate=median(ratio, of="sigma_0, q, batch size and seeds"),
            rule=within(0.8, 1.25),
            note=f"Range {span(ratio, '.3f')} over {known} families." if known else "",
        ),
        claim(
            cube,
            "stuck",
            source="Corollary 4.3",
            statement="Beyond twice the critical weight decay training stays near its initialization (the "
            "weaker feature keeps between half and twice its initial value)",
            quantity="feature at the end / at the start, weaker class, median over such runs of a seed",
            estimate=mean(lowest.median([dim for dim in lowest.dims if dim != "seed"])),
            rule=within(0.5, 2.0),
            note="Below 0.5 means that it does not stay but decays towards 0.",
        ),
    ]


def _exponent(cube: xr.Dataset, power: int, size: int) -> Claim:
    part = runs(cube, "seed", "sigma_0", "weight_decay", q=power, batch_size=size)
    critical = part["critical_weight_decay"].max("weight_decay").values
    full = size == cube["batch_size"].values.max() and size > 2
    return claim(
        cube,
        f"exponent_q{power}_b{'full' if full else size}",
        source="Corollary 4.3",
        statement="Adam's largest workable weight decay scales as sigma_0^(q-2): "
        f"exponent {power - 2} at q={power} ({'full batch' if full else f'B={size}'}, fixed lr)",
        quantity="slope of log critical weight decay on log sigma_0, per seed",
        estimate=mean([slope(part["sigma_0"].values, row) for row in critical]),
        rule=within(power - 2.1, power - 1.9),
        paper_value=float(power - 2),
        note=f"{int(np.isfinite(critical).any(axis=0).sum())} values of sigma_0.",
    )
