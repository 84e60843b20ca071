"""Equation (3): does the label-noise ODE track the optimizers on a diagonal network?"""

from functools import partial

from adamatlas.claims import slow_ode

REQUIRES = ("factor", "lr", "optimizer", "seed")
QUANTITIES = ("ode_gap",)

judge = partial(slow_ode.judge, where="on the diagonal network")
