"""Figure 1: training loss under PEGR, FGR and standard training over epochs, by noise level."""

from functools import partial

from adamatlas.figures import methods

REQUIRES = ("output_scale", "reg_lambda", "reg_off_epoch", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("train_loss",)
SHOWS = {"reg_off_epoch": "largest"}

draw = partial(methods.grid, name="train_loss", label="training loss (nat)", limits=(-0.02, 0.8))
