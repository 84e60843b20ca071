"""ResNet50 (He et al., 2016) with the stem for ImageNet."""

from torch import nn

from adamatlas.problems.images.residual import bottlenecks

PER_EXAMPLE_GRADIENTS = False
SMALLEST = (32, 32)
CHANNELS = (3,)
ACTIVATIONS = ("relu",)
INITIAL = "he"
PARAMETERS = (23498624, 3136, 2049)
MULTIPLY_ADDS = 82000


def build(shape: tuple[int, int, int], activation: str, classes: int) -> nn.Module:
    """25,557,032 weights and biases for 3 channels and 1,000 classes."""
    return bottlenecks(shape[0], (3, 4, 6, 3), classes)
