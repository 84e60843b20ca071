"""Claims across papers: what this project asks beyond them."""
