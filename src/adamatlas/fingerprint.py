"""Which source code a stage depends on, as one hash.

The hash covers the syntax trees of the adamatlas modules that a stage imports, directly or not, with
comments and docstrings dropped: editing a comment re-runs nothing, editing a kernel re-runs the stages that
use it. Modules that cannot change a result (`EXEMPT`) are left out.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from adamatlas import folders
from adamatlas.errors import UserError

PACKAGE = "adamatlas"
EXEMPT = re.compile(
    r"adamatlas(\.(__main__|arrays|cli|config|contracts|engines\.devices|errors|estimate|fingerprint|files|folders|"
    r"inventory|kernel_cache|optimizers\.presets|problems\.settings|problems\.\w+\.settings|progress|"
    r"registry|shows|specs|store|units)(\..*)?)?"
)

_NUMBA = re.compile(r"^\s*(from|import) (numba|adamatlas\.compiled)\b", re.MULTILINE)


def roots(stage: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The modules that `stage` calls for `spec`."""
    match stage:
        case "data":
            return (f"adamatlas.problems.{spec['problem']}.data",)
        case "train":
            engine, problem = spec["engine"], spec["problem"]
            return (f"adamatlas.engines.{engine}", f"adamatlas.problems.{problem}.{engine}")
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


def numba_cache() -> Path | None:
    """A folder for compiled kernels, one for each fingerprint of all of them; None where nothing can be kept.

    numba does not notice when a kernel in another module changes, so kernels of different sources must not
    share a cache. Its files are pickles: a folder that others can write to is not used. Falls back to this
    user's temporary folder where the user has no cache or it cannot be written.
    """
    default = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    own = Path(os.environ.get("XDG_CACHE_HOME") or default)
    for base in (own.expanduser, folders.temporary):
        with suppress(OSError, RuntimeError):  # not writable, or no home
            folder = base() / PACKAGE / "numba" / kernels()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folders.is_private(folder) and os.access(folder, os.W_OK):
                return folder
    return None


def _compiles(module: str) -> bool:
    return _NUMBA.search(_source(module)) is not None


@cache
def _fingerprint(modules: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for module in sorted(closure(modules)):
        digest.update(f"{module}\n{_code(module)}\n".encode())
    return digest.hexdigest()[:16]


@cache
def _code(module: str) -> str:
    """The code of `module` without comments and docstrings."""
    return ast.unparse(_tree(module))


@cache
def _tree(module: str) -> ast.Module:
    """The syntax tree of `module` without docstrings."""
    tree = ast.parse(_source(module))
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in _statements(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


@cache
def _imports(module: str) -> tuple[str, ...]:
    """The adamatlas modules that `module` names in its import statements, with their parent packages."""
    is_package = _path(module).name == "__init__.py"
    found: list[str] = []
    for node in _statements(_tree(module)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, is_package, node)
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    ours = [name for name in found if name.split(".")[0] == PACKAGE and _find(name)]
    return tuple(parent for name in ours for parent in _with_parents(name))


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """The module and every statement in it at any depth; expressions, most of a tree, are not visited."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, field, ())


def _absolute(module: str, is_package: bool, node: ast.ImportFrom) -> str:
    """The module that `from ... import` in `module` refers to."""
    if not node.level:
        return node.module or ""
    package = module if is_package else module.rpartition(".")[0]
    return importlib.util.resolve_name("." * node.level + (node.module or ""), package)


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


def _source(module: str) -> str:
    return _path(module).read_text(encoding="utf-8")
