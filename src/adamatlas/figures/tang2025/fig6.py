"""Figure 6: errors of AdamW at weight decay 0.5 over epochs, one panel a batch size."""

from functools import partial

from adamatlas.figures import panels

REQUIRES = ("batch_size", "seed", "snapshot")
QUANTITIES = ("train_error", "test_error")

draw = partial(panels.error_courses, who="AdamW, weight decay 0.5, ")
