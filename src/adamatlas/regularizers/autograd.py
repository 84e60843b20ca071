"""Gradients of regularized objectives by double backward: slow, for any differentiable losses."""

from collections.abc import Callable

import torch


def objective_gradient(
    losses: Callable[[torch.Tensor], torch.Tensor], w: torch.Tensor, kind: str = "none", weight: float = 0.0
) -> torch.Tensor:
    """The gradient in w of mean_i L_i + weight R, with L (B,) = losses(w).

    R = mean_i |grad L_i|^2 for `per_example_gradient`, |grad mean_i L_i|^2 for `full_gradient`.
    """
    leaf = w.detach().requires_grad_()
    each = losses(leaf)
    objective = each.mean()
    if kind == "per_example_gradient" and weight > 0:
        unit = torch.eye(len(each), dtype=w.dtype)
        (inner,) = torch.autograd.grad(each, leaf, unit, create_graph=True, is_grads_batched=True)
        objective = objective + weight * (inner**2).sum() / len(each)
    elif kind == "full_gradient" and weight > 0:
        (inner,) = torch.autograd.grad(objective, leaf, create_graph=True)
        objective = objective + weight * (inner**2).sum()
    return torch.autograd.grad(objective, leaf)[0]
