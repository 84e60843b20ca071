"""Figure 1: Adam's filters are noisier than those of SGD."""

import xarray as xr

from adamatlas.claims.estimates import mean
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import span
from adamatlas.readings.images import kind, ran
from adamatlas.selection import runs

REQUIRES = ("network", "optimizer", "seed")
QUANTITIES = ("high_frequency", "total_variation")
STATEMENTS = {
    "total_variation": (
        "Adam's first-layer filters vary more between neighbouring pixels than SGD's",
        "total variation",
    ),
    "high_frequency": (
        "Adam's first-layer filters have more of their energy at high frequencies",
        "share of energy",
    ),
}


def judge(cube: xr.Dataset) -> list[Claim]:
    """Both measures of noise, Adam minus SGD, seed by seed."""
    found = []
    for network in cube["network"].values.tolist():
        for quantity, (statement, what) in STATEMENTS.items():
            adam, sgd = (
                runs(cube, optimizer=optimizer, network=network)[quantity].reindex(seed=cube["seed"])
                for optimizer in ("adam", "sgd")
            )
            found.append(
                claim(
                    cube,
                    quantity + (f"_{network}" if cube.sizes["network"] > 1 else ""),
                    kind=kind(cube, {"cifar10": 45_000}),
                    source="Figure 1",
                    statement=statement,
                    quantity=f"{what}, Adam minus SGD; the paper shows a picture",
                    estimate=mean((adam - sgd).values),
                    rule=above(0.0),
                    note=f"{ran(cube)}. Adam {span(adam.values)}, SGD {span(sgd.values)}.",
                )
            )
    return found
