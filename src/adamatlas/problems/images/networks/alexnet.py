"""AlexNet (Krizhevsky et al., 2012) for 32x32 images, without normalization and dropout."""

from torch import nn

PER_EXAMPLE_GRADIENTS = True
SMALLEST = (32, 32)
CHANNELS = (3,)
ACTIVATIONS = ("relu",)
INITIAL = "he"
PARAMETERS = (2446464, 7744, 257)
MULTIPLY_ADDS = 14600


def build(shape: tuple[int, int, int], activation: str, classes: int) -> nn.Module:
    """The five convolutions of one column (Krizhevsky, 2014) and, as usual for CIFAR, one linear layer.

    64 filters of 11x11 with stride 4, then 192 of 5x5, 384, 256 and 256 of 3x3, with 2x2 maxima after the
    first, second and fifth: 2,472,266 weights and biases for 10 classes.
    """
    return nn.Sequential(
        *(nn.Conv2d(shape[0], 64, 11, stride=4, padding=5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(192, 384, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(384, 256, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.AdaptiveMaxPool2d(1)),
        *(nn.Flatten(), nn.Linear(256, classes)),
    )
