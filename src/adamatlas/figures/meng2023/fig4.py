"""Figure 4: test accuracy under PEGR, FGR and standard training over epochs, by noise level."""

from functools import partial

from adamatlas.figures import methods

REQUIRES = ("output_scale", "reg_lambda", "reg_off_epoch", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("test_accuracy",)
SHOWS = {"reg_off_epoch": "largest"}

draw = partial(methods.grid, name="test_accuracy", label="test accuracy", limits=(0.4, 1.03))
