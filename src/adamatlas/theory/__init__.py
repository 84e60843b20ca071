"""What the papers' theorems say, as functions of weights and data."""
