"""Figures of tang2025."""
