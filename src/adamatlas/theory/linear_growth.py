r"""Growth at initialization under PEGR and FGR: the linear theory of the patch model with q = 2.

While all inner products are small, l' = -1/2 and the terms with zeta vanish. With |mu| = 1, N = |xi|^2 =
sigma_p^2 d, c = output_scale, nearly orthogonal xi_i and y_i = j, a step multiplies

    <w_jr, mu>   by 1 + eta c/2 (1 - lambda/LAMBDA_SIGNAL)
    <w_jr, xi_i> by 1 + eta c N/n (1 - lambda/LAMBDA_NOISE)

                        LAMBDA_SIGNAL    LAMBDA_NOISE
    PEGR, factor 1/2    1/c              1/(c N)
    FGR, factor 1       1/c              n/(2 c N)
    covariance, 1/2     2/c              n/((n - 1) c N)

since the gradient of lambda/2 mean_i |grad L_i|^2 carries c^2 N lambda/n on the noise, and that of lambda
|grad L|^2 carries 2 c^2 N lambda/n^2: a class shares its signal, but an example owns its noise, of which the
mean gradient holds 1/n. (meng2023 Sec. 5.1 has the PEGR rates up to constants.) The covariance penalty is
PEGR less FGR, both with factor 1/2: an n-th less on the noise, and half on the signal.
"""

from typing import NamedTuple

import numpy as np


class Setting(NamedTuple):
    """Dimension, examples, output_scale and learning rate."""

    d: int = 400
    n: int = 20
    scale: float = 1.0
    lr: float = 0.02


def no_noise_growth(kind: str, sigma_p: np.ndarray, at: Setting) -> np.ndarray:
    """lambda at which the noise neither grows nor shrinks."""
    shares = {"full_gradient": at.n / 2, "gradient_covariance": at.n / (at.n - 1)}
    share = shares.get(kind, 1.0)
    return share / (at.scale * np.asarray(sigma_p, dtype=float) ** 2 * at.d)


def equal_growth(kind: str, sigma_p: np.ndarray, at: Setting) -> np.ndarray:
    """lambda at which signal and noise grow at the same rate; 0 where the signal is ahead without."""
    rate = np.asarray(sigma_p, dtype=float) ** 2 * at.d / at.n
    damped = rate / no_noise_growth(kind, sigma_p, at)
    with np.errstate(divide="ignore"):
        return np.where(rate > 0.5, (rate - 0.5) / (damped - 0.5 / no_signal_growth(at, kind)), 0.0)


def overshoot(kind: str, sigma_p: np.ndarray, at: Setting) -> np.ndarray:
    """lambda above which one step turns the sign of the noise: 1 + lr c N/n (1 - lambda/LAMBDA_NOISE) < 0."""
    rate = at.lr * at.scale * np.asarray(sigma_p, dtype=float) ** 2 * at.d / at.n
    return no_noise_growth(kind, sigma_p, at) * (1 + 1 / rate)


def no_signal_growth(at: Setting, kind: str = "per_example_gradient") -> float:
    """lambda above which the signal does not grow, under PEGR and FGR the same."""
    return (2 if kind == "gradient_covariance" else 1) / at.scale
