import html.parser

from adamatlas import verdicts

ROW = {
    "id": "a.one.x",
    "paper": "a",
    "kind": "reported",
    "source": "Sec. 2",
    "statement": "x < y & z",
    "criterion": "lies above 0",
    "measured": 0.123456,
    "interval": [0.1, 0.2],
    "n": 10,
    "p": 0.001,
    "survives": True,
    "seeds_needed": None,
    "conditions": [],
    "verdict": "supported",
    "paper_value": 0.5,
    "note": "differs",
}


class Cells(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.cells, self.links, self.inside = [], [], False

    def handle_starttag(self, tag, attrs):
        if tag == "td":
            self.inside = True
            self.cells.append("")
        self.links += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "td"

    def handle_data(self, data):
        if self.inside:
            self.cells[-1] += data


def test_html_holds_every_row_escaped_and_loads_nothing():
    parser = Cells()
    parser.feed(
        verdicts.html([ROW, {**ROW, "paper": "b", "verdict": "refuted", "interval": None, "note": ""}])
    )
    rows = [[cell.strip() for cell in parser.cells[k : k + 8]] for k in (0, 8)]
    expected = [
        "supported",
        "a.one.xx < y & zSec. 2differs",
        "0.1235",
        "[0.1, 0.2]",
        "10",
        "0.001",
        "0.5",
        "lies above 0",
    ]
    assert rows[0] == expected
    assert rows[1][0] == "refuted"
    assert rows[1][3] == "-"
    assert parser.links == ["data:,"]


def test_join_orders_papers_and_keeps_the_order_within():
    second, first = [{**ROW, "paper": "b", "id": "2"}, {**ROW, "paper": "b", "id": "1"}], [ROW]
    assert [row["id"] for row in verdicts.join([second, [], first])] == ["a.one.x", "2", "1"]


def test_kinds_are_counted_apart():
    rows = [
        ROW,
        {**ROW, "verdict": "refuted", "kind": "extension"},
        {**ROW, "verdict": "outside", "kind": "theory"},
    ]
    assert verdicts.tally(rows) == "1 supported, 1 refuted, 1 outside"
    assert list(verdicts.by_kind(rows)) == ["reported", "theory", "extension"]
    assert verdicts.text(rows).splitlines()[-3:] == [
        "reported: 1 supported",
        "theory: 1 outside",
        "extension: 1 refuted",
    ]
    assert verdicts.text([]) == "no claims"


def test_what_the_verdicts_are_worth_together():
    rows = [ROW] * 30 + [{**ROW, "survives": False}] * 10 + [{**ROW, "kind": "check"}] * 5
    assert verdicts.together(rows).startswith("40 claims about papers are decided.")
    assert "up to 2.0 of them" in verdicts.together(rows)
    assert "30 stand" in verdicts.together(rows)


def test_conditions_and_seeds_of_a_row():
    condition = {"needs": "s < 1", "value": "100", "holds": False}
    assert verdicts.conditions({**ROW, "conditions": [condition]}) == "Conditions: s < 1: 100 (fails)."
    open_ = {**ROW, "verdict": "inconclusive", "seeds_needed": 12}
    assert verdicts.needed(open_) == "About 12 seeds like these would decide it."
    assert verdicts.needed({**open_, "seeds_needed": None}).startswith("1000 seeds")
    assert verdicts.needed(ROW) == ""
