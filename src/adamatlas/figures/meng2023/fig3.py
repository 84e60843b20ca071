"""Figure 3: noise memorization under PEGR, FGR and standard training over epochs, by noise level."""

from functools import partial

from adamatlas.figures import methods

REQUIRES = ("output_scale", "reg_lambda", "reg_off_epoch", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("noise",)
SHOWS = {"reg_off_epoch": "largest"}

draw = partial(
    methods.grid,
    name="noise",
    label=r"noise, $\max_{j,r,i}\langle w_{j,r}, \xi_i\rangle$",
    scale="symlog",
    limits=(-0.03, 20),
)
