"""What training the patch network costs."""

from adamatlas.contracts import Spec
from adamatlas.problems.step_costs import penalized, sweep_seconds

TERM_SECONDS = 1.25e-10
"""Per example, neuron and coordinate of its noise patch, forward and backward."""
OWN_TERMS = 30
"""What an example costs besides, in coordinates."""
FACTORS = {"per_example_gradient": 1.15, "full_gradient": 1.75, "gradient_covariance": 2.2}


def weights(settings: dict) -> int:
    """d coordinates of 2m neurons."""
    return settings["d"] * 2 * settings["m"]


def step_seconds(spec: Spec) -> float:
    """B examples of s coordinates, and the sweep; in the span of dense data, of n + 1 (see `span`)."""
    settings, optimizer = spec["settings"], spec["optimizer"]
    rows, support = settings["d"], settings["s"]
    plain = optimizer["v_exponent"] == 0.0 and not optimizer["sign"] and optimizer["weight_decay"] == 0.0
    dense = settings["sampler"] == "dense" and 4 * settings["n_train"] <= settings["d"]
    if plain and dense and settings["carry_in_span"]:
        rows = support = settings["n_train"] + 1
    terms = spec["schedule"]["batch_size"] * 2 * settings["m"] * (support + OWN_TERMS)
    sweep = sweep_seconds(rows * 2 * settings["m"], optimizer)
    return sweep + TERM_SECONDS * terms * penalized(spec, FACTORS)
