"""Figure 2: signal learning under PEGR, FGR and standard training over epochs, by noise level."""

from functools import partial

from adamatlas.figures import methods

REQUIRES = ("output_scale", "reg_lambda", "reg_off_epoch", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("signal",)
SHOWS = {"reg_off_epoch": "largest"}

draw = partial(
    methods.grid, name="signal", label=r"signal, $\max_{j,r} |\langle w_{j,r}, \mu\rangle|$", scale="log"
)
