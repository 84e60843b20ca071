"""Figures across papers."""
