r"""The update of meng2023 Lemma 5.8: gradient descent under FGR on orthogonal noise patches, in float64."""

import numpy as np
from scipy.special import expit

from adamatlas.problems.patch_cnn.decomposition import classes


def lemma_gradient(
    w: np.ndarray, noise: np.ndarray, y: np.ndarray, scale: float, weight: float, printed: bool
) -> np.ndarray:
    r"""The gradient (d, 2m) of L + lambda/2 |grad L|^2 at w (d, 2m), lambda = weight, 1/m = scale.

    With |mu| = 1, a_i = relu(<w, y_i mu>), z_i = relu(<w, xi_i>), a'_i, z'_i those of neuron (j', r'),
    D_i = a_i j mu + z_i j y_i xi_i and S = sum_i l'_i a_i:

        2/(nm) sum_i l'_i D_i
        + 4 lambda/(nm)^2 (2/m) sum_j'r' S' sum_i l''_i a'_i D_i
        + 4 lambda/(nm)^2 S sum_i l'_i 1(<w, y_i mu> > 0) y_i mu
        + 4 lambda/(nm)^2 sum_i l'_i^2 z_i |xi_i|^2 xi_i
        + 4 lambda/(nm)^2 (2/m) sum_j'r'i l'_i l''_i z'_i^2 |xi_i|^2 D_i.

    printed: as Appendix A.2 derives it, without the two 2/m and with z_i j mu for a_i j mu in the last sum.
    (The lemma itself also prints 1(. = 0), and relu(<w, j y_i xi_i>) xi_i in the first sum.) noise: xi
    (n, d), orthogonal to each other and to mu; y: (n,).
    """
    n, j = len(y), classes(w.shape[1])
    signal, products = y[:, None] * w[0], noise @ w
    a, z = np.maximum(signal, 0), np.maximum(products, 0)
    square = (noise**2).sum(axis=1)
    margin = scale * y * ((a**2 + z**2) * j).sum(axis=1)
    first, second = -expit(-margin), expit(margin) * expit(-margin)
    sign = j * y[:, None]
    chain = 1.0 if printed else 2.0 * scale
    per_example = 4.0 * weight * (scale / n) ** 2
    total = first @ a
    shared = per_example * chain * second * (a @ total)
    alone = per_example * chain * first * second * square * (z**2).sum(axis=1)
    at_signal = j * (2.0 * scale / n * first @ a + shared @ a + alone @ (z if printed else a))
    at_signal += per_example * total * ((first * y) @ (signal > 0))
    at_noise = 2.0 * scale / n * first[:, None] * sign * z + (shared + alone)[:, None] * sign * z
    at_noise += per_example * (first**2 * square)[:, None] * z
    out = noise.T @ at_noise
    out[0] += at_signal
    return out
