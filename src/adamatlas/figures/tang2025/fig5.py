"""Figure 5: errors of Adam at weight decay 0.05 over epochs, one panel a batch size."""

from functools import partial

from adamatlas.figures import panels

REQUIRES = ("batch_size", "seed", "snapshot")
QUANTITIES = ("train_error", "test_error")

draw = partial(panels.error_courses, who="Adam, weight decay 0.05, ")
