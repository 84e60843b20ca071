"""What is added to the loss of a minibatch: penalties on the norms of its gradients (meng2023)."""

KINDS = ("per_example_gradient", "full_gradient")
