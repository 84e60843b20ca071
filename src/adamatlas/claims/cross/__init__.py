"""Claims across papers."""
