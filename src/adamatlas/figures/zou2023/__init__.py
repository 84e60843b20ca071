"""Figures of zou2023."""
