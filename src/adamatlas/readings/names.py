"""What presets, regularizers, networks and data sets are called in titles, legends and sentences."""

from adamatlas.datasets.catalogue import SETS

NAMES = {
    "gd": "GD",
    "sgd": "SGD",
    "sgdm": "SGDM",
    "adam": "Adam",
    "adamw": "AdamW",
    "adame": "AdamE",
    "rmsprop": "RMSprop",
    "adam_mini": "Adam-mini",
    "adalayer": "Adalayer",
    "adasgd": "AdaSGD",
    "signsgd": "SignSGD",
    "signsgdw": "SignSGDW",
    "signum": "Signum",
    "none": "no regularizer",
    "per_example_gradient": "PEGR",
    "full_gradient": "FGR",
    "gradient_covariance": "Covariance",
    "lenet5": "LeNet5",
    "alexnet": "AlexNet",
    "vgg16": "VGG16",
    "vgg16_bn": "VGG16 with batch norm",
    "resnet18": "ResNet18",
    "resnet50": "ResNet-50",
    "resnet101": "ResNet-101",
    "small_cnn": "small CNN",
    **{name: entry.title for name, entry in SETS.items()},
}
IN_FULL = NAMES | {"gd": "Gradient descent"}
SIGN_METHODS = {"adam": "signsgd", "adamw": "signsgdw"}
"""The sign methods that Adam and AdamW become as beta1, beta2 and eps go to 0."""


def name(value: str) -> str:
    """The field's name of a preset, regularizer, network or data set; else the one in the config."""
    return NAMES.get(value, value)


def in_full(value: str) -> str:
    """As `name`, without abbreviating gradient descent."""
    return IN_FULL.get(value, value)


def ordered(values: list[str], *first: str) -> list[str]:
    """`values` with those of `first` in front, in that order."""
    return [*(value for value in first if value in values), *(v for v in values if v not in first)]
