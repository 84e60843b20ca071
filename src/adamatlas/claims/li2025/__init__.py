"""Claims of li2025."""
