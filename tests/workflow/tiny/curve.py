"""Feature learning over the steps."""

import matplotlib.pyplot as plt

REQUIRES = ("weight_decay", "seed")
QUANTITIES = ("feature",)


def draw(cube):
    figure, axes = plt.subplots()
    axes.plot(cube["feature"].mean(("seed", "label")).squeeze().values.T)
    return figure
