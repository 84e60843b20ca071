"""The documentation: its links resolve, its snippets run, its worked examples work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from helpers import CLAIMS

from docs import generate

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
GUIDES = sorted((ROOT / "docs").glob("add-*.md"))
FENCED = re.compile(r"(?:<!-- (?P<order>[^\n]*) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
PARTS = ("src", "workflow", "profiles", "Snakefile", "config.yaml", "config", "pyproject.toml")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page. `order`, from the comment above it, says what a test does with it:
    `file: PATH` (write it there), `insert: PATH after: START` (below the line that starts so), `run`."""

    order: str
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [
        Block(found["order"] or "", found["language"], found["text"])
        for found in FENCED.finditer(page.read_text())
    ]


def anchors(page: Path) -> set[str]:
    """The fragment names of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def follow(block: Block, copy: Path) -> None:
    """Do what the block's order says, in a copy of the repository."""
    kind, _, rest = block.order.partition(":")
    if kind == "run":
        run(block.text, copy)
    elif kind == "file":
        path = copy / rest.strip()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)
    elif kind == "insert":
        name, start = rest.split(" after: ")
        path = copy / name.strip()
        lines = path.read_text().splitlines(keepends=True)
        place = next(number for number, line in enumerate(lines) if line.startswith(start))
        path.write_text("".join([*lines[: place + 1], block.text, *lines[place + 1 :]]))
    else:
        assert not block.order, f"unknown order {block.order!r}"


def run(script: str, copy: Path) -> None:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(copy / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        ["bash", "-euc", script], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository without its outputs."""
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
            )
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    text = FENCED.sub("", page.read_text())
    broken = []
    for target in (found["target"] for found in LINK.finditer(text)):
        if target.startswith(("http://", "https://")):
            continue
        name, _, fragment = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (fragment and fragment not in anchors(path)):
            broken.append(target)
    assert not broken


def test_every_proof_of_an_erratum_has_its_test() -> None:
    page = (ROOT / "docs" / "errata.md").read_text()
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    proved = [erratum for erratum in page.split("\n**") if "*Proof.*" in erratum]
    assert proved
    assert not [erratum for erratum in proved if "*Test:*" not in erratum]
    assert not [name for name in re.findall(r"\btest_\w+(?=`)", page) if f"def {name}(" not in tests]


def test_index_lists_every_page() -> None:
    linked = set(LINK.findall((ROOT / "docs" / "index.md").read_text()))
    assert {page.name for page in PAGES if page.parent.name == "docs"} - {"index.md"} <= linked


@pytest.mark.slow
@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_worked_example_works(guide: Path, copy: Path) -> None:
    orders = [block for block in blocks(guide) if block.order]
    assert any(block.order == "run" for block in orders), "a guide without an example"
    for block in orders:
        follow(block, copy)


def test_readme_reads_a_published_cube(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    snippets = [
        block.text
        for block in blocks(ROOT / "README.md")
        if block.language == "python" and block.text.startswith("import")
    ]
    assert len(snippets) == 1
    monkeypatch.chdir(ROOT)
    exec(compile(snippets[0], "README.md", "exec"), {})
    assert "batch_size" in capsys.readouterr().out


def test_readme_preset_is_the_one_of_the_guide() -> None:
    inserted = [block for block in blocks(ROOT / "docs" / "add-an-optimizer.md") if "insert" in block.order]
    assert [block.text for block in inserted] == [
        block.text for block in blocks(ROOT / "README.md") if block.text.lstrip().startswith('"')
    ]


def test_readme_commands_are_make_targets() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    named = {
        name for page in PAGES for name in re.findall(r"(?:`|^    )make ([a-z]+)", page.read_text(), re.M)
    }
    assert {"run", "test"} <= named <= targets


def test_rulegraph_has_the_rules_of_the_workflow() -> None:
    rules = set()
    for path in (ROOT / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")):
        rules |= set(re.findall(r"^rule (\w+):", path.read_text(), re.M))
    drawn = ElementTree.parse(ROOT / "docs" / "images" / "rulegraph.svg")
    texts = {element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert texts == rules


def test_dependencies_each_have_a_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    wanted = {re.match(r"[\w-]+", entry)[0] for group in groups for entry in group}
    listed = set(re.findall(r"^\| `([\w-]+)` \|", (ROOT / "docs" / "dependencies.md").read_text(), re.M))
    assert listed == wanted
    pinned = set(re.findall(r"^([\w-]+)==", (ROOT / "constraints.txt").read_text(), re.M))
    assert wanted <= pinned


@pytest.mark.parametrize("group", CLAIMS)
def test_every_claim_group_has_its_table(group: str) -> None:
    page = ROOT / "docs" / f"{group.split('.')[0]}.md"
    assert f"<!-- {group}:start -->" in page.read_text(), (
        f"put <!-- {group}:start --> and :end into {page.name}"
    )


def test_generated_parts_are_those_of_the_published_results() -> None:
    assert (ROOT / "results" / "reference" / "claims.json").is_file()
    assert (ROOT / "results" / "reference" / "bench.json").is_file()
    stale = [page.name for page, text in generate.pages().items() if page.read_text() != text]
    assert not stale, "run: make docs"
