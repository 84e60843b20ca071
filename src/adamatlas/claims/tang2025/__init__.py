"""Claims of tang2025."""
