"""The minibatch gradient of patch_cnn as tang2025 Lemmas A.7 and A.8 write it, in float64."""

import numpy as np
from scipy.special import expit


def lemma_gradient(
    w: np.ndarray,
    noise: np.ndarray,
    y: np.ndarray,
    q: float,
    output_scale: float = 1.0,
    weight_decay: float = 0.0,
    disjoint: bool = False,
) -> np.ndarray:
    """Gradient (d, 2m) at w (d, 2m) of the mean cross-entropy of the batch plus weight_decay/2 |w|^2.

    tang2025 Lemma A.7 (A.8: weight_decay = 0), with l_ji = 1[y_i = j] - softmax_j(F(x_i)):

        k = 1:  -1/B sum_i y_i l_ji [s'(<w_jr, y_i v>) - alpha s'(<w_jr, xi_i>)] + wd w_jr[1]
        k > 1:  -1/B sum_{i: k in B_i} l_ji s'(<w_jr, xi_i>) xi_i[k]             + wd w_jr[k]

    The lemma assumes disjoint supports B_i, so that its sum for k > 1 has one term; `disjoint=True` keeps
    just the first i of the batch with k in B_i, as the lemma reads literally. `noise` is (B, d) with -alpha
    y_i in column 0, `y` is (B,) in {-1, +1}; s(z) = output_scale max(z, 0)^q.
    """
    w = w.astype(float)
    m = w.shape[1] // 2
    slope_feature = output_scale * q * np.maximum(y[:, None] * w[0], 0) ** (q - 1)
    slope_noise = output_scale * q * np.maximum(noise @ w, 0) ** (q - 1)
    pull = loss_derivative(w, noise, y, q, output_scale)
    pull = np.repeat(pull, m, axis=1)
    carrier = one_owner(noise) if disjoint else noise
    gradient = -(carrier.T @ (pull * slope_noise)) / len(y)
    gradient[0] -= (y[:, None] * pull * slope_feature).mean(axis=0)
    return gradient + weight_decay * w


def loss_derivative(
    w: np.ndarray, noise: np.ndarray, y: np.ndarray, q: float, output_scale: float
) -> np.ndarray:
    """l_ji = 1[y_i = j] - softmax_j(F(x_i)), shape (B, 2), columns j = -1, +1 (tang2025 Lemma A.5).

    Written as y_i j / (1 + exp(margin_i)), which keeps its digits where the loss is small.
    """
    m = w.shape[1] // 2
    active = np.maximum(y[:, None] * w[0], 0) ** q + np.maximum(noise @ w, 0) ** q
    margin = output_scale * y * (active[:, m:].sum(axis=1) - active[:, :m].sum(axis=1))
    return (y[:, None] * np.array([-1, 1])) * expit(-margin)[:, None]


def one_owner(noise: np.ndarray) -> np.ndarray:
    """`noise` with each coordinate but the first kept in the first row alone that holds it."""
    held = noise != 0
    first = held & (np.cumsum(held, axis=0) == 1)
    first[:, 0] = True
    return np.where(first, noise, 0.0)
