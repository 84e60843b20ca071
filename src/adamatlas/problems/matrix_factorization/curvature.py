r"""The Hessian of deep matrix factorization along a direction, for the regularizers.

Along the direction U (`way`) the gradient dL/dW_l = (W_1 ... W_(l-1))' G (W_(l+1) ... W_L)' changes by the
product rule, with dW_l = U_l and dG = 2/B sum_b <A_b, d(W_1 ... W_L)> A_b.
"""

from __future__ import annotations

from adamatlas.compiled import compiled
from adamatlas.problems.matrix_factorization.matrices import add, copy, transpose
from adamatlas.problems.matrix_factorization.vectors import inner, multiply, multiply_transposed
from adamatlas.vectors import add_row


@compiled
def add_hessian_along(w, g, batch, measurement, share, work):
    """Add share * Hess L U to g: L is the mean over `batch`, its G in work.product, U in work.way."""
    d, pull, pull_along = w.shape[1], work.product, work.product_along
    prefix, prefix_along, transposed, term = work.prefix, work.prefix_along, work.transposed, work.term
    products_along(w, work)
    product_gradient_along(batch, measurement, work)
    for layer in range(len(prefix) - 1, 0, -1):
        own, out, out_along = (
            slice(layer * d, (layer + 1) * d),
            work.spare[layer % 2],
            work.spare_along[layer % 2],
        )
        multiply_transposed(term, prefix_along[layer - 1], pull)
        add(g[own], share, term)
        multiply_transposed(term, prefix[layer - 1], pull_along)
        add(g[own], share, term)
        transpose(transposed, w[own])
        multiply(out, pull, transposed)
        multiply(out_along, pull_along, transposed)
        transpose(transposed, work.way[own])
        multiply(term, pull, transposed)
        add(out_along, 1.0, term)
        pull, pull_along = out, out_along
    add(g[:d], share, pull_along)


@compiled
def products_along(w, work):
    """Write the differentials of work.prefix along work.way to work.prefix_along."""
    d, prefix, along = w.shape[1], work.prefix, work.prefix_along
    copy(along[0], work.way[:d])
    for layer in range(1, len(prefix)):
        own = slice(layer * d, (layer + 1) * d)
        multiply(along[layer], along[layer - 1], w[own])
        multiply(work.term, prefix[layer - 1], work.way[own])
        add(along[layer], 1.0, work.term)


@compiled
def product_gradient_along(batch, measurement, work):
    """Write dG to work.product_along."""
    whole, flat = work.prefix_along[len(work.prefix_along) - 1].ravel(), work.product_along.ravel()
    flat[:] = 0
    for b in range(batch.size):
        a = measurement[batch[b]]
        add_row(flat, flat.dtype.type(2.0 * inner(a, whole) / batch.size), a)
