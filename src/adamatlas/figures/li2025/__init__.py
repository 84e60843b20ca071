"""Figures of li2025."""
