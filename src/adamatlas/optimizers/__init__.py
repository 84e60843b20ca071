"""The update rule (`rule`) and its named points (`presets`)."""
