"""Figures of meng2023."""
