"""JAX as a third column: one jitted scan over the steps, vmapped over networks (optional package)."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np


def loss(w, x, label, settings):
    """Cross-entropy of one network w (d, 2m) on x (B, 2, d)."""
    activation = jax.nn.relu(x @ w) ** settings["q"]
    per_class = activation.reshape(*activation.shape[:2], 2, -1).sum((1, 3))
    outputs = jax.nn.log_softmax(settings["output_scale"] * per_class)
    return -jnp.take_along_axis(outputs, label[:, None], 1).mean()


def jax_scan(x: np.ndarray, label: np.ndarray, settings: dict, steps: int, lanes: int) -> Callable[[], None]:
    """A run of `steps` steps of `lanes` networks on the same data; x (n, 2, d), label (n,)."""
    n, batch_size = len(label), settings["batch_size"]
    x, label = jnp.asarray(x, jnp.float32), jnp.asarray(label)
    c1, c2 = 1.0 - settings["beta1"], 1.0 - settings["beta2"]

    def step(state, inputs):
        w, m, v = state
        t, key = inputs
        rows = jnp.arange(n) if batch_size == n else jax.random.randint(key, (batch_size,), 0, n)
        g = jax.grad(loss)(w, x[rows], label[rows], settings) + settings["weight_decay"] * w
        m = m + c1 * (g - m)
        v = v + c2 * (g * g - v)
        scale = jnp.sqrt(v / (1.0 - settings["beta2"] ** t)) + settings["eps"]
        return (w - settings["lr"] / (1.0 - settings["beta1"] ** t) * m / scale, m, v), None

    def train(w, key):
        inputs = (jnp.arange(1.0, steps + 1.0), jax.random.split(key, steps))
        return jax.lax.scan(step, (w, jnp.zeros_like(w), jnp.zeros_like(w)), inputs)[0][0]

    compiled = jax.jit(jax.vmap(train))
    keys = jax.random.split(jax.random.key(0), lanes)
    shape = (settings["d"], 2 * settings["m"])
    start = settings["sigma_0"] * jax.vmap(lambda key: jax.random.normal(key, shape))(keys)

    def run() -> None:
        compiled(start, keys).block_until_ready()

    return run
