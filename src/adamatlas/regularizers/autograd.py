"""Gradients of regularized objectives by double backward: slow, for any differentiable losses."""

from __future__ import annotations

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
    if kind != "none" and weight > 0:
        weights = torch.eye(len(each), dtype=w.dtype) if kind == "per_example_gradient" else None
        outputs = each if weights is not None else objective
        (inner,) = torch.autograd.grad(
            outputs, leaf, weights, create_graph=True, is_grads_batched=weights is not None
        )
        parts = len(each) if weights is not None else 1
        objective = objective + weight * (inner**2).sum() / parts
    return torch.autograd.grad(objective, leaf)[0]
