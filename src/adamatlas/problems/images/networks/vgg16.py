"""VGG16 (Simonyan & Zisserman, 2015, configuration D) for 32x32 images, without batch norm."""

from torch import nn

PER_EXAMPLE_GRADIENTS = True
SMALLEST = (32, 32)
CHANNELS = (3,)
ACTIVATIONS = ("relu",)
INITIAL = "he"
PARAMETERS = (14712960, 576, 513)
MULTIPLY_ADDS = 306000
FILTERS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


def build(shape: tuple[int, int, int], activation: str, classes: int) -> nn.Module:
    """13 convolutions, and one linear layer in place of three: 14,719,818 weights and biases (10 classes)."""
    return layers(shape[0], classes, batch_norm=False)


def layers(channels: int, classes: int, batch_norm: bool) -> nn.Sequential:
    """Convolutions of 3x3, each with a rectifier, in five groups that end with 2x2 maxima; a linear layer."""
    parts: list[nn.Module] = []
    for group in FILTERS:
        for filters in group:
            parts.append(nn.Conv2d(channels, filters, 3, padding=1))
            parts += [nn.BatchNorm2d(filters)] * batch_norm
            parts.append(nn.ReLU())
            channels = filters
        parts.append(nn.MaxPool2d(2))
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))
