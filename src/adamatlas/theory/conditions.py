"""The conditions under which the papers prove their theorems, with the values of a study.

Asymptotic conditions say nothing about one setting. They are read as leniently as they can be: a = o(b) and
a << b as a < b, a = O(b) as a <= b, Theta(b) as b up to a factor log(n)^3, and polylog(b) as a lower bound as
log(b)^(1/2). What fails so fails.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Condition:
    """One condition of a theorem, with its value in a study."""

    needs: str
    value: str
    holds: bool


def _less(needs: str, a: float, b: float) -> Condition:
    return Condition(needs, f"{a:.2g} against {b:.2g}", a < b)


def _alike(needs: str, a: float, b: float, factor: float) -> Condition:
    return Condition(needs, f"{a:.2g} against {b:.2g}", b / factor <= a <= b * factor)


def feature_noise(at: Mapping[str, Any]) -> list[Condition]:
    """What tang2025 (Conditions A.1, A.2, Lemma A.4) and zou2023 (Lemma 5.1) suppose.

    at: d, n_train, s, alpha, sigma_p, sigma_0, q, sampler, lr, weight_decay.
    """
    d, n, s, alpha, sigma_p = (at[key] for key in ("d", "n_train", "s", "alpha", "sigma_p"))
    sigma_0, q, lr, decay = (at[key] for key in ("sigma_0", "q", "lr", "weight_decay"))
    polylog = max(1.0, math.log(n)) ** 3
    owners = 1.0 if at["sampler"] == "disjoint" else n * s / (d - 1)
    return [
        Condition("noise patches share no coordinate", f"{owners:.2g} examples a coordinate", owners <= 1),
        _alike("s = Theta(sqrt(d) / n^2)", s, math.sqrt(d) / n**2, polylog),
        _alike("sigma_p^2 = Theta~(1 / s)", sigma_p**2, 1 / s, polylog),
        _less("alpha = o(s sigma_p^2 / n)", alpha, s * sigma_p**2 / n),
        _less(
            "(s sigma_p)^(1-q) sigma_0^(q-1) = o(alpha)", (s * sigma_p) ** (1 - q) * sigma_0 ** (q - 1), alpha
        ),
        _less("sigma_0 = o(1 / (s sigma_p))", sigma_0, 1 / (s * sigma_p)),
        _less("eta = o(lambda sigma_0^q sigma_p^q)", lr, decay * (sigma_0 * sigma_p) ** q),
    ]


def adam_decay(at: Mapping[str, Any]) -> Condition:
    """The weight decay of tang2025's Theorems 4.1 and 4.2. at: sigma_0, q, sigma_p, n_train, weight_decay."""
    most = at["sigma_0"] ** (at["q"] - 2) * at["sigma_p"] / at["n_train"]
    return _less("lambda = o(sigma_0^(q-2) sigma_p / n)", at["weight_decay"], most)


def flips(at: Mapping[str, Any]) -> Condition:
    """Of Lemma A.4 of zou2023, that the feature flips. at: s, sigma_p, sigma_0, q, alpha.

    The list in its Section A.1 has the product of the two terms, which is too weak (docs/errata.md).
    """
    least = max((at["s"] * at["sigma_p"]) ** (1 - at["q"]), at["sigma_0"] ** (at["q"] - 1))
    return _less("max((s sigma_p)^(1-q), sigma_0^(q-1)) = O(alpha)", least, at["alpha"])


def adamw_decay(at: Mapping[str, Any]) -> Condition:
    """The weight decay of tang2025's Theorems 4.4 and 4.5. at: n_train, batch_size, weight_decay."""
    least = min(at["batch_size"] ** 2 / at["n_train"], 1.0)
    needs, decay = "lambda >= min(B^2 / n, 1)", at["weight_decay"]
    return Condition(needs, f"{decay:.2g} against {least:.2g}", decay >= least)


def large_batches(at: Mapping[str, Any]) -> Condition:
    """What Theorems 4.1 and 4.4 of tang2025 call large batches. at: n_train, batch_size."""
    n = at["n_train"]
    return _alike("n / B = Theta(1)", n / at["batch_size"], 1.0, max(1.0, math.log(n)))


def small_batches(at: Mapping[str, Any]) -> Condition:
    """What Theorems 4.2 and 4.5 call mini-batches. at: n_train, batch_size, eps."""
    return _less("log(1 / eps) < n / B", math.log(1 / at["eps"]), at["n_train"] / at["batch_size"])


def adamw_batches(at: Mapping[str, Any]) -> Condition:
    """What Theorem 4.5 asks besides. at: n_train, batch_size, s, sigma_p."""
    least = max(at["s"] * at["sigma_p"], math.sqrt(at["n_train"]))
    return _less("max(s sigma_p, n^(1/2)) < n / B", least, at["n_train"] / at["batch_size"])


def forgetting(at: Mapping[str, Any]) -> Condition:
    """What Lemma C.2 of tang2025, and by it Theorem 4.2, needs for a coordinate to be forgotten in an epoch.

    at: n_train, batch_size, beta2, lr, weight_decay.
    """
    left = at["beta2"] ** (at["n_train"] / at["batch_size"] / 2)
    small = at["lr"] * at["weight_decay"]
    return Condition("beta2^(n / 2B) <= lambda eta", f"{left:.2g} against {small:.2g}", left <= small)


def signal_noise(at: Mapping[str, Any]) -> list[Condition]:
    """Condition 3.1 of meng2023, with |mu| = 1 and its small constant at 0.

    at: d, n_train, m, sigma_p, sigma_0, lr.
    """
    d, n, m = at["d"], at["n_train"], at["m"]
    sigma_p, sigma_0, lr = at["sigma_p"], at["sigma_0"], at["lr"]
    least = math.sqrt(max(1.0, math.log(d), math.log(1 / sigma_0)))
    return [
        Condition("d >= m^2 n^2", f"{d} against {m**2 * n**2}", d >= m**2 * n**2),
        _less("|mu| + |mu|^4 << sigma_p sqrt(d)", 2.0, sigma_p * math.sqrt(d)),
        Condition(
            "sigma_0 <= O(1 / (sigma_p^2 d))",
            f"{sigma_0:.2g} against {1 / (sigma_p**2 * d):.2g}",
            sigma_0 <= 1 / (sigma_p**2 * d),
        ),
        Condition(
            "eta <= O(n m / (sigma_p^2 d))",
            f"{lr:.2g} against {n * m / (sigma_p**2 * d):.2g}",
            lr <= n * m / (sigma_p**2 * d),
        ),
        Condition(
            "m, n = Omega(polylog(d, 1 / sigma_0))", f"{min(m, n)} against {least:.2g}", min(m, n) >= least
        ),
    ]


def convex(at: Mapping[str, Any]) -> list[Condition]:
    """What Theorem B.1 of zou2023 supposes of the linear model. at: d, n_train, weight_decay."""
    return [
        _less("lambda > 0", 0.0, at["weight_decay"]),
        _less("more weights than examples", at["n_train"], 2 * at["d"]),
    ]


def slow_sde(at: Mapping[str, Any]) -> list[Condition]:
    """What li2025's Theorem 4.1 supposes of an optimizer; where the paths go stands for a compact manifold.

    at: beta1, and c = (1 - beta2) / eta^2 (eta,) of each adaptive optimizer by its name.
    """
    schemes = {who: np.asarray(c) for who, c in at["c"].items()}
    shown = ", ".join(f"{who} {c.min():.3g} to {c.max():.3g}" for who, c in schemes.items() if c.size)
    same = all(c.max() < 1.01 * c.min() for c in schemes.values() if c.size)
    return [
        Condition("beta1 <= 0.9", f"{at['beta1']:g}", at["beta1"] <= 0.9),
        Condition("1 - beta2 = c eta^2, c the same at each eta", shown or "no beta2", same),
    ]


def smooth_sharpness(smallest: float) -> Condition:
    """That tr(Diag(H)^e) has a gradient, which li2025's Theorems 5.1 and 5.2 take: no entry of diag(H) is 0.

    smallest: the smallest entry of diag(H) over the largest, at the end of all runs; read as above 1e-3.
    """
    return Condition("diag(H) > 0", f"smallest over largest entry {smallest:.2g}", smallest > 1e-3)


def suppression(at: Mapping[str, Any]) -> list[Condition]:
    """What the proof of meng2023's Proposition D.1 uses beside Condition 3.1; lambda = 1/(sigma_p sqrt(d)).

    lambda |xi|^2 / m >> 1, so that the penalty outweighs the growth of noise, and a step that takes no
    product <w_jr, xi_i> = A below -4A (D.6). at: d, n_train, m, sigma_p, lr.
    """
    root = at["sigma_p"] * math.sqrt(at["d"])
    step = at["lr"] * root**3 / (at["n_train"] * at["m"] ** 2)
    return [
        _less("m << sigma_p sqrt(d)", at["m"], root),
        Condition("eta lambda |xi|^4 <= 4 n m^2", f"{step:.2g} against 4", step <= 4.0),
    ]
