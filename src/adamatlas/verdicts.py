"""The verdicts on all papers' claims as one table: JSON, HTML for the report, text for the terminal."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from adamatlas.claims import ABOUT_PAPERS, KINDS, VERDICTS
from adamatlas.units import aligned

Row = Mapping[str, Any]
COLUMNS = ("verdict", "claim", "measured", "interval", "n", "p", "paper_value", "criterion")
LEVEL = 0.05
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; color: #1b1b1b; background: #fff; }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem; border-bottom: 1px solid #ddd; }
th { border-bottom: 2px solid #555; } td.number { white-space: nowrap; }
.supported { color: #00618f; } .refuted { color: #b04a00; } .inconclusive, .outside { color: #666; }
.verdict { font-weight: 600; white-space: nowrap; } .claim { min-width: 22rem; }
.id { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
.note { color: #555; }
"""


def join(papers: Iterable[Sequence[Row]]) -> list[Row]:
    """All verdicts, ordered by paper and, within one, as its modules give them."""
    return [row for rows in sorted(papers, key=lambda rows: rows[0]["paper"] if rows else "") for row in rows]


def tally(rows: Sequence[Row]) -> str:
    """`3 supported, 1 refuted`, without what there is none of."""
    counts = Counter(row["verdict"] for row in rows)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])


def by_kind(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each kind that there is, in the order of KINDS."""
    found = {kind: [row for row in rows if row["kind"] == kind] for kind in KINDS}
    return {kind: of_kind for kind, of_kind in found.items() if of_kind}


def together(rows: Sequence[Row]) -> str:
    """What the verdicts about papers are worth as a set: how many may be wrong by chance, which stand."""
    decided = [
        row for row in rows if row["kind"] in ABOUT_PAPERS and row["verdict"] in ("supported", "refuted")
    ]
    stands = sum(row["survives"] for row in decided)
    return (
        f"{len(decided)} claims about papers are decided. Each rule errs with a probability of at most "
        f"{LEVEL:.0%}: up to {LEVEL * len(decided):.1f} of them may be wrong by chance. {stands} stand also "
        f"together with all others of their paper (Holm, {LEVEL:.0%})."
    )


def text(rows: Sequence[Row], width: int = 100) -> str:
    """The table for a terminal of `width` characters: a line for each claim, with its statement below."""
    if not rows:
        return "no claims"
    cells = [
        (row["verdict"], row["kind"], row["id"], number(row["measured"]), interval(row), f"n={row['n']}")
        for row in rows
    ]
    lines = []
    for row, line in zip(rows, aligned(cells), strict=True):
        statement = textwrap.wrap(row["statement"], max(40, width - 4) - 4)
        lines += [line, *(f"    {part}" for part in statement)]
    kinds = [f"{kind}: {tally(of_kind)}" for kind, of_kind in by_kind(rows).items()]
    return "\n".join([*lines, "", *kinds])


def html(rows: Sequence[Row]) -> str:
    """A page that loads no other file: one table for each paper."""
    papers = list(dict.fromkeys(row["paper"] for row in rows))
    tables = "\n".join(_paper(paper, [row for row in rows if row["paper"] == paper]) for paper in papers)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Verdicts</title>\n'
        f'<link rel="icon" href="data:,">\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>Verdicts</h1>\n'
        f"<p>Each verdict is computed from its criterion, none is set by hand. {together(rows)}</p>\n"
        f"{tables}\n</body>\n</html>\n"
    )


def number(value: Any) -> str:
    """A number with four digits, a text as it is, a dash for nothing."""
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


def interval(row: Row) -> str:
    """`[low, high]`, or a dash where the claim has none."""
    ends = row["interval"]
    return "-" if ends is None else f"[{', '.join(map(number, ends))}]"


def _paper(paper: str, rows: Sequence[Row]) -> str:
    tables = "\n".join(_table(kind, of_kind) for kind, of_kind in by_kind(rows).items())
    return f"<h2>{escape(paper)}</h2>\n{tables}"


def _table(kind: str, rows: Sequence[Row]) -> str:
    head = "".join(f"<th>{column.replace('_', ' ')}</th>" for column in COLUMNS)
    body = "\n".join(f"<tr>{''.join(_cell(row, column) for column in COLUMNS)}</tr>" for row in rows)
    return (
        f"<h3>{kind}: {KINDS[kind]}</h3>\n<p>{tally(rows)}</p>\n"
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    )


def _cell(row: Row, column: str) -> str:
    if column == "verdict":
        return f'<td class="verdict {escape(row["verdict"])}">{escape(row["verdict"])}</td>'
    if column == "claim":
        remarks = (row["source"], row["note"], conditions(row), needed(row))
        notes = "".join(f'<br><span class="note">{escape(text)}</span>' for text in remarks if text)
        return (
            f'<td class="claim"><span class="id">{escape(row["id"])}</span><br>'
            f"{escape(row['statement'])}{notes}</td>"
        )
    shown = interval(row) if column == "interval" else number(row.get(column))
    style = "text" if column in ("paper_value", "criterion") else "number"
    return f'<td class="{style}">{escape(shown)}</td>'


def conditions(row: Row) -> str:
    """The conditions of a theorem with their values in the study."""
    said = (
        f"{one['needs']}: {one['value']}{'' if one['holds'] else ' (fails)'}" for one in row["conditions"]
    )
    return f"Conditions: {'; '.join(said)}." if row["conditions"] else ""


def needed(row: Row) -> str:
    """How many seeds would decide an inconclusive claim."""
    if row["verdict"] != "inconclusive" or not row["n"]:
        return ""
    count = row["seeds_needed"]
    return (
        f"About {count} seeds like these would decide it."
        if count
        else "1000 seeds like these would not decide it."
    )
