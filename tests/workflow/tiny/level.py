"""Is there a feature?"""

from adamatlas.claims import estimates, rules

REQUIRES = ("seed", "weight_decay")
QUANTITIES = ("feature",)


def judge(cube):
    level = cube["feature"].isel(snapshot=-1).mean("label").values.ravel()
    return [
        rules.claim(
            cube,
            "level",
            kind="check",
            source="Section 1",
            statement="The feature is positive.",
            quantity="feature",
            estimate=estimates.mean(level),
            rule=rules.above(-1.0),
        )
    ]
