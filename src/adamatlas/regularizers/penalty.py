r"""The penalty of a regularizer, as compiled passes take it.

    L + weight R,    R = mean_i |grad L_i|^2   (per_example_gradient, PEGR: meng2023, Sec. 2)
                     R = |grad L|^2            (full_gradient, FGR: meng2023, Sec. 4.1)
                     R = mean_i |grad L_i - grad L|^2       (gradient_covariance: PEGR less FGR)

over the examples of the minibatch, with weight = reg_factor * reg_lambda: meng2023 writes lambda/2 for PEGR,
and for FGR lambda in Sec. 4.1 and lambda/2 in Sec. 5.4.
"""

from typing import Any, NamedTuple

from adamatlas.compiled import compiled
from adamatlas.regularizers import ALL_KINDS

NONE, PER_EXAMPLE, FULL, COVARIANCE = range(1 + len(ALL_KINDS))


class Penalty(NamedTuple):
    """kind: NONE, PER_EXAMPLE, FULL or COVARIANCE; it is added in steps below `off_step`."""

    kind: int
    weight: float
    off_step: int


def penalty(regularizer: dict[str, Any]) -> Penalty:
    """The Penalty of a resolved regularizer {kind, weight, off_step}; a weight of 0 is no penalty."""
    kind = ("none", *ALL_KINDS).index(regularizer["kind"]) if regularizer["weight"] > 0 else NONE
    return Penalty(kind, float(regularizer["weight"]), int(regularizer["off_step"]))


@compiled
def active(penalty, step):
    """The kind of penalty at `step`."""
    return penalty.kind if step < penalty.off_step else NONE
