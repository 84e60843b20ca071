"""The speed claims of the project, each with its bound: `make bench` or `python -m benchmarks`."""

import os

from adamatlas.fingerprint import numba_cache

# Before numba is imported: it does not notice when a kernel in another module changes.
os.environ["NUMBA_CACHE_DIR"] = str(numba_cache())
# Before numpy is: one thread for its matrix products, as Snakemake gives a job of one thread.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
