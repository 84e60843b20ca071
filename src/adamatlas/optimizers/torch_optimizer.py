"""The update rule as a torch.optim.Optimizer, for training loops of your own.

from adamatlas.optimizers.torch_optimizer import AtlasOptimizer

optimizer = AtlasOptimizer(network.parameters(), "adamw", lr=1e-3, beta2=0.99, weight_decay=0.1)
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from adamatlas.errors import UserError
from adamatlas.optimizers.family import NEUTRAL, check
from adamatlas.optimizers.presets import PRESETS
from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.torch_rule import FlatState, update
from adamatlas.registry import suggestion

DEFAULTS = {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "v_exponent": 0.5, "eps": 1e-8, "bias_correction": True}


class AtlasOptimizer(torch.optim.Optimizer):
    """A preset of the atlas with numbers of your own; each may also differ between parameter groups.

    The numbers are those of `optimizers.rule` (lr, beta1, beta2, v_exponent, eps, weight_decay, ...),
    by default those of Adam; torch's schedulers change the `lr` of the groups. Blocks of v (adam_mini,
    adalayer) lie within a parameter, whose rows are the neurons; `v_block` all (adasgd) is refused, for it
    joins the parameters. Raises UserError for that, and for an unknown preset or key.
    """

    def __init__(self, params: Iterable[Any], preset: str = "adam", **given: Any) -> None:
        if preset not in PRESETS:
            raise UserError(f"preset {preset!r}: {suggestion(preset, list(PRESETS))}")
        check(given, "AtlasOptimizer")
        numbers = {**NEUTRAL, **DEFAULTS, **PRESETS[preset], **given}
        if numbers["v_block"] == "all":
            raise UserError("AtlasOptimizer: v_block all joins parameters; torch's groups keep them apart")
        if numbers["lr_schedule"] != "constant" and not numbers["lr_steps"]:
            raise UserError(f"AtlasOptimizer: lr_schedule {numbers['lr_schedule']} needs lr_steps > 0")
        super().__init__(params, numbers)

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """One step of every parameter with a gradient; the loss that `closure` returns, if there is one."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            own = rule(_numbers(group))
            for parameter in group["params"]:
                if parameter.grad is not None:
                    state = self.state[parameter]
                    state["step"] = state.get("step", 0) + 1
                    flat = self._flat(parameter, state, group["v_block"])
                    update(flat, parameter.grad.flatten(), own, state["step"])
                    parameter.copy_(flat.w.view_as(parameter))
        return loss

    @staticmethod
    def _flat(parameter: Tensor, state: dict[str, Any], block: str) -> FlatState:
        """The parameter and its moments, which are made at its first step, as vectors."""
        shape = tuple(parameter.shape) or (1,)
        flat = FlatState.start(parameter.detach().flatten(), block, [shape])
        flat.m, flat.v = state.setdefault("m", flat.m), state.setdefault("v", flat.v)
        return flat


def _numbers(group: Mapping[str, Any]) -> dict[str, Any]:
    return {name: group[name] for name in NEUTRAL}
