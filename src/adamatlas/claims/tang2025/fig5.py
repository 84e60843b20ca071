"""Figure 5: Adam at weight decay 0.05."""

import xarray as xr

from adamatlas.claims.rules import Claim, above, claim, mean
from adamatlas.claims.words import span
from adamatlas.selection import late_values

REQUIRES = ("batch_size", "seed")
QUANTITIES = ("train_error", "train_loss")
FAILS = 0.1


def judge(cube: xr.Dataset) -> list[Claim]:
    """The training error stays above 0.1 at both batch sizes; it swings, so its late mean is judged."""
    return [_fails(cube, size) for size in (100, 2)]


def _fails(cube: xr.Dataset, size: int) -> Claim:
    loss = late_values(cube, "train_loss", batch_size=size)
    return claim(
        cube,
        f"b{size}_train",
        source="Figure 5, Corollary 4.3",
        statement=f"Adam fails to train at weight decay 0.05 (B={size}): training error above {FAILS:g}",
        quantity="train_error, mean over the snapshots in the last fifth of the steps",
        estimate=mean(late_values(cube, "train_error", batch_size=size)),
        rule=above(FAILS),
        note=f"Training loss {span(loss, '.3f', 'nan to nan')} (log 2 = 0.693)." if loss.size else "",
    )
