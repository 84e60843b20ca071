"""The plain torch loop that the fused engine is compared with: one network, `Adam(fused=True)`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import xarray as xr


def dense_patches(data: xr.Dataset, settings: dict) -> tuple[torch.Tensor, torch.Tensor]:
    """The first seed's sample as x (n, 2, d) float32, and the class of each point (n,), 0 or 1."""
    draw = data.isel(seed=0)
    y = draw["y"].values.astype(np.float64)
    x = np.zeros((y.size, 2, settings["d"]))
    x[:, 0, 0] = y
    np.put_along_axis(
        x[:, 1], draw["index"].values.astype(np.int64), settings["sigma_p"] * draw["noise"].values, 1
    )
    x[:, 1, 0] = -settings["alpha"] * y
    return torch.tensor(x, dtype=torch.float32), torch.tensor((y > 0).astype(np.int64))


def train(x: torch.Tensor, label: torch.Tensor, w: np.ndarray, settings: dict, steps: int) -> np.ndarray:
    """`steps` steps from w (d, 2m), an epoch being one permutation; returns the last w (d, 2m)."""
    weight = torch.nn.Parameter(torch.tensor(w.T, dtype=torch.float32).contiguous())
    optimizer = torch.optim.Adam(
        [weight],
        lr=settings["lr"],
        betas=(settings["beta1"], settings["beta2"]),
        eps=settings["eps"],
        weight_decay=settings["weight_decay"],
        fused=True,
    )
    n, batch_size = len(label), settings["batch_size"]
    generator = torch.Generator().manual_seed(0)
    done = 0
    while done < steps:
        order = torch.randperm(n, generator=generator)
        for start in range(0, n - batch_size + 1, batch_size):
            if done == steps:
                break
            rows = order[start : start + batch_size]
            activation = torch.relu(torch.nn.functional.linear(x[rows], weight)).pow(settings["q"])
            outputs = settings["output_scale"] * activation.unflatten(2, (2, -1)).sum((1, 3))
            loss = torch.nn.functional.cross_entropy(outputs, label[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            done += 1
    return weight.detach().numpy().T


def torch_loop(data: xr.Dataset, settings: dict, steps: int) -> Callable[[], None]:
    """A run of `steps` steps on one thread."""
    torch.set_num_threads(1)
    x, label = dense_patches(data, settings)
    shape = (settings["d"], 2 * settings["m"])
    w = np.random.default_rng(0).normal(0.0, settings["sigma_0"], shape)

    def run() -> None:
        train(x, label, w, settings, steps)

    return run
