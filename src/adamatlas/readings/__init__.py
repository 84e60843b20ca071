"""Readings of a cube that claims and figures share: the runs of a paper's methods and what they did."""
