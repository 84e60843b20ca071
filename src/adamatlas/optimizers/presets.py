"""The named optimizers, as data: what each one fixes in the update rule (optimizers.rule).

A number that a preset does not name is free: it comes from the study (or the default). `block` is the set
of coordinates over which v averages g^2, `decay` says where weight decay enters (`coupled`: added to the
gradient; `decoupled`: applied to the weights).

gd, sgd, sgdm: p = 0, so the denominator is 1. sgdm is the heavy ball written as an average.
adam, adamw: Kingma & Ba (2015), Loshchilov & Hutter (2019), as in torch.optim.
adame: exponent p in [0, 1) (li2025, Table 1); p = 1/2 is Adam.
adam_mini, adalayer, adasgd: the mean of g^2 over a neuron, a layer, all parameters (li2025, Table 1).
rmsprop: as torch.optim.RMSprop, no bias correction.
signsgd, signsgdw, signum: sign(m), the limit beta1, beta2 -> 0, eps -> 0 of Adam, AdamW (tang2025, Sec. 5).
"""

from __future__ import annotations

_PLAIN = {
    "v_exponent": 0.0,
    "beta2": 0.0,
    "eps": 0.0,
    "v_floor": 0.0,
    "v_block": "coordinate",
    "decay_kind": "coupled",
    "bias_correction": False,
    "sign": False,
}
_SGD = {**_PLAIN, "beta1": 0.0}
_SIGN = {**_PLAIN, "sign": True}
_ADAM = {"v_exponent": 0.5, "v_block": "coordinate", "decay_kind": "coupled", "sign": False}
_ANY_P = {key: value for key, value in _ADAM.items() if key != "v_exponent"}

PRESETS: dict[str, dict[str, float | str | bool]] = {
    "gd": _SGD,
    "sgd": _SGD,
    "sgdm": _PLAIN,
    "adam": _ADAM,
    "adamw": {**_ADAM, "decay_kind": "decoupled"},
    "adame": _ANY_P,
    "rmsprop": {**_ADAM, "beta1": 0.0, "bias_correction": False},
    "adam_mini": {**_ADAM, "v_block": "neuron"},
    "adalayer": {**_ADAM, "v_block": "layer"},
    "adasgd": {**_ADAM, "v_block": "all"},
    "signsgd": {**_SIGN, "beta1": 0.0},
    "signsgdw": {**_SIGN, "beta1": 0.0, "decay_kind": "decoupled"},
    "signum": _SIGN,
}
