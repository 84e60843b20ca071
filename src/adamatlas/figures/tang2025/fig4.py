"""Figure 4: feature learning and noise memorization of AdamW over epochs, one panel a batch size."""

from functools import partial

from adamatlas.figures import panels

REQUIRES = ("batch_size", "label", "seed", "snapshot")
QUANTITIES = ("feature", "noise_min", "noise_max")

draw = partial(panels.courses, over="epoch", who="AdamW, ")
