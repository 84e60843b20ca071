"""One look: a colour and a name for every preset, whatever a user has set."""

from __future__ import annotations

import os
import subprocess
import sys

import matplotlib as mpl
import pytest
from helpers import study_cube

from adamatlas import store
from adamatlas.figures import style
from adamatlas.optimizers.presets import PRESETS
from adamatlas.readings import names


@pytest.fixture(autouse=True)
def _restore():
    with mpl.rc_context():
        yield


def test_every_preset_has_a_name_and_a_colour_of_its_own():
    assert names.NAMES.keys() >= PRESETS.keys()
    colors = {preset: style.color(preset) for preset in PRESETS}
    assert len({*colors.values()}) == len(colors) - 1, "sgd and gd are one rule"


def test_an_unknown_preset_is_called_as_in_the_config_and_has_a_colour():
    for preset in ("lion", "shampoo", "x"):
        assert names.name(preset) == names.in_full(preset) == preset
        assert style.color(preset) in style.OTHERS
        assert style.color(preset) == style.color(preset)


def test_more_panels_than_letters_are_lettered_and_without_spines():
    drawing, axes = style.tiles(28, most=4)
    for axis in axes:
        axis.set_title("x")
    style.finish(drawing)
    assert [axes[k].get_title(loc="left") for k in (0, 25, 26)] == ["(a) x", "(z) x", "(aa) x"]
    assert not any(axis.spines["top"].get_visible() for axis in axes)


def test_tiles_fill_rows_and_hide_the_rest():
    drawing, axes = style.tiles(5, most=3)
    assert len(axes) == 5
    assert sum(axis.get_visible() for axis in drawing.axes) == 5
    style.label_rows(axes, "error")
    assert [axis.get_ylabel() for axis in axes] == ["error", "", "", "error", ""]


@pytest.mark.parametrize("backend", ["module://matplotlib_inline.backend_inline", "no_such_backend"])
def test_a_users_settings_of_matplotlib_change_no_picture(tmp_path, backend):
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nfont.size: 30\nfigure.dpi: 20\n")
    cube = tmp_path / "cube.nc"
    store.write_dataset(study_cube("tang2025.fig6"), cube, spec={"id": "x"}, attrs={"kind": "cube"})
    command = [sys.executable, "-m", "adamatlas", "figure", "--spec", '{"figure": "tang2025.fig6"}']
    pictures = []
    for extra in ({}, {"MPLBACKEND": backend, "MATPLOTLIBRC": str(tmp_path / "matplotlibrc")}):
        environment = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"} | extra
        files = [f"--{kind}={tmp_path / f'x.{kind}'}" for kind in ("png", "pdf")]
        subprocess.run([*command, f"--cube={cube}", *files], env=environment, check=True)
        pictures.append((tmp_path / "x.png").read_bytes())
    assert pictures[0] == pictures[1]
