"""The speed claims of the project, each with its bound: `make bench` or `python -m benchmarks`."""
