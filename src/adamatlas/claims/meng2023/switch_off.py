"""The earliest time at which PEGR may be switched off, against the size of the initial weights."""

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import mean, share
from adamatlas.claims.rules import Claim, above, claim, within
from adamatlas.claims.words import summaries
from adamatlas.readings.meng2023 import critical_times, numbers
from adamatlas.theory import signal_noise as theory
from adamatlas.theory.conditions import signal_noise, suppression

REQUIRES = ("reg_off_epoch", "seed", "sigma_0", "sigma_p")
QUANTITIES = ("test_accuracy",)


def judge(cube: xr.Dataset) -> list[Claim]:
    """Whether T1 is late enough, as printed and corrected, and on what the earliest time depends."""
    times = critical_times(cube)
    return [_late_enough(cube, times, False), _late_enough(cube, times, True), _slope(cube, times)]


def _late_enough(cube: xr.Dataset, times: xr.DataArray, corrected: bool) -> Claim:
    shared = numbers(cube)
    points = [
        shared | {"sigma_p": sigma_p, "sigma_0": sigma_0}
        for sigma_p in times["sigma_p"].values.tolist()
        for sigma_0 in times["sigma_0"].values.tolist()
    ]
    ends = np.array([theory.signal_time(at, corrected) for at in points])
    found = times.stack(cell=("sigma_p", "sigma_0")).transpose("seed", "cell").values
    name = "corrected" if corrected else "printed"
    worst = max(points, key=lambda at: at["sigma_p"] * at["sigma_0"])
    return claim(
        cube,
        name,
        kind="theory",
        source="Theorem 3.2",
        statement=f"A network whose PEGR is switched off at T1 ({name}) generalizes",
        quantity="earliest switch-off epoch with test_accuracy > 0.75, <= T1, at every sigma_p and sigma_0",
        estimate=share(np.where(np.isfinite(found), found <= ends, np.nan)),
        rule=above(0.5),
        conditions=[*signal_noise(worst), *suppression(worst)],
        note=f"Medians of the earliest epoch over T1: {summaries(_labels(points), (found / ends).T, '.2f')}.",
    )


def _slope(cube: xr.Dataset, times: xr.DataArray) -> Claim:
    """d T / d log(1/sigma_0), by least squares, over what linear theory says."""
    at = numbers(cube)
    log = -np.log(times["sigma_0"])
    offset = log - log.mean("sigma_0")
    fitted = (times * offset).sum("sigma_0", skipna=False) / (offset**2).sum("sigma_0")
    ratio = fitted * at["lr"] / (2 * at["m"]) * (times["sigma_p"] * at["d"] ** 0.5 / at["m"])
    ratio = ratio.transpose("seed", "sigma_p")
    return claim(
        cube,
        "slope",
        kind="extension",
        source="beyond the paper, linear theory after Sec. 5.1",
        statement="The earliest time to switch PEGR off grows with log(1/sigma_0) at the slope 2m/eta over c "
        "sigma_p^2 d lambda = sigma_p sqrt(d)/m; that of T1 is m/eta (printed) or 2m/eta (corrected)",
        quantity="slope of the earliest epoch in log(1/sigma_0), over (2m/eta) m/(sigma_p sqrt(d))",
        estimate=mean(ratio.values),
        rule=within(0.75, 1.33),
        note=f"Medians at sigma_p {summaries(ratio['sigma_p'].values, ratio.values.T, '.2f')}.",
    )


def _labels(points: list[dict]) -> list[str]:
    return [f"sigma_p {at['sigma_p']:g}, sigma_0 {at['sigma_0']:g}" for at in points]
