"""What runs the lanes of a training job: `fused` (numba) and `reference` (torch, float64)."""
