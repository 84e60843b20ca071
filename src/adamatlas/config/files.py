"""Files of a configuration, read strictly and laid over each other, with the file that each key came from.

Snakemake's own reader silently keeps the last of two equal keys, so `adamatlas` and the workflow both read
here.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from adamatlas.config.scalars import show
from adamatlas.errors import UserError

MOST_NODES = 200_000
"""Keys and values of one file, aliases written out: the atlas of the four papers has 3,000."""
DEEPEST = 50
_DEEP = "nested too deeply, or an anchor contains itself"
COMMAND_LINE = "--config"
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Tree:
    """A raw configuration; `origins`: which file said each key, by its path (`studies.a.b.seeds`)."""

    values: dict[str, Any]
    origins: dict[str, str] = field(default_factory=dict)


def assemble(files: Sequence[Path], values: Mapping[str, Any] | None = None) -> Tree:
    """The files laid over each other in turn, and then the `values` of the command line over them.

    A mapping is laid over key by key, anything else replaces what was there, as Snakemake does it. Raises
    UserError for a file that is missing, is no YAML or JSON, or names a key twice.
    """
    out = Tree({})
    for file in files:
        found = read(file)
        for source, part in _take_parts(found, file):
            _merge(out, part, source)
        _merge(out, found, str(file))
    _merge(out, values or {}, COMMAND_LINE)
    return out


def _take_parts(found: dict[str, Any], file: Path) -> list[tuple[str, dict[str, Any]]]:
    """(file, what it says) of every paper for which `found`, read from `file`, names a file, taken out of it.

    Such a part holds the paper's title, reference and settings, and its studies; its name is relative to the
    folder of `file`. Raises UserError for a part that is missing or named twice, and for a study that stands
    in two files, or in the file of another paper.
    """
    papers, studies = found.get("papers"), found.get("studies")
    if not isinstance(papers, dict):
        return []
    holder = dict.fromkeys(studies if isinstance(studies, dict) else (), str(file))
    out: dict[str, dict[str, Any]] = {}
    for paper, name in list(papers.items()):
        if name is None:
            raise UserError(
                f"{file}: papers.{paper}: names nothing; give its file, such as config/{paper}.yaml"
            )
        if not isinstance(name, str):
            continue
        part = file.parent / papers.pop(paper)
        if not part.is_file():
            raise UserError(
                f"{file}: papers.{paper}: {part}: no such file; it should hold the paper's studies"
            )
        if str(part) in out:
            raise UserError(f"{file}: papers.{paper}: {part} is already the file of another paper")
        said = read(part)
        own = said.pop("studies", None) or {}
        for study in own if isinstance(own, dict) else ():
            if study in holder:
                raise UserError(f"{part}: studies.{study}: stands in {holder[study]}, too; keep one of them")
            if str(study).partition(".")[0] != paper:
                raise UserError(
                    f"{part}: studies.{study}: this is the file of {paper}; name it {paper}.<name>"
                )
            holder[study] = str(part)
        out[str(part)] = {"papers": {paper: said}, "studies": own}
    return list(out.items())


def read(file: Path) -> dict[str, Any]:
    """The mapping in a YAML or JSON file, each key at most once. Raises UserError in one line."""
    try:
        text = Path(file).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{file}: byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None
    found = _json(text, file) if text.lstrip().startswith("{") else _yaml(text, file)
    if not isinstance(found, dict):
        raise UserError(f"{file}: found {show(found)}; must be a mapping with papers and studies")
    _bound(found, file)
    return found


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML with numbers as everybody reads them: 010 is ten, 1:30 and 2024-01-01 are text; no key twice."""

    yaml_implicit_resolvers: dict = {}  # noqa: RUF012 (the library's own name)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen: dict[Any, int] = {}
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            name, line = self.construct_object(key, deep=True), key.start_mark.line + 1
            if isinstance(name, list | dict):
                raise yaml.constructor.ConstructorError(None, None, "a key must be text", key.start_mark)
            if name in seen:
                again = f"the key {show(name)} is given again (first in line {seen[name]}); keep one"
                raise UserError(f"line {line}: {again}")
            seen[name] = line
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    (
        "bool",
        r"true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|yes|Yes|YES|no|No|NO",
        "tTfFoOyYnN",
    ),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$", re.ASCII), list(_first)
    )
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))


def _yaml(text: str, file: Path) -> Any:
    try:
        return yaml.load(text, _Loader)
    except UserError as error:
        raise UserError(f"{file}: {error}") from None
    except RecursionError:
        raise UserError(f"{file}: {_DEEP}") from None
    except yaml.YAMLError as error:
        raise UserError(f"{file}: not valid YAML: {' '.join(str(error).split())}") from None
    except (ValueError, OverflowError, AttributeError, TypeError) as error:
        raise UserError(f"{file}: a value that cannot be read ({error})") from None


def _json(text: str, file: Path) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise UserError(f"{file}: the key {show(twice[0])} is given twice in one object; keep one")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=unique)
    except RecursionError:
        raise UserError(f"{file}: {_DEEP}") from None
    except ValueError:  # a YAML file may begin with a brace, too
        return _yaml(text, file)


def _bound(found: Any, file: Path) -> None:
    """Refuse a tree that is too large or too deep, and text that no file can hold."""
    waiting, count = [(found, 0)], 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > DEEPEST:
            raise UserError(f"{file}: {_DEEP}")
        if count > MOST_NODES:
            raise UserError(f"{file}: more than {MOST_NODES:,} keys and values, with its aliases written out")
        if isinstance(node, str) and (_SURROGATE.search(node) or "\0" in node):
            raise UserError(f"{file}: found {show(node)}; a text may not hold surrogates or NUL")
        if isinstance(node, dict | list):
            inside = [*node.keys(), *node.values()] if isinstance(node, dict) else node
            waiting += [(child, depth + 1) for child in inside]


def _merge(tree: Tree, found: Mapping[str, Any], source: str) -> None:
    """Put what the file `source` says over what `tree` holds."""
    waiting = [(tree.values, found, "")]
    while waiting:
        into, said, above = waiting.pop()
        for key, value in said.items():
            here = f"{above}{key}"
            tree.origins[here] = source
            if isinstance(value, Mapping):
                into[key] = into[key] if isinstance(into.get(key), dict) else {}
                waiting.append((into[key], value, f"{here}."))
            else:
                into[key] = value


def origin(origins: Mapping[str, str], path: str, default: str) -> str:
    """The file that said what is at `path`, or the nearest key above it."""
    while path and path not in origins:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return origins.get(path, default)
