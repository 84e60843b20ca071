"""Gradient descent under PEGR and FGR at the setting of meng2023, Section 4.1, with its test set."""

from __future__ import annotations

from collections.abc import Callable

from adamatlas.engines import fused
from adamatlas.engines import run as job
from adamatlas.measures import signal_noise
from adamatlas.measures.shared import test_draws
from adamatlas.specs import canonical
from benchmarks import setting

MENG = {
    "problem": "patch_cnn",
    "sampler": "dense",
    "d": 400,
    "n_train": 20,
    "s": 399,
    "m": 10,
    "q": 2,
    "output_scale": 1.0,
    "alpha": 0.0,
    "sigma_p": 0.5,
    "sigma_0": 0.01,
    "optimizer": "gd",
    "lr": 0.02,
    "weight_decay": 0.0,
    "batch_size": 20,
    "reg_lambda": 0.01,
}
SNAPSHOTS = 31
N_TEST = 1_000


def run(regularizer: str, steps: int, measured: bool = False) -> Callable[[], None]:
    """Train a lane on one thread; `measured`: draw its test set and measure all snapshots as well."""
    settings = MENG | {"regularizer": regularizer}
    spec, draws = setting.train_spec(settings, steps, snapshots=SNAPSHOTS), setting.draws(settings)
    data = setting.data_set(settings)

    def work() -> None:
        trace = job.train(fused, spec, draws)
        if measured:
            test_draws.kept.clear()
            signal_noise.measure(
                trace.to_xarray().assign_attrs(spec_json=canonical(spec)),
                data,
                {"options": {"n_test": N_TEST}},
            )

    return work
