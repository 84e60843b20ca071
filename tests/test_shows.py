import pytest

from adamatlas import registry
from adamatlas.shows import PLACES, left_out

PAPERS = sorted(
    path.name for path in (registry.ROOT / "figures").iterdir() if (path / "__init__.py").is_file()
)
FIGURES = [(paper, name) for paper in PAPERS for name in registry.names("figures", paper)]


@pytest.mark.parametrize(
    ("what", "values", "lines"),
    [
        ("largest", [1, 3, 2], ["x: draws the largest, not 1, 2"]),
        ("smallest", [0.5, 1.0], ["x: draws the smallest, not 1"]),
        ("middle", [1, 2, 3], ["x: draws the middle, not 1, 3"]),
        ("above 0", [0.0, 0.1, 1e-5], ["x: draws values above 0, not 0"]),
        ("above 0", [0.1], []),
        ("largest", [7], []),
        ("the best of each seed", [1, 2], ["x: draws the best of each seed"]),
        ("the best of each seed", [1], []),
        ("largest", [], []),
    ],
)
def test_what_is_left_out_is_said(what, values, lines):
    assert left_out({"x": what}, {"x": values, "other": [1, 2]}) == lines


def test_a_figure_without_the_literal_draws_all():
    assert left_out(None, {"x": [1, 2]}) == []


@pytest.mark.parametrize(("paper", "name"), FIGURES)
def test_figures_declare_axes_that_they_know(paper, name):
    source = registry.path("figures", name, paper)
    shows = registry.literal(source, "SHOWS") or {}
    assert shows.keys() <= set(registry.literal(source, "REQUIRES"))
    assert all(what in PLACES or " " in what for what in shows.values())
