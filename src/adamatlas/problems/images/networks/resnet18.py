"""ResNet18 (He et al., 2016) for 32x32 images."""

from torch import nn

from adamatlas.problems.images.residual import resnet18

PER_EXAMPLE_GRADIENTS = False
SMALLEST = (8, 8)
CHANNELS = (1, 3)
ACTIVATIONS = ("relu",)
INITIAL = "he"
PARAMETERS = (11167104, 576, 513)
MULTIPLY_ADDS = 543000


def build(shape: tuple[int, int, int], activation: str, classes: int) -> nn.Module:
    """3x3 with stride 1 first, without maxima: 11,173,962 weights and biases for 3 channels, 10 classes."""
    return resnet18(shape[0], classes)
