"""Regression with a diagonal linear network on Rademacher inputs: li2025, Section 5.2."""
