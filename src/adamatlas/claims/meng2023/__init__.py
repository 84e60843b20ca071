"""Claims of meng2023."""
