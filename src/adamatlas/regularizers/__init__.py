"""What is added to the loss of a minibatch: penalties on the norms of its gradients (meng2023)."""

KINDS = ("per_example_gradient", "full_gradient")
ALL_KINDS = (*KINDS, "gradient_covariance")
"""The last, the difference of the others, is for patch_cnn alone."""
