"""Feature learning over the steps."""

import matplotlib.pyplot as plt

REQUIRES = ("seed", "weight_decay")
QUANTITIES = ("feature",)


def draw(cube):
    figure, axes = plt.subplots()
    axes.plot(cube["feature"].mean(("seed", "label")).squeeze().values.T)
    return figure
