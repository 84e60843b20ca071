"""Logistic regression on both patches of the patch model: zou2023, Theorem 4.2."""
