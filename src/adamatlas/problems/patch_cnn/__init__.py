"""The two-patch model with a two-layer network: tang2025 and zou2023, Definitions 3.1 and 3.2."""
