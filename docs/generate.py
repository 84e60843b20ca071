"""Write the generated parts of README.md and of pages in docs/ from published results and measures, and
docs/config.md and the JSON schemas in workflow/schemas/ from the models of `config`.

    python -m docs.generate

Reads claims.json, bench.json and bench-gpu.json in results/reference, and claims.json in its folders
`reduced` and `paper` for what was run at these scales. A part stands between `<!-- name:start -->` and
`<!-- name:end -->`; a paper's page has one for each of its claim groups, `tang2025.table1`.
tests/test_docs.py fails if one is out of step.
"""

from __future__ import annotations

import ast
import json
import re
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adamatlas import declarations, registry
from adamatlas.claims import KINDS
from adamatlas.datasets.catalogue import EMBEDDED, SETS
from adamatlas.verdicts import by_kind, interval, number, tally, together
from docs.config_schema import paper_schema, schema
from docs.config_table import table

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "results" / "reference"
PAPERS = sorted(
    path.name for path in (registry.ROOT / "claims").iterdir() if (path / "__init__.py").is_file()
)
BAR = "\\|"


def headlines(rows: list[dict[str, Any]]) -> str:
    """How many verdicts of each kind a paper has, and what they are worth together."""
    lines = [f"| | {' | '.join(KINDS)} |", f"|---|{'---|' * len(KINDS)}"]
    for paper in dict.fromkeys(row["paper"] for row in rows):
        kinds = by_kind([row for row in rows if row["paper"] == paper])
        cells = (tally(kinds.get(kind, [])) or "-" for kind in KINDS)
        lines.append(f"| [{paper}](docs/{paper}.md) | {' | '.join(cells)} |")
    said = "; ".join(f"`{kind}`: {text}" for kind, text in KINDS.items())
    return "\n".join([*lines, "", f"{said}. {together(rows)}"])


def verdicts(rows: list[dict[str, Any]]) -> str:
    """A table for each kind of claim of each paper, and the seeds that inconclusive claims would need."""
    lines = [together(rows), ""]
    for paper in dict.fromkeys(row["paper"] for row in rows):
        for kind, shown in by_kind([row for row in rows if row["paper"] == paper]).items():
            lines += [f"**{paper}, {kind}** ({KINDS[kind]}): {tally(shown)}", ""]
            head = "| claim | measured | 95 % interval | n | p | paper | verdict |"
            lines += [head, "|---|---|---|---|---|---|---|", *map(_cells, shown), ""]
    open_ = [row for row in rows if row["verdict"] == "inconclusive" and row["n"]]
    if open_:
        said = "if further seeds were like those that are there"
        lines += [f"**Seeds that inconclusive claims would need**, {said}", ""]
        lines += ["| claim | seeds | needed |", "|---|---|---|"]
    lines += [f"| `{row['id']}` | {row['n']} | {row['seeds_needed'] or 'more than 1000'} |" for row in open_]
    scales = ", ".join(sorted({row["scale"] for row in rows}))
    return "\n".join([*lines, "", f"Scale `{scales}`; n: seeds, or all values that were checked."])


def of_paper(paper: str) -> Callable[[list[dict[str, Any]]], str]:
    """`verdicts` of one paper alone, of what has been run."""
    return lambda rows: verdicts([row for row in rows if row["paper"] == paper and row["n"]])


def group_of(row: dict[str, Any]) -> str:
    """The claim group of a row, `tang2025.table1`."""
    return ".".join(row["id"].split(".")[:2])


def rules(rows: list[dict[str, Any]]) -> str:
    """One claim group: what each claim says and by which rule, and beside it what came out."""
    if not rows:
        return "The published run has not judged these claims."
    head = "| claim | kind, rule | measured | 95 % interval | n | p | paper | verdict |"
    return "\n".join(
        ["", head, "|---|---|---|---|---|---|---|---|", *(_cells(row, rule=True) for row in rows), ""]
    )


def bench(report: dict[str, Any]) -> str:
    """The times and the checks of a benchmark run."""
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    lines = [
        f"{report['processor']}; {versions}; n = {report['repetitions']} interleaved repetitions.",
        "",
        "| time | median | least |",
        "|---|---|---|",
        *(
            f"| {row['name']} | {_time(row, statistics.median)} | {_time(row, min)} |"
            for row in report["times"]
        ),
        "",
        "| claim | measured | bound | |",
        "|---|---|---|---|",
        *(
            f"| {check['claim']} | {check['measured']:.2f} | {check['sense']} {check['bound']:g} "
            f"| {'met' if check['met'] else '**missed**'} |"
            for check in report["checks"]
        ),
    ]
    return "\n".join(lines)


def quantities() -> str:
    """What each measure delivers, as it declares it."""
    lines = []
    for measure in map(declarations.read, registry.names("measures")):
        text = ast.get_docstring(ast.parse(registry.path("measures", measure.name).read_text()))
        lines += [f"**`{measure.name}`** ({', '.join(measure.problems)}): {text.splitlines()[0]}", ""]
        lines += ["| name | over | meaning | units |", "|---|---|---|---|"]
        for name, quantity in measure.quantities.items():
            only = f" ({', '.join(quantity.problems)} only)" if quantity.problems else ""
            meaning = re.sub(r"([|*<])", r"\\\1", quantity.long_name) + only
            lines.append(f"| `{name}` | {', '.join(quantity.dims)} | {meaning} | {quantity.units} |")
        lines.append("")
    return "\n".join(lines).rstrip()


def own_dims() -> str:
    """The dims that measures add, with their coordinates."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for measure in map(declarations.read, registry.names("measures")):
        for dim, (values, long_name) in measure.coordinates.items():
            shown = ", ".join(f"`{value}`" for value in values) if values else "from 0"
            rows.setdefault((dim, shown, long_name), []).append(f"`{measure.name}`")
    lines = ["| name | values | meaning | of measure |", "|---|---|---|---|"]
    return "\n".join(
        [
            *lines,
            *(
                f"| `{dim}` | {values} | {text} | {', '.join(names)} |"
                for (dim, values, text), names in sorted(rows.items())
            ),
        ]
    )


def image_sets() -> str:
    """The image sets, from their catalogue."""
    lines = ["| `dataset` | what | images | pixels | classes | from |", "|---|---|---|---|---|---|"]
    for name, entry in SETS.items():
        fetched = f"`adamatlas fetch {name}`" if entry.mirrors else "a folder of your own"
        cells = (
            f"`{name}`",
            entry.title,
            " + ".join(f"{size:,}" for size in entry.sizes) or "of the folder",
            f"{'x'.join(map(str, entry.shape))}, to {entry.peak:g}" if entry.shape else "3 x `image_size`^2",
            str(entry.classes or "of the folder"),
            "the package" if name in EMBEDDED else fetched,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def checksums() -> str:
    """The checksums of the files of image sets that are known, and of what they are."""
    lines = ["| set | file | checksum |", "|---|---|---|"]
    for name, entry in SETS.items():
        lines += [f"| `{name}` | `{file}` | md5 `{md5}` |" for file, md5 in entry.md5.items()]
        lines += [f"| `{name}` | `{file}` | sha256 `{sha}` |" for file, sha in entry.sha256.items() if sha]
    return "\n".join(lines)


def filled(page: str, name: str, text: str) -> str:
    """`page` with the part `name` replaced by `text`. Raises ValueError if the page has no such part."""
    start, end = f"<!-- {name}:start -->\n", f"<!-- {name}:end -->"
    before, _, rest = page.partition(start)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"no part {name!r} in this page")
    return f"{before}{start}{text}\n{end}{after}"


def config_reference() -> dict[Path, str]:
    """The page and the JSON schemas that describe config.yaml and the files of papers."""
    schemas = {"config.schema.json": schema(), "paper.schema.json": paper_schema()}
    texts = {name: json.dumps(made, indent=2, ensure_ascii=False) + "\n" for name, made in schemas.items()}
    folder = ROOT / "workflow" / "schemas"
    return {ROOT / "docs" / "config.md": table()} | {folder / name: text for name, text in texts.items()}


def pages() -> dict[Path, str]:
    """Every page with generated parts, as it should be; parts without published results are left alone."""
    docs = ROOT / "docs"
    parts = [
        (ROOT / "README.md", "verdicts", "claims.json", headlines),
        (docs / "verdicts.md", "verdicts", "claims.json", verdicts),
        (docs / "speed.md", "bench", "bench.json", bench),
        (docs / "speed.md", "bench-gpu", "bench-gpu.json", bench),
        *(
            (docs / f"{paper}.md", scale, f"{scale}/claims.json", of_paper(paper))
            for paper in PAPERS
            for scale in ("reduced", "paper")
        ),
    ]
    found = {docs / "cube.md": filled((docs / "cube.md").read_text(), "dims", own_dims())}
    found[docs / "cube.md"] = filled(found[docs / "cube.md"], "quantities", quantities())
    page = docs / "datasets.md"
    found[page] = filled(filled(page.read_text(), "sets", image_sets()), "checksums", checksums())
    for page, name, source, make in parts:
        text = found.get(page) or page.read_text()
        if (REFERENCE / source).is_file() and f"<!-- {name}:start -->" in text:
            found[page] = filled(text, name, make(json.loads((REFERENCE / source).read_text())))
    published = json.loads((REFERENCE / "claims.json").read_text())
    for paper in PAPERS:
        page = docs / f"{paper}.md"
        text = found.get(page) or page.read_text()
        rows = [row for row in published if row["paper"] == paper]
        for group in {*re.findall(r"<!-- (\w+\.\w+):start -->", text), *map(group_of, rows)}:
            text = filled(text, group, rules([row for row in rows if group_of(row) == group]))
        found[page] = text
    return found


def _cells(row: dict[str, Any], rule: bool = False) -> str:
    cells = (
        f"{row['statement']} <br>`{row['id']}`",
        *([f"{row['kind']}; {row['quantity']}: {row['criterion']}"] if rule else []),
        number(row["measured"]),
        interval(row),
        str(row["n"]),
        number(row["p"]),
        number(row["paper_value"]),
        row["verdict"],
    )
    return f"| {' | '.join(cell.replace('|', BAR) for cell in cells)} |"


def _time(row: dict[str, Any], summary: Callable) -> str:
    seconds = summary(row["seconds"])
    us = seconds * 1e6
    short = {"step": "us a step", "image": "us an image"}.get(row["unit"])
    return f"{us:.{2 if us < 10 else 1}f} {short}" if short else f"{seconds:.3f} s"


if __name__ == "__main__":
    for path, text in {**pages(), **config_reference()}.items():
        path.write_text(text)
        print(f"wrote {path.relative_to(ROOT)}")
