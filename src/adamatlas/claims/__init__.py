"""Claims: functions from a cube to verdicts with their evidence."""

KINDS = {
    "reported": "what the paper shows, at its setting",
    "theory": "what the paper proves, where its conditions hold",
    "extension": "what this project asks beyond the paper",
    "check": "whether the code and the set-up do what they say",
}
ABOUT_PAPERS = ("reported", "theory")
"""The kinds of claims that say something about a paper."""
VERDICTS = ("supported", "refuted", "inconclusive", "outside")
