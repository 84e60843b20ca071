import importlib
import io
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from helpers import SPECS, reduced, study_cube

mpl.use("Agg")
from matplotlib import pyplot as plt

SHARE_PANELS = {"tang2025.table2", "tang2025.fig4", "tang2025.fig6", "zou2023.table1", "zou2023.fig2"}


def draw(study, cube):
    paper, name = study.split(".")
    module = importlib.import_module(f"adamatlas.figures.{paper}.{name}")
    assert set(module.REQUIRES) <= {*cube.dims, *cube.coords}
    assert set(module.QUANTITIES) <= set(cube.data_vars)
    return module.draw(cube)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("study", SPECS)
def test_figures_are_complete(study):
    drawing = draw(study, study_cube(study))
    drawing.canvas.draw()
    frame = drawing.bbox.padded(1.0)
    renderer = drawing.canvas.get_renderer()
    for axis in drawing.axes:
        assert axis.get_xlabel() or axis.get_xticklabels()
        assert axis.get_title(loc="left")
        extent = axis.get_tightbbox(renderer)
        assert frame.contains(extent.x0, extent.y0)
        assert frame.contains(extent.x1, extent.y1)


@pytest.mark.parametrize("study", sorted(SPECS.keys() - SHARE_PANELS))
def test_figures_bear_missing_values(study):
    def value(name, run, shape):
        return np.full(shape, np.nan) if run["seed"] == 0 else np.full(shape, 0.3)

    for cube in (
        study_cube(study, value),
        study_cube(study, lambda name, run, shape: np.full(shape, np.nan)),
    ):
        draw(study, cube).savefig(io.BytesIO(), format="png", dpi=50)


@pytest.mark.parametrize("study", SPECS)
def test_figures_bear_a_smaller_grid(study):
    for name, cube in reduced(study_cube(study)).items():
        assert draw(study, cube).axes, name
        plt.close("all")


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_files_hold_fonts_and_size(form, tmp_path):
    drawing = draw("tang2025.table1", study_cube("tang2025.table1"))
    target = tmp_path / f"figure.{form}"
    drawing.savefig(target)
    if form == "pdf":
        assert b"/Type3" not in target.read_bytes()
    else:
        assert plt.imread(target).shape[1] == drawing.get_size_inches()[0] * 300


def test_each_seed_is_a_mark():
    cube = study_cube("tang2025.table1", seeds=7)
    left = draw("tang2025.table1", cube).axes[0]
    marks = [points for points in left.collections if len(points.get_offsets()) == 7]
    assert len(marks) == 2
    expected = np.sort(cube["test_error"].sel(batch_size=2, optimizer="adam").isel(snapshot=-1).values)
    np.testing.assert_allclose(np.sort(marks[1].get_offsets()[:, 1]), expected)


def test_figures_load_neither_statistics_nor_engines():
    code = (
        "import importlib, sys; from adamatlas import registry\n"
        "for paper in ('tang2025', 'zou2023', 'meng2023', 'li2025', 'cross'):\n"
        "    for name in registry.names('figures', paper):\n"
        "        importlib.import_module(f'adamatlas.figures.{paper}.{name}')\n"
        "print(*{'scipy.stats', 'scipy.cluster', 'numba', 'torch'} & sys.modules.keys())\n"
        "import scipy.stats\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
