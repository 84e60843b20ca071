r"""The Hessian of deep matrix factorization along a direction, for the regularizers.

Along the direction U the gradient dL/dW_l = (W_1 ... W_(l-1))' G (W_(l+1) ... W_L)' changes by the
product rule, with dW_l = U_l and dG = 2/B sum_b <A_b, d(W_1 ... W_L)> A_b.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from adamatlas.compiled import compiled
from adamatlas.problems.matrix_factorization.matrices import add, copy, transpose
from adamatlas.problems.sums import inner
from adamatlas.vectors.matrices import multiply, multiply_transposed
from adamatlas.vectors.rows import add_row


class Along(NamedTuple):
    """Space for `add_hessian_along`: the direction `way` (L d, d) itself, and differentials along it.

    prefix (L, d, d), product (d, d): those of W_1 ... W_l and G; spare (2, d, d), term (d, d): for a moment.
    """

    way: np.ndarray
    prefix: np.ndarray
    product: np.ndarray
    spare: np.ndarray
    term: np.ndarray


def workspace(depth: int, d: int, dtype: str | np.dtype) -> Along:
    """The Along of `depth` factors (d, d)."""
    shapes = ((depth * d, d), (depth, d, d), (d, d), (2, d, d), (d, d))
    return Along(*(np.zeros(shape, dtype) for shape in shapes))


@compiled
def add_hessian_along(w, g, batch, measurement, share, prefix, space, along):
    """Add share * Hess L U to g: L is the mean over `batch`; prefix and space as `gradient` has left them."""
    d, term, transposed = w.shape[1], along.term, space[1]
    pull, pull_along = space[0], along.product
    products_along(w, prefix, along)
    product_gradient_along(batch, measurement, along)
    for layer in range(len(prefix) - 1, 0, -1):
        own = slice(layer * d, (layer + 1) * d)
        out, out_along = space[2 + layer % 2], along.spare[layer % 2]
        multiply_transposed(term, along.prefix[layer - 1], pull)
        add(g[own], share, term)
        multiply_transposed(term, prefix[layer - 1], pull_along)
        add(g[own], share, term)
        transpose(transposed, along.way[own])
        multiply(term, pull, transposed)
        transpose(transposed, w[own])
        multiply(out_along, pull_along, transposed)
        add(out_along, 1.0, term)
        multiply(out, pull, transposed)
        pull, pull_along = out, out_along
    add(g[:d], share, pull_along)


@compiled
def products_along(w, prefix, along):
    """Write the differentials of `prefix` to along.prefix."""
    d = w.shape[1]
    copy(along.prefix[0], along.way[:d])
    for layer in range(1, len(prefix)):
        own = slice(layer * d, (layer + 1) * d)
        multiply(along.prefix[layer], along.prefix[layer - 1], w[own])
        multiply(along.term, prefix[layer - 1], along.way[own])
        add(along.prefix[layer], 1.0, along.term)


@compiled
def product_gradient_along(batch, measurement, along):
    """Write dG to along.product."""
    whole, flat = along.prefix[len(along.prefix) - 1].ravel(), along.product.ravel()
    flat[:] = 0
    for b in range(batch.size):
        a = measurement[batch[b]]
        add_row(flat, flat.dtype.type(2.0 * inner(a, whole) / batch.size), a)
