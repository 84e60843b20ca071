"""Figure 5: training loss of LeNet5 on noisy images over epochs, by noise level."""

from functools import partial

from adamatlas.figures import image_courses

REQUIRES = ("reg_lambda", "reg_off_epoch", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("train_loss", "val_accuracy")
SHOWS = {
    "reg_lambda": "0, 0.1, and of each seed the one that its validation split chooses",
    "reg_off_epoch": "largest",
}

draw = partial(image_courses.panels, name="train_loss", label="training loss (nat)", title="Training loss")
