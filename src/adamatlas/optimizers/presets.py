"""The named optimizers, as data: what each one fixes in the update rule (optimizers.rule).

A key that a preset does not name is free: its value comes from the study, else it is the default. With the
exponent p = `v_exponent` of the second moment v, `v_block`, the set of coordinates over which v averages g^2,
and `decay_kind`, where weight decay enters (`coupled`: added to the gradient; `decoupled`: applied to the
weights):

gd, sgd, sgdm: p = 0, so the denominator is 1. sgdm is the heavy ball written as an average.
adam, adamw: Kingma & Ba (2015), Loshchilov & Hutter (2019), as in torch.optim.
adame: any p in [0, 1) (li2025, Table 1); p = 1/2 is Adam.
adam_mini, adalayer, adasgd: the mean of g^2 over a neuron, a layer, all parameters (li2025, Table 1).
rmsprop: as torch.optim.RMSprop, no bias correction.
signsgd, signsgdw, signum: sign(m), the limit beta1, beta2 -> 0, eps -> 0 of Adam, AdamW (tang2025, Sec. 5).
"""

from adamatlas.optimizers.family import NEUTRAL

_FREE = ("lr", "lr_schedule", "warmup_steps", "lr_steps", "beta1", "weight_decay")
_PLAIN = {key: value for key, value in NEUTRAL.items() if key not in _FREE}
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
