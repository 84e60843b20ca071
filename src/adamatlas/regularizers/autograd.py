"""Gradients of regularized objectives by double backward: slow, for any differentiable losses."""

from collections.abc import Callable

import torch


def objective_gradient(
    losses: Callable[[torch.Tensor], torch.Tensor], w: torch.Tensor, kind: str = "none", weight: float = 0.0
) -> torch.Tensor:
    """The gradient in w of mean_i L_i + weight R, with L (B,) = losses(w).

    R = mean_i |grad L_i|^2 for `per_example_gradient`, |grad mean_i L_i|^2 for `full_gradient`, the former
    less the latter for `gradient_covariance`.
    """
    leaf = w.detach().requires_grad_()
    each = losses(leaf)
    objective = each.mean()
    if kind != "none" and weight > 0:
        whole = torch.eye(1 if kind == "full_gradient" else len(each), dtype=w.dtype)
        outputs = objective[None] if kind == "full_gradient" else each
        (inner,) = torch.autograd.grad(outputs, leaf, whole, create_graph=True, is_grads_batched=True)
        if kind == "gradient_covariance":
            inner = inner - inner.mean(dim=0)
        objective = objective + weight * (inner**2).sum() / len(whole)
    return torch.autograd.grad(objective, leaf)[0]
