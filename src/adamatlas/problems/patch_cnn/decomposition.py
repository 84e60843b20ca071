r"""The signal-noise decomposition of the patch network, beside its closed recursion (meng2023 Sec. 5.2).

    w_jr = w_jr(0) + j gamma_jr mu / |mu|^2 + sum_i rho_jri xi_i / |xi_i|^2        (meng2023 Def. 5.2)

Full-batch gradient descent with q = 2 never leaves w(0) + span{mu, xi_1 .. xi_n}, so that the inner products
with these n + 1 vectors and their Gram matrix carry the whole course. Neurons are columns, class -1 first.
"""

import math

import numpy as np

from adamatlas.compiled import compiled

PRINTED, CORRECTED = 1, 2
"""Power of output_scale (1/m in the paper) in the factor 1 + 4 lambda output_scale^k zeta l''."""


def basis(noise: np.ndarray) -> np.ndarray:
    """mu = e_1 above the noise patches xi_i (n, d), all orthogonal to it: (n + 1, d)."""
    return np.vstack([np.eye(1, noise.shape[1]), noise])


def coefficients(w: np.ndarray, start: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, float]:
    """The coefficients of w - start (d, 2m) along the vectors (n + 1, d) by least squares, and what is left.

    Returns (gamma in row 0, rho_i in the rows below; (n + 1, 2m)) and the largest abs(residual) relative to
    the largest abs(w - start), 0 where w = start.
    """
    moved = w - start
    found, *_ = np.linalg.lstsq(vectors.T, moved, rcond=None)
    size = np.abs(moved).max()
    left = np.abs(moved - vectors.T @ found).max() / size if size > 0 else 0.0
    found *= (vectors**2).sum(axis=1)[:, None]
    found[0] *= classes(w.shape[1])
    return found, float(left)


def classes(columns: int) -> np.ndarray:
    """j of every neuron (2m,)."""
    return np.repeat([-1.0, 1.0], columns // 2)


@compiled
def step(products, y, square, j, lr, scale, weight, power, move):
    """Write the change of gamma (row 0) and rho (rows 1..n) in one step to `move` (n + 1, 2m).

    meng2023 Lemma 5.3, with 1/m = scale = output_scale, lambda = weight, ReLU(z) = max(z, 0):

        gamma -= 2 lr/(nm) sum_i [ l'_i (1 + 4 lambda zeta_i l''_i / m^power) ReLU(<w, y_i mu>) |mu|^2
                                   + (2 lambda/m) l'_i^2 ReLU(<w, y_i mu>) |mu|^4 j y_i ]
        rho_i -= 2 lr/(nm) [ l'_i (1 + 4 lambda zeta_i l''_i / m^power) ReLU(<w, xi_i>) |xi_i|^2 j y_i
                             + (2 lambda/m) l'_i^2 ReLU(<w, xi_i>) |xi_i|^4 ]

    products (n + 1, 2m): <w, mu> and <w, xi_i>; square (n + 1,): |mu|^2 and |xi_i|^2; y (n,); j (2m,). The
    paper prints power = 1; the gradient has power = 2. zeta_i = sum_jr ReLU^2(<w, y_i mu>) |mu|^2 +
    ReLU^2(<w, xi_i>) |xi_i|^2.
    """
    n, columns = y.size, j.size
    move[0] = 0
    for i in range(n):
        margin = zeta = 0.0
        for c in range(columns):
            feature, noise = max(y[i] * products[0, c], 0.0), max(products[i + 1, c], 0.0)
            margin += scale * y[i] * j[c] * (feature**2 + noise**2)
            zeta += square[0] * feature**2 + square[i + 1] * noise**2
        slope = -1.0 / (1.0 + math.exp(margin))
        curve = -slope * (1.0 + slope)
        pull = slope * (1.0 + 4.0 * weight * zeta * scale**power * curve)
        damp = 2.0 * weight * scale * slope**2
        for c in range(columns):
            feature, noise = max(y[i] * products[0, c], 0.0), max(products[i + 1, c], 0.0)
            rate = 2.0 * lr * scale / n
            sign = j[c] * y[i]
            move[0, c] -= rate * square[0] * feature * (pull + damp * square[0] * sign)
            move[i + 1, c] = -rate * square[i + 1] * noise * (pull * sign + damp * square[i + 1])


@compiled
def recursion(products, gram, y, lr, scale, weight, power, off_step, stops):
    """The coefficients at the steps `stops` (ascending), from 0 at step 0: (len(stops), n + 1, 2m).

    products (n + 1, 2m): those of w(0), kept as they are; gram (n + 1, n + 1) of mu and xi_i. lambda = weight
    up to `off_step`, then 0. A step costs O(n^2 m).
    """
    columns = products.shape[1]
    j = np.empty(columns)
    for c in range(columns):
        j[c] = -1.0 if c < columns // 2 else 1.0
    square = np.diag(gram).copy()
    held = np.zeros(products.shape)
    move = np.empty(products.shape)
    along = np.empty(products.shape)
    now = products.copy()
    out = np.empty((stops.size, *products.shape))
    taken = 0
    for t in range(stops[-1] + 1):
        while taken < stops.size and stops[taken] == t:
            out[taken] = held
            taken += 1
        if t == stops[-1]:
            break
        step(now, y, square, j, lr, scale, weight if t < off_step else 0.0, power, move)
        held += move
        for k in range(square.size):
            along[k] = move[k] / square[k]
        along[0] *= j
        now += gram @ along
    return out
