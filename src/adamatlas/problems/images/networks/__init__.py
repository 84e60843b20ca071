"""The networks of images, one module each, as plain torch modules from images (batch, C, H, W) to logits.

A module has the function `build` (`contracts.NetworkModule`) and these literals, which are read without
importing torch:

PER_EXAMPLE_GRADIENTS: whether the loss of an example depends on that example alone, so that its gradient
    exists; not with batch norm.
SMALLEST: the rows and columns of the smallest image; CHANNELS: how many channels an image may have.
ACTIVATIONS: of the hidden layers. INITIAL: the initial weights, `sigma_0` or `he` (images.initialization).
PARAMETERS: (all, for each channel, for each class) of the number of weights and biases, or {rows of an image:
    that}. MULTIPLY_ADDS: of the forward pass, roughly, for each pixel.
"""
