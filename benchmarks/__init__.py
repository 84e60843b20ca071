"""The speed claims of the project, each with its bound: `make bench` or `python -m benchmarks`."""

import os

# Before numpy is: one thread for its matrix products, as Snakemake gives a job of one thread.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
