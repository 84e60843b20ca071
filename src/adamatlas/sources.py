"""What the source files of adamatlas say, read without importing them: code, imports, module-level values.

Parsing every module takes a second of a Snakemake start. What a file says is therefore kept in this user's
cache, under the hash of its text.
"""

import ast
import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from adamatlas import folders
from adamatlas.errors import UserError
from adamatlas.files import replacing


@dataclass(frozen=True)
class Source:
    """What one file says."""

    code: str
    """The hash of its syntax tree, without comments and docstrings."""
    imports: tuple[tuple[int, str, tuple[str, ...]], ...]
    """(level, module, names) of every import statement; (0, "numpy", ()) for `import numpy`."""
    values: dict[str, str]
    """The expression that is assigned to each module-level name, as text."""


@cache
def read(path: Path) -> Source:
    """What the file at `path` says; UserError where it is not valid Python."""
    text = path.read_bytes()
    folder = _folder()
    if folder is None:
        return _parse(path, text)
    kept = folder / f"{hashlib.sha256(text).hexdigest()[:32]}.json"
    with suppress(OSError, LookupError, TypeError, ValueError):  # not there, or damaged
        return _from_json(json.loads(kept.read_bytes()))
    source = _parse(path, text)
    with suppress(UserError), replacing(kept) as temporary:
        temporary.write_text(json.dumps(asdict(source)), encoding="utf-8")
    return source


def _from_json(kept: dict[str, Any]) -> Source:
    imports = tuple((level, module, tuple(names)) for level, module, names in kept["imports"])
    return Source(kept["code"], imports, kept["values"])


@cache
def _folder() -> Path | None:
    """One folder for each version of this module and of Python, which prints syntax trees its own way."""
    reader = hashlib.sha256(Path(__file__).read_bytes() + sys.version.encode()).hexdigest()[:16]
    return folders.cache("sources", reader)


def _parse(path: Path, text: bytes) -> Source:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise UserError(f"{path}: not valid Python ({f'line {line}' if line else error})") from error
    values = {
        node.targets[0].id: ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    }
    _drop_docstrings(tree)
    code = hashlib.sha256(ast.unparse(tree).encode()).hexdigest()
    return Source(code, tuple(_imports(tree)), values)


def _drop_docstrings(tree: ast.Module) -> None:
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in _statements(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]


def _imports(tree: ast.Module) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or "", tuple(alias.name for alias in node.names)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """The module and every statement in it at any depth; expressions, most of a tree, are not visited."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, field, ())
