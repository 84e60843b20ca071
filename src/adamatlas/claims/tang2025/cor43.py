"""Corollary 4.3: Adam's largest workable weight decay."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from adamatlas.claims import regime
from adamatlas.claims.estimates import mean, slope
from adamatlas.claims.rules import Claim, below, claim, within
from adamatlas.claims.words import span
from adamatlas.selection import runs

REQUIRES = ("batch_size", "q", "seed", "sigma_0", "weight_decay")
QUANTITIES = ("critical_scaled", "critical_weight_decay", "highest_feature", "lowest_feature")
TWICE = 2.0


def judge(cube: xr.Dataset) -> list[Claim]:
    """The exponent of sigma_0 at each q and batch size, the constant, and what a large decay does."""
    sizes, powers = (cube[name].values.tolist() for name in ("batch_size", "q"))
    return [
        *(_exponent(cube, power, size) for size in sizes for power in powers),
        _constant(cube),
        *_beyond(cube),
    ]


def _exponent(cube: xr.Dataset, power: int, size: int) -> Claim:
    part = runs(cube, "seed", "sigma_0", "weight_decay", q=power, batch_size=size)
    critical = part["critical_weight_decay"].max("weight_decay").values
    full = size == cube["batch_size"].values.max() and size > 2
    return claim(
        cube,
        f"exponent_q{power}_b{'full' if full else size}",
        kind="extension",
        source="Corollary 4.3 as a law, outside of its conditions",
        statement="Adam's largest workable weight decay scales as sigma_0^(q-2): "
        f"exponent {power - 2} at q={power} ({'full batch' if full else f'B={size}'}, fixed lr)",
        quantity="slope of log critical weight decay on log sigma_0, per seed",
        estimate=mean([slope(part["sigma_0"].values, row) for row in critical]),
        rule=within(power - 2.1, power - 1.9),
        note=f"{int(np.isfinite(critical).any(axis=0).sum())} values of sigma_0.",
    )


def _constant(cube: xr.Dataset) -> Claim:
    ratio = cube["critical_scaled"].max("weight_decay")
    ratio = ratio.transpose("seed", ...).values.reshape(ratio.sizes["seed"], -1)
    ratio = ratio[:, np.isfinite(ratio).any(axis=0)]
    return claim(
        cube,
        "constant",
        kind="extension",
        source="Corollary 4.3 has no constant",
        statement="The critical weight decay is (q/4) z0^(q-2), z0 the smaller of the classes' top features "
        "at initialization: the decay and the feature's gradient balance",
        quantity="critical weight decay / ((q/4) z0^(q-2)), mean over sigma_0, q and batch size",
        estimate=mean([row[np.isfinite(row)].mean() if np.isfinite(row).any() else np.nan for row in ratio]),
        rule=within(0.8, 1.25),
        note=f"Range {span(ratio, '.3f')} over {int(np.isfinite(ratio).sum())} families of runs.",
    )


def _beyond(cube: xr.Dataset) -> list[Claim]:
    """Beyond twice the critical weight decay: the lemma's one-sided bound, and the corollary's words."""
    beyond = cube["weight_decay"] >= TWICE * cube["critical_weight_decay"]
    lowest, highest = (
        cube[name].where(beyond).transpose("seed", ...).values.reshape(cube.sizes["seed"], -1)
        for name in ("lowest_feature", "highest_feature")
    )
    conditions = regime.data(cube.isel(batch_size=[0], q=[0], sigma_0=[0], weight_decay=[-1]))
    return [
        claim(
            cube,
            "bounded",
            kind="theory",
            source="Lemmas B.5 and C.10",
            statement="Beyond twice the critical weight decay the feature stays of order sigma_0: neither "
            "class's feature ever exceeds twice its initial value",
            quantity="highest feature over the run / at the start, largest over such runs of a seed",
            estimate=mean([_known(row, np.max) for row in highest]),
            rule=below(2.0),
            conditions=conditions,
        ),
        claim(
            cube,
            "stuck",
            kind="theory",
            source="Corollary 4.3 in words",
            statement="Beyond twice the critical weight decay training is stuck at the initialization: the "
            "weaker feature ends between half and twice its initial value",
            quantity="feature at the end / at the start, weaker class, median over such runs of a seed",
            estimate=mean([_known(row, np.median) for row in lowest]),
            rule=within(0.5, 2.0),
            conditions=conditions,
            note="It decays towards 0, which the lemma allows.",
        ),
    ]


def _known(values: np.ndarray, of: Callable[[np.ndarray], float]) -> float:
    values = values[np.isfinite(values)]
    return float(of(values)) if values.size else np.nan
