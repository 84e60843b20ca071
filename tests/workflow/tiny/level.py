"""Is there a feature?"""

from adamatlas.claims import rules

REQUIRES = ("seed", "weight_decay")
QUANTITIES = ("feature",)


def judge(cube):
    level = cube["feature"].isel(snapshot=-1).mean("label").values.ravel()
    return [
        rules.claim(
            cube,
            "level",
            source="Section 1",
            statement="The feature is positive.",
            quantity="feature",
            estimate=rules.mean(level),
            rule=rules.above(-1.0),
        )
    ]
