"""What every stage does around its work: read the spec, choose the code, check its input."""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from adamatlas import __version__
from adamatlas.errors import UserError
from adamatlas.files import read_json, remedy, replacing
from adamatlas.fingerprint import fingerprint, guard, roots

if TYPE_CHECKING:
    from adamatlas.claims.rules import Claim
    from adamatlas.contracts import ClaimGroup, FigureModule

Spec = dict[str, Any]
PARTIAL = "Runs of the grid are missing (attribute `missing` of the cube)."
"""What is noted of a claim that is judged on a partial cube."""


def begin(stage: str, options: Namespace) -> tuple[Spec, dict[str, Any]]:
    """The spec, and the first attributes of the file to write."""
    spec = read_spec(options.spec)
    try:
        source = fingerprint(roots(stage, spec))
    except KeyError as error:
        raise UserError(f"--spec: no key {error.args[0]!r}, which {stage} needs") from None
    if options.fingerprint not in (None, source):
        raise UserError(
            f"--fingerprint: the source has changed since this {stage} job was planned "
            f"({options.fingerprint}, now {source}); run snakemake again"
        )
    kind = {"train": "trace", "gather": "cube"}.get(stage, stage)
    return spec, {"kind": kind, "fingerprint": source}


def write(stage: str, ds: Any, spec: Spec, attrs: Mapping[str, Any], out: Path) -> None:
    """Write the file of a stage. Raises UserError where it used code that its fingerprint does not cover."""
    from adamatlas import store

    guard(stage, spec)
    store.write_dataset(ds, out, spec=spec, attrs=attrs)


def read_spec(text: str) -> Spec:
    if text.startswith("@"):
        spec = read_json(text[1:])
    else:
        try:
            spec = json.loads(text)
        except ValueError as error:
            raise UserError(f"--spec: not JSON ({error})") from None
    if not isinstance(spec, dict):
        raise UserError("--spec: must be a JSON object")
    return spec


def module(stage: str, spec: Spec) -> Any:
    """The first root of a stage, imported; `adamatlas.contracts` says what it must have."""
    return importlib.import_module(roots(stage, spec)[0])


def check_data(drawn: Any, spec: Spec, shown: Path) -> None:
    """Raise UserError unless the data are those that the train spec asks for."""
    from adamatlas import store

    made = store.read_spec(drawn)
    settings = {key: spec["settings"].get(key) for key in made["settings"]}
    wanted = {"problem": spec["problem"], "settings": settings, "seeds": spec["lanes"]["seed"]}
    if made != wanted:
        different = ", ".join(key for key in wanted if made.get(key) != wanted[key])
        raise UserError(f"{shown}: holds other data than this training needs ({different}); {remedy(shown)}")
    if "data_set" in drawn.attrs:
        _check_set(drawn.attrs, spec["settings"], shown)


def _check_set(attrs: Mapping[str, Any], settings: Mapping[str, Any], shown: Path) -> None:
    """Raise UserError unless the image set at hand is the one that the indices of a data file refer to."""
    from adamatlas.datasets import local

    if local.load(settings).checksum != attrs.get("data_set_checksum"):
        text = f"drawn from other files than those of {attrs['data_set']} in {local.home(settings)}"
        raise UserError(f"{shown}: {text}; put those back, or {remedy(shown)}")


def cube(file: Path, study: str | None) -> Any:
    """A cube, which must be that of `study` where one is named."""
    from adamatlas import store

    cube = store.read_dataset(file, expect="cube")
    held = store.read_spec(cube)["id"]
    if study is not None and held != study:
        raise UserError(f"{file}: holds the cube of {held}, not of {study}; {remedy(file)}")
    return cube


def require(source: ModuleType, cube: Any, what: str) -> None:
    """Raise UserError unless the cube has the axes and quantities that `source` names."""
    for needed, there, noun in (
        (getattr(source, "REQUIRES", ()), {*cube.dims, *cube.coords}, "axis"),
        (getattr(source, "QUANTITIES", ()), {*cube.data_vars}, "quantity"),
    ):
        if missing := sorted(set(needed) - there):
            raise UserError(
                f"{what}: the cube has no {noun} {', '.join(missing)}; it has {', '.join(sorted(there))}"
            )


def drawn(spec: Spec, file: Path) -> Any:
    """The matplotlib figure of a spec `{"figure": name, "study": id}`, drawn from a cube."""
    os.environ["MPLBACKEND"] = "Agg"  # one that a notebook leaves behind may not exist here
    source: FigureModule = module("figure", spec)
    found = cube(file, spec.get("study"))
    require(source, found, f"figure {spec['figure']}")
    return source.draw(found)


def save(drawing: Any, png: Path, pdf: Path) -> None:
    """Write a drawing to its two files."""
    for target, kind, software in ((png, "png", "Software"), (pdf, "pdf", "Creator")):
        with replacing(target) as temporary:
            drawing.savefig(temporary, format=kind, metadata={software: f"adamatlas {__version__}"})
        drawing.set_layout_engine("none")  # laid out once, for both files


def judged(group: str, file: Path, study: str) -> list[Claim]:
    """The verdicts of a claim group on the cube of its study."""
    source: ClaimGroup = importlib.import_module(f"adamatlas.claims.{group}")
    found = cube(file, study)
    require(source, found, f"claims {group}")
    claims = source.judge(found)
    if "missing" not in found.attrs:
        return claims
    return [replace(claim, note=f"{claim.note} {PARTIAL}".strip()) for claim in claims]


def rows(claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """All claims of a paper, as claims.json has them: with what stands of them together."""
    from adamatlas.claims.rules import holm

    return [claim.to_dict() for claim in holm(claims)]


def versions() -> dict[str, str]:
    """Versions of what trained."""
    loaded = {name: sys.modules[name] for name in ("numpy", "numba", "torch") if name in sys.modules}
    versions = {f"{name}_version": str(module.__version__) for name, module in loaded.items()}
    return {"python_version": platform.python_version(), **versions}


def common(inputs: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    """What the attributes of all inputs say, one value or several joined by commas."""
    found = {name: {attrs[name]: None for attrs in inputs if name in attrs} for name in names}
    return {
        name: next(iter(values)) if len(values) == 1 else ", ".join(sorted(map(str, values)))
        for name, values in found.items()
        if values
    }
