"""Figures: functions from a cube to a picture."""
