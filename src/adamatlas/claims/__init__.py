"""Claims: functions from a cube to verdicts with their evidence."""
