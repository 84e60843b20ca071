import importlib
import io
import subprocess
import sys

import numpy as np
import pytest
from helpers import (
    FIGURES,
    of_the_run,
    partial_cube,
    reduced,
    study_cube,
    study_spec,
    values_of,
    with_another,
)
from matplotlib import pyplot as plt

from adamatlas.shows import left_out

NEW = {
    "sampler": "other", "optimizer": "lion", "regularizer": "another_penalty", "network": "another",
}  # fmt: skip


def module(figure):
    return importlib.import_module(f"adamatlas.figures.{figure}")


def draw(figure, cube):
    source = module(figure)
    assert set(source.REQUIRES) <= {*cube.dims, *cube.coords}
    assert set(source.QUANTITIES) <= set(cube.data_vars)
    return source.draw(cube)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("figure", FIGURES)
def test_figures_are_complete(figure):
    drawing = draw(figure, study_cube(figure))
    assert_complete(drawing)


def assert_complete(drawing):
    """Every panel has its labels and lies in the picture."""
    drawing.canvas.draw()
    frame = drawing.bbox.padded(1.0)
    renderer = drawing.canvas.get_renderer()
    for axis in drawing.axes:
        if not axis.get_visible():
            continue
        assert axis.get_xlabel() or axis.get_xticklabels()
        assert axis.get_title(loc="left")
        extent = axis.get_tightbbox(renderer)
        assert frame.contains(extent.x0, extent.y0)
        assert frame.contains(extent.x1, extent.y1)


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_figures_bear_a_partial_cube(figure, share):
    draw(figure, partial_cube(study_cube(figure), share=share)).savefig(io.BytesIO(), format="png", dpi=50)


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_bear_missing_values(figure):
    def value(name, run, shape):
        return np.full(shape, np.nan) if run["seed"] == 0 else np.full(shape, 0.3)

    for cube in (
        study_cube(figure, value),
        study_cube(figure, lambda name, run, shape: np.full(shape, np.nan)),
    ):
        draw(figure, cube).savefig(io.BytesIO(), format="png", dpi=50)


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_bear_a_smaller_grid(figure):
    for name, cube in reduced(study_cube(figure)).items():
        assert draw(figure, cube).axes, name


def dims(figure):
    """The dims of the cube of a figure that it knows."""
    return [dim for dim in study_spec(figure)["dims"] if dim in module(figure).REQUIRES]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("figure", "dim"), [(figure, dim) for figure in FIGURES for dim in dims(figure)])
def test_a_value_that_is_added_to_an_axis_is_drawn_or_declared(figure, dim):
    values = values_of(study_spec(figure), dim)
    new = NEW.get(dim) or type(values[0])(1.5 * max(values) + (max(values) == 0))
    spec = with_another(study_spec(figure, seeds=2), dim, new)

    def otherwise(name, run, shape):
        return of_the_run(name, run | {"seed": run["seed"] + 100 * (run[dim] == new)}, shape)

    drawing, other = (draw(figure, study_cube(figure, value, spec=spec)) for value in (None, otherwise))
    declared = left_out(getattr(module(figure), "SHOWS", None), {dim: [*values, new]})
    assert pixels(drawing) != pixels(other) or declared, f"{dim} = {new} is not drawn"
    drawing.set_dpi(100)
    drawing.set_layout_engine("constrained")
    assert_complete(drawing)


def pixels(drawing):
    drawing.set_dpi(40)
    drawing.set_layout_engine("none")
    drawing.canvas.draw()
    return bytes(drawing.canvas.buffer_rgba())


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
    cube = study_cube("tang2025.table1", seeds=7, axes={"batch_size": [2, 20, 100]})
    left = draw("tang2025.table1", cube).axes[0]
    marks = [points for points in left.collections if len(points.get_offsets()) == 7]
    assert len(marks) == 3
    expected = np.sort(
        cube["test_error"].sel(batch_size=2, optimizer="adam").isel(snapshot=-1).values.ravel()
    )
    np.testing.assert_allclose(np.sort(marks[2].get_offsets()[:, 1]), expected)


def test_figures_load_neither_statistics_nor_engines():
    code = (
        "import importlib, sys\n"
        f"for name in {list(FIGURES)}:\n"
        "    importlib.import_module(f'adamatlas.figures.{name}')\n"
        "print(*{'numba', 'torch'} & sys.modules.keys())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
