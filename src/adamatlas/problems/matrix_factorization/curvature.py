r"""The Hessian of deep matrix factorization along a direction U, for the regularizers.

It is the differential of dL/dW_l = (W_1 ... W_(l-1))' G (W_(l+1) ... W_L)' by the product rule, with
dW_l = U_l and dG = 2/B sum_b <A_b, d(W_1 ... W_L)> A_b.
"""

from __future__ import annotations

from adamatlas.compiled import compiled
from adamatlas.problems.matrix_factorization.matrices import add, copy, transpose
from adamatlas.problems.matrix_factorization.vectors import inner, multiply, multiply_transposed
from adamatlas.vectors import add_row


@compiled
def add_curvature(w, g, batch, measurement, share, work):
    """Add share * Hess L U to g, for the mean L over `batch` and the direction U in work.way.

    G is in space[0], which is overwritten.
    """
    d, prefix, way, bent = w.shape[1], work.prefix, work.way, work.bent
    pull, spare, transposed = work.space[0], work.space[1], work.space[2]
    bent_pull, bent_spare, term = work.space[3], work.space[4], work.space[5]
    bend_products(w, way, prefix, bent, term)
    whole, flat = bent[len(bent) - 1].ravel(), bent_pull.ravel()
    flat[:] = 0
    for b in range(batch.size):
        a = measurement[batch[b]]
        add_row(flat, flat.dtype.type(2.0 * inner(a, whole) / batch.size), a)
    for layer in range(len(prefix) - 1, 0, -1):
        own = slice(layer * d, (layer + 1) * d)
        multiply_transposed(term, bent[layer - 1], pull)
        add(share, term, g[own])
        multiply_transposed(term, prefix[layer - 1], bent_pull)
        add(share, term, g[own])
        transpose(w[own], transposed)
        multiply(bent_spare, bent_pull, transposed)
        multiply(spare, pull, transposed)
        transpose(way[own], transposed)
        multiply(term, pull, transposed)
        add(1.0, term, bent_spare)
        pull, spare = spare, pull
        bent_pull, bent_spare = bent_spare, bent_pull
    add(share, bent_pull, g[:d])


@compiled
def bend_products(w, way, prefix, bent, term):
    """bent[l] (d, d): the differential of prefix[l] along the direction `way` (L d, d)."""
    d = w.shape[1]
    copy(way[:d], bent[0])
    for layer in range(1, len(prefix)):
        own = slice(layer * d, (layer + 1) * d)
        multiply(bent[layer], bent[layer - 1], w[own])
        multiply(term, prefix[layer - 1], way[own])
        add(1.0, term, bent[layer])
