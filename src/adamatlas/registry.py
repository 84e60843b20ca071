"""What the rooms hold: found by listing their folders, so a new module is nothing to register.

Looking is done without importing (module-level literals are read from the syntax tree).
"""

import ast
import difflib
import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

from adamatlas import sources
from adamatlas.errors import UserError

ROOT = Path(__file__).parent


def names(room: str, paper: str | None = None) -> list[str]:
    """Sorted names of the parts in a room: `names("problems")`, `names("figures", "tang2025")`.

    A problem is a folder with a settings.py; elsewhere a part is a module whose name does not begin with _.
    """
    folder = _folder(room, paper)
    if room == "problems":
        return sorted(path.parent.name for path in folder.glob("*/settings.py"))
    return sorted(path.stem for path in folder.glob("*.py") if not path.name.startswith("_"))


def papers(room: str) -> list[str]:
    """The papers that have a folder in `figures` or `claims`."""
    return sorted(file.parent.name for file in (ROOT / room).glob("*/__init__.py"))


def path(room: str, name: str, paper: str | None = None) -> Path:
    """The source file of a part; UserError with the near names if there is none."""
    known = names(room, paper)
    if name not in known:
        where = f"{room}/{paper}" if paper else room
        raise UserError(f"no {name!r} in {where}/; {suggestion(name, known)}")
    folder = _folder(room, paper)
    return folder / name / "settings.py" if room == "problems" else folder / f"{name}.py"


def module(room: str, name: str, paper: str | None = None, part: str | None = None) -> ModuleType:
    """The imported module of a part: `module("problems", "linear", part="data")`."""
    path(room, name, paper)
    return importlib.import_module(".".join(filter(None, ("adamatlas", room, paper, name, part))))


def literal(source: Path, name: str) -> Any:
    """The value of the module-level literal `name` in a source file, or None; the file is not imported.

    A file may also import the literal from another module of adamatlas. Raises UserError where the file does
    not parse or the value is not a literal.
    """
    said = sources.read(source)
    if name not in said.values:
        origins = (module for _, module, names in said.imports if name in names)
        room, *parts = next(origins, "").split(".")
        ours = room == "adamatlas"
        return literal(ROOT.joinpath(*parts).with_suffix(".py"), name) if ours else None
    try:
        return ast.literal_eval(said.values[name])
    except ValueError as error:
        raise UserError(f"{source}: {name} must be a literal, it is read without importing") from error


def suggestion(word: str, known: list[str] | tuple[str, ...]) -> str:
    """'did you mean adamw?' where one is near, else the list of what is known."""
    near = difflib.get_close_matches(str(word), [str(item) for item in known], n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known are {', '.join(map(str, known))}" if known else "there is none yet"


def _folder(room: str, paper: str | None) -> Path:
    return ROOT / room / paper if paper else ROOT / room
