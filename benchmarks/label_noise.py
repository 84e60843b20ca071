"""Steps of the problems with label noise at the settings of li2025, compiled calls alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from adamatlas.engines.subnormals import flush_subnormals
from adamatlas.lanes import Lane
from adamatlas.optimizers.presets import PRESETS
from adamatlas.problems.diagonal_net import data as diagonal_data
from adamatlas.problems.diagonal_net import fused as diagonal
from adamatlas.problems.matrix_factorization import data as matrix_data
from adamatlas.problems.matrix_factorization import fused as matrix
from adamatlas.problems.noisy_ellipse import data as ellipse_data
from adamatlas.problems.noisy_ellipse import fused as ellipse

OPTIMIZER = {
    "lr": 1e-3,
    "beta1": 0.9,
    "beta2": 0.9999,
    "v_exponent": 0.5,
    "eps": 1e-8,
    "v_floor": 0.0,
    "weight_decay": 0.0,
    "bias_correction": False,
}
DIAGONAL = {
    "true_weights": "signs",
    "start": "constant",
    "init_scale": 0.1,
    "label_noise": "rademacher",
    "label_noise_scale": 1.0,
}
SMALL = DIAGONAL | {"d": 1000, "kappa": 10, "n_train": 100}
LARGE = DIAGONAL | {"d": 10_000, "kappa": 50, "n_train": 600}
MATRIX = {
    "d": 10,
    "rank": 3,
    "n_train": 36,
    "depth": 2,
    "init_scale": 0.1,
    "label_noise": "gaussian",
    "label_noise_scale": 1.0,
}
ELLIPSE = {
    "a": 2.0,
    "b": 1.0,
    "start_angle": 1.0,
    "start_scale": 1.0,
    "label_noise": "rademacher",
    "label_noise_scale": 0.5,
    "gradient_noise_x": 0.0,
    "gradient_noise_y": 0.0,
}
Setting = tuple[Any, Any, dict, str, int, str]
RUNS: dict[str, tuple[Setting, float]] = {
    "diagonal net, d=10000, B=1, SGD": ((diagonal_data, diagonal, LARGE, "sgd", 1, "float32"), 2.0),
    "diagonal net, d=10000, B=1, Adam": ((diagonal_data, diagonal, LARGE, "adam", 1, "float32"), 6.0),
    "diagonal net, d=1000, B=1, SGD": ((diagonal_data, diagonal, SMALL, "sgd", 1, "float32"), 0.5),
    "diagonal net, d=1000, B=1, Adam": ((diagonal_data, diagonal, SMALL, "adam", 1, "float32"), 0.8),
    "matrix factorization, D=10, B=8, Adam": ((matrix_data, matrix, MATRIX, "adam", 8, "float32"), 1.2),
    "noisy ellipse, SGD": ((ellipse_data, ellipse, ELLIPSE, "sgd", 1, "float64"), 0.06),
}
"""Each run, and the bound of its step in us."""


def run(setting: Setting, steps: int) -> Callable[[], None]:
    """Train a lane for `steps` more steps at each call, in a thread of its own as the engine does."""
    source, problem, settings, preset, batch_size, dtype = setting
    thread = ThreadPoolExecutor(1, initializer=flush_subnormals)
    optimizer = OPTIMIZER | PRESETS[preset] | {"lr": 1e-4 if settings is LARGE else 1e-3}
    lane = Lane(0, 0, settings, optimizer, {"kind": "none", "weight": 0.0, "off_step": 0})
    trainer = problem.Trainer(lane, source.sample(settings, 0), batch_size, dtype)
    reached = 0

    def work() -> None:
        nonlocal reached
        reached = thread.submit(trainer.advance, reached, goal := reached + steps).result()
        if reached < goal:
            raise ArithmeticError(f"diverged at step {reached}")

    return work
