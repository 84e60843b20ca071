"""Which source code a stage depends on, as one hash.

The hash covers the syntax trees of the adamatlas modules that a stage imports, directly or not, with
comments and docstrings dropped: editing a comment re-runs nothing, editing a kernel re-runs the stages that
use it. Modules that cannot change a result (`EXEMPT`) are left out.
"""

import hashlib
import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from adamatlas import sources
from adamatlas.errors import UserError

PACKAGE = "adamatlas"
EXEMPT = re.compile(
    r"adamatlas(\.(__main__|arrays|cli|config|contracts|engines\.devices|errors|estimate|fingerprint|files|folders|"
    r"inventory|kernel_cache|optimizers\.presets|problems\.settings|problems\.\w+\.settings|progress|"
    r"registry|shows|sources|specs|stale|store|units)(\..*)?)?"
)


def roots(stage: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The modules that `stage` calls for `spec`."""
    match stage:
        case "data":
            return (f"adamatlas.problems.{spec['problem']}.data",)
        case "train":
            engine, problem = spec["engine"], spec["problem"]
            found = (f"adamatlas.engines.{engine}", f"adamatlas.problems.{problem}.{engine}")
            network = spec.get("settings", {}).get("network")
            return (*found, f"adamatlas.problems.{problem}.networks.{network}") if network else found
        case "measure":
            return (f"adamatlas.measures.{spec['measure']}", "adamatlas.runs")
        case "gather":
            return ("adamatlas.cubes",)
        case "figure":
            return (f"adamatlas.figures.{spec['figure']}",)
        case "judge":
            return tuple(f"adamatlas.claims.{group}" for group in spec["claims"])
        case "collect":
            return ("adamatlas.verdicts",)
    raise ValueError(f"no such stage: {stage}")


def fingerprint(modules: Iterable[str]) -> str:
    """16 hexadecimal digits over the code of `modules` and of what they import from adamatlas.

    Raises UserError for a module that is not there or cannot be parsed.
    """
    return _fingerprint(tuple(sorted(set(modules))))


def guard(stage: str, spec: Mapping[str, Any]) -> None:
    """Raise UserError if an adamatlas module is loaded that the fingerprint of this stage does not cover."""
    declared = closure(roots(stage, spec))
    loaded = (name for name in sys.modules if name.split(".")[0] == PACKAGE and _find(name))
    for module in sorted(loaded):
        if module not in declared and not EXEMPT.fullmatch(module):
            raise UserError(
                f"stage {stage} loads {module}, which its fingerprint does not cover: import it statically "
                f"from one of {', '.join(roots(stage, spec))}, or add it to adamatlas.fingerprint.roots"
            )


def closure(modules: Iterable[str]) -> frozenset[str]:
    """`modules`, their parent packages, and every adamatlas module that these import, except `EXEMPT`.

    Raises UserError for a module that is not there.
    """
    modules = tuple(modules)
    for module in modules:
        _path(module)
    found: set[str] = set()
    waiting = [name for module in modules for name in _with_parents(module)]
    while waiting:
        module = waiting.pop()
        if module in found or EXEMPT.fullmatch(module):
            continue
        found.add(module)
        waiting.extend(_imports(module))
    return frozenset(found)


def kernels() -> str:
    """The fingerprint of all modules that import numba, and of what they import."""
    folder = Path(__file__).parent
    names = (
        ".".join((PACKAGE, *path.relative_to(folder).with_suffix("").parts)) for path in folder.rglob("*.py")
    )
    return fingerprint(name for name in names if _find(name) and _compiles(name))


def _compiles(module: str) -> bool:
    """Whether it imports numba, or the decorators of adamatlas.compiled."""
    return not {"numba", f"{PACKAGE}.compiled"}.isdisjoint(_names(module))


@cache
def _fingerprint(modules: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for module in sorted(closure(modules)):
        digest.update(f"{module}\n{sources.read(_path(module)).code}\n".encode())
    return digest.hexdigest()[:16]


@cache
def _imports(module: str) -> tuple[str, ...]:
    """The adamatlas modules that `module` names in its import statements, with their parent packages."""
    ours = (name for name in _names(module) if name.split(".")[0] == PACKAGE and _find(name))
    return tuple(parent for name in ours for parent in _with_parents(name))


@cache
def _names(module: str) -> tuple[str, ...]:
    """What its import statements name, modules and what is taken from them: a, b and b.c for `import a` and
    `from b import c`."""
    package = module if _path(module).name == "__init__.py" else module.rpartition(".")[0]
    found: list[str] = []
    for level, base, names in sources.read(_path(module)).imports:
        base = importlib.util.resolve_name("." * level + base, package)
        found += [base, *(f"{base}.{name}" for name in names)]
    return tuple(found)


def _with_parents(module: str) -> Iterator[str]:
    parts = module.split(".")
    return (".".join(parts[: end + 1]) for end in range(len(parts)) if _find(".".join(parts[: end + 1])))


@cache
def _find(module: str) -> Path | None:
    """The file of `module`, or None for a name that is not one and for a folder without one."""
    stem = Path(__file__).parent.joinpath(*module.split(".")[1:])
    for candidate in (stem / "__init__.py", stem.with_name(f"{stem.name}.py")):
        if candidate.is_file():
            return candidate
    return None


def _path(module: str) -> Path:
    path = _find(module)
    if path is None:
        raise UserError(f"there is no module {module}")
    return path
