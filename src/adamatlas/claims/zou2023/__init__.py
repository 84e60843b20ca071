"""Claims of zou2023."""
