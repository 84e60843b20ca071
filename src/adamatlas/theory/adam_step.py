"""How large one step of Adam can be: Lemma C.1 of tang2025 with its constant."""

import math


def largest_step(beta1: float, beta2: float, step: int, bias_correction: bool = True) -> float:
    """The least bound on abs(m / sqrt(v)) at step 1, 2, ... over all gradients; needs beta1^2 < beta2.

    By Cauchy and Schwarz m^2 <= v (1 - beta1)^2 / (1 - beta2) sum_{tau < t} (beta1^2 / beta2)^tau, with
    equality for g_{t - tau} ~ (beta1 / beta2)^tau. The lemma prints Theta(1); for t -> inf its constant is
    (1 - beta1) / sqrt((1 - beta2) (1 - beta1^2 / beta2)): 7.27 at (0.9, 0.999), 2.35 at (0.9, 0.99).
    """
    ratio = beta1**2 / beta2
    bound = (1 - beta1) * math.sqrt((1 - ratio**step) / ((1 - beta2) * (1 - ratio)))
    return bound * math.sqrt(1 - beta2**step) / (1 - beta1**step) if bias_correction else bound
