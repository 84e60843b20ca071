"""What trains the lanes of a job: the job loop (`run`), and how each engine builds its lanes for it.

`fused`: compiled by numba; `torch_images`: image networks; `reference`: float64 autograd, the oracle.
"""
