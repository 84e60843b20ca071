"""Table 2: AdamW's test errors over seeds and the features behind them, a strip for each batch size."""

from functools import partial

from adamatlas.figures import panels

REQUIRES = ("batch_size", "label", "seed")
QUANTITIES = ("test_error", "feature", "feature_margin")

draw = partial(panels.errors, reported={"B = 100": 0.5485, "B = 2": 0.0})
