"""The papers' pages list the claims as the code judges them."""

import importlib
from pathlib import Path

import pytest
from helpers import SPECS, study_cube

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("study", SPECS)
def test_the_page_of_the_paper_has_every_claim(study):
    paper, name = study.split(".")
    lines = (DOCS / f"{paper}.md").read_text().splitlines()
    rows = [[cell.strip(" `") for cell in line.strip("| ").split(" | ")] for line in lines if "| `" in line]
    for claim in importlib.import_module(f"adamatlas.claims.{paper}.{name}").judge(study_cube(study)):
        assert [claim.id, claim.statement, claim.quantity, claim.criterion] in rows
