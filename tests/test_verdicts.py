import html.parser

from adamatlas import verdicts

ROW = {
    "id": "a.one.x",
    "paper": "a",
    "statement": "x < y & z",
    "criterion": "lies above 0",
    "measured": 0.123456,
    "interval": [0.1, 0.2],
    "n": 10,
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
    rows = [[cell.strip() for cell in parser.cells[k : k + 7]] for k in (0, 7)]
    expected = [
        "supported",
        "a.one.xx < y & zdiffers",
        "0.1235",
        "[0.1, 0.2]",
        "10",
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


def test_tally_and_empty_table():
    assert verdicts.tally([ROW, ROW]) == "2 supported, 0 refuted, 0 inconclusive"
    assert verdicts.text([]) == "no claims"
