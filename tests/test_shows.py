import pytest

from adamatlas import cli, registry
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


def test_validate_says_before_the_run_what_a_figure_leaves_out(tmp_path, capsys):
    overlay = tmp_path / "overlay.yaml"
    axes = "output_scale: 1, sigma_p: 0.5, reg_lambda: [0, 0.01], reg_off_epoch: [400, 800]"
    grid = f"[{{regularizer: per_example_gradient, {axes}}}]"
    overlay.write_text(f"studies: {{meng2023.fig1: {{grid: {grid}, figures: [fig1], claims: []}}}}")
    assert cli.main(["validate", "--configfile", str(overlay)]) == 0
    assert (
        "meng2023.fig1, figure fig1, reg_off_epoch: draws the largest, not 400"
        in capsys.readouterr().out.splitlines()
    )
