"""The update rule against torch.optim, and every preset against a scalar recursion."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from adamatlas.optimizers.presets import PRESETS
from adamatlas.optimizers.rule import rule, update
from adamatlas.optimizers.state import CACHE_LINE, State, aligned

NUMBERS = {
    "lr": 1e-2,
    "beta1": 0.9,
    "beta2": 0.99,
    "v_exponent": 0.5,
    "eps": 1e-6,
    "v_floor": 0.0,
    "weight_decay": 0.1,
    "bias_correction": True,
}
SHAPE = (7, 6)


def optimizer(preset: str, **numbers) -> dict:
    return {**NUMBERS, **PRESETS[preset], **numbers}


def gradients(steps: int = 50, seed: int = 0) -> np.ndarray:
    """Gradients over several orders of magnitude, some exactly zero."""
    random = np.random.default_rng(seed)
    g = random.normal(size=(steps, *SHAPE)) * 10.0 ** random.uniform(-4, 1, size=(steps, *SHAPE))
    return np.where(random.random(g.shape) < 0.2, 0.0, g)


def run(spec: dict, g: np.ndarray, dtype: str = "float64") -> np.ndarray:
    """The weights (steps, rows, columns) after each step of the compiled rule."""
    w = np.random.default_rng(1).normal(size=SHAPE).astype(dtype)
    state = State.start(w, spec["v_block"], np.arange(SHAPE[1]))
    path = []
    for t, step in enumerate(g, start=1):
        state.g[...] = step
        update(state.w, state.m, state.v, state.g, state.columns, rule(spec), t)
        assert not state.g.any()
        path.append(state.w.copy())
    return np.array(path)


def torch_run(make, g: np.ndarray) -> np.ndarray:
    parameter = torch.nn.Parameter(torch.tensor(np.random.default_rng(1).normal(size=SHAPE)))
    stepper = make([parameter])
    path = []
    for step in g:
        parameter.grad = torch.tensor(step)
        stepper.step()
        path.append(parameter.detach().numpy().copy())
    return np.array(path)


@pytest.mark.parametrize(
    ("preset", "make"),
    [
        ("adam", lambda p: torch.optim.Adam(p, 1e-2, (0.9, 0.99), 1e-6, 0.1)),
        ("adamw", lambda p: torch.optim.AdamW(p, 1e-2, (0.9, 0.99), 1e-6, 0.1)),
        ("sgd", lambda p: torch.optim.SGD(p, 1e-2, weight_decay=0.1)),
        ("gd", lambda p: torch.optim.SGD(p, 1e-2, weight_decay=0.1)),
        ("rmsprop", lambda p: torch.optim.RMSprop(p, 1e-2, 0.99, 1e-6, 0.1)),
    ],
)
def test_matches_torch_optim(preset, make):
    np.testing.assert_allclose(run(optimizer(preset), gradients()), torch_run(make, gradients()), rtol=1e-11)


def test_sgdm_is_torchs_heavy_ball_with_its_rate_rescaled():
    spec = optimizer("sgdm", weight_decay=0.0)
    heavy = torch_run(lambda p: torch.optim.SGD(p, 1e-3, momentum=0.9), gradients())
    np.testing.assert_allclose(run(spec, gradients()), heavy, rtol=1e-11)


def recursion(spec: dict, g: np.ndarray) -> np.ndarray:
    """The update rule in scalar Python, one weight after the other."""
    w = np.random.default_rng(1).normal(size=SHAPE)
    rows, columns = SHAPE
    blocks = {
        "coordinate": lambda r, c: (r, c),
        "neuron": lambda r, c: c,
        "layer": lambda r, c: 0,
        "all": lambda r, c: 0,
    }[spec["v_block"]]
    m = {(r, c): 0.0 for r in range(rows) for c in range(columns)}
    v: dict = {}
    path = []
    for t, step in enumerate(g, start=1):
        squares: dict = {}
        gradient = {}
        for r, c in m:
            gradient[r, c] = step[r, c]
            if spec["decay_kind"] == "coupled":
                gradient[r, c] += spec["weight_decay"] * w[r, c]
            squares.setdefault(blocks(r, c), []).append(gradient[r, c] ** 2)
        for block, values in squares.items():
            old = v.get(block, 0.0)
            v[block] = old + (1 - spec["beta2"]) * (sum(values) / len(values) - old)
        for r, c in m:
            m[r, c] += (1 - spec["beta1"]) * (gradient[r, c] - m[r, c])
            mhat, vhat = m[r, c], v[blocks(r, c)]
            if spec["bias_correction"]:
                mhat /= 1 - spec["beta1"] ** t
                vhat /= 1 - spec["beta2"] ** t
            if spec["sign"]:
                move = np.sign(mhat)
            else:
                move = mhat / (max(vhat, spec["v_floor"]) ** spec["v_exponent"] + spec["eps"])
            shrink = 1 - spec["lr"] * spec["weight_decay"] if spec["decay_kind"] == "decoupled" else 1.0
            w[r, c] = shrink * w[r, c] - spec["lr"] * move
        path.append(w.copy())
    return np.array(path)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_follows_the_scalar_recursion(preset):
    spec = optimizer(preset)
    np.testing.assert_allclose(run(spec, gradients(20)), recursion(spec, gradients(20)), rtol=1e-10)


@pytest.mark.parametrize("p", [0.0, 0.001, 0.125, 0.25, 0.3, 0.375, 0.5, 0.625, 0.75, 0.875, 0.9])
@pytest.mark.parametrize("floor", [0.0, 0.1])
def test_every_exponent_follows_the_scalar_recursion(p, floor):
    spec = optimizer("adame", v_exponent=p, v_floor=floor, eps=1e-3)
    np.testing.assert_allclose(run(spec, gradients(20)), recursion(spec, gradients(20)), rtol=1e-10)


@pytest.mark.parametrize("preset", sorted(set(PRESETS) - {"signsgd", "signsgdw", "signum"}))
def test_float32_stays_near_float64(preset):
    spec = optimizer(preset, eps=1e-3)
    single = run(spec, gradients(20), "float32")
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, run(spec, gradients(20)), rtol=2e-4, atol=1e-5)


def test_beta2_near_one_is_not_lost_in_float32():
    spec = optimizer("adam", beta2=1 - 1e-7, weight_decay=0.0, bias_correction=False)
    state = State.start(np.zeros(SHAPE, np.float32), "coordinate", np.arange(SHAPE[1]))
    for t in range(1, 1001):
        state.g[...] = 1.0
        update(state.w, state.m, state.v, state.g, state.columns, rule(spec), t)
    np.testing.assert_allclose(state.v, -np.expm1(1000 * np.log1p(-1e-7)), rtol=1e-3)


def test_a_neuron_does_not_feel_the_others_second_moment():
    spec = optimizer("adam_mini")
    g = gradients(10)
    lone = g.copy()
    lone[:, :, 1:] = 0
    np.testing.assert_array_equal(run(spec, g)[:, :, 0], run(spec, lone)[:, :, 0])


@pytest.mark.parametrize("columns", [1, 3, 40, 41])
def test_states_are_copies_that_begin_with_a_cache_line(columns):
    w = np.random.default_rng(0).normal(size=(7, columns)).astype(np.float32)
    state = State.start(w, "coordinate", np.arange(columns))
    parts = (state.w, state.m, state.v, state.g)
    assert [part.ctypes.data % CACHE_LINE for part in parts] == [0] * 4
    np.testing.assert_array_equal(aligned(w), w)
    state.w[:] = 0
    assert w.any()
