"""VGG16 for 32x32 images with batch norm."""

from torch import nn

from adamatlas.problems.images.networks.vgg16 import layers

PER_EXAMPLE_GRADIENTS = False
SMALLEST = (32, 32)
CHANNELS = (3,)
ACTIVATIONS = ("relu",)
INITIAL = "he"
PARAMETERS = (14721408, 576, 513)
MULTIPLY_ADDS = 306000


def build(shape: tuple[int, int, int], activation: str, classes: int) -> nn.Module:
    """VGG16 with batch norm after each convolution: 14,728,266 weights and biases for 10 classes."""
    return layers(shape[0], classes, batch_norm=True)
