"""A tiny project, copied from the repository with everything it needs, on which Snakemake really runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TINY = Path(__file__).parent / "tiny"
HOME_OF = {
    "curve.py": "src/adamatlas/figures/tiny/curve.py",
    "level.py": "src/adamatlas/claims/tiny/level.py",
    "curve.rst": "workflow/report/tiny/curve.rst",
    "config.yaml": "config.yaml",
}


@dataclass(frozen=True)
class Project:
    """A copy of the workflow and the package, with the tiny config, figure and claim."""

    path: Path

    def run(self, *command: str, expect: int = 0, **environment: str) -> str:
        """Run `python -m COMMAND` here with the copied package; returns its output, both streams."""
        answer = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.path,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        assert answer.returncode == expect, (
            f"{command} gave {answer.returncode}, not {expect}:\n{answer.stdout}"
        )
        return answer.stdout

    def environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.path / "src"), "PYTHONDONTWRITEBYTECODE": "1", **more}

    def snakemake(self, *arguments: str, expect: int = 0) -> str:
        return self.run("snakemake", *arguments, expect=expect)

    def adamatlas(self, *arguments: str, expect: int = 0, **environment: str) -> str:
        return self.run("adamatlas", *arguments, expect=expect, **environment)

    def jobs(self, *arguments: str) -> dict[str, int]:
        """Jobs per rule of a dry run."""
        output = self.snakemake("-n", *arguments)
        table = re.search(r"^Job stats:\n(.*?)\n\n", output, re.MULTILINE | re.DOTALL)
        if table is None:
            assert "Nothing to be done" in output
            return {}
        rows = (row.split() for row in table.group(1).splitlines()[2:])
        return {name: int(count) for name, count in rows if name != "total"}

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace the first `old` in a file."""
        file = self.path / name
        text = file.read_text()
        assert old in text, f"{name} holds no {old!r}"
        file.write_text(text.replace(old, new, 1))

    def copy(self, target: Path) -> Project:
        """A copy with the same modification times."""
        shutil.copytree(self.path, target, symlinks=True)
        return Project(target)

    def files(self, pattern: str) -> list[Path]:
        return sorted((self.path / "results").rglob(pattern))


@pytest.fixture(scope="session")
def blank(tmp_path_factory) -> Project:
    """A project where nothing has run."""
    target = tmp_path_factory.mktemp("blank") / "project"
    target.mkdir()
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for folder in ("src", "workflow", "profiles"):
        shutil.copytree(ROOT / folder, target / folder, ignore=ignore)
    shutil.copy(ROOT / "Snakefile", target)
    for name, home in HOME_OF.items():
        (target / home).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TINY / name, target / home)
    return Project(target)


@pytest.fixture(scope="session")
def finished(blank, tmp_path_factory) -> Project:
    """The project after one run."""
    project = blank.copy(tmp_path_factory.mktemp("finished") / "project")
    project.snakemake("--cores", "2")
    return project


@pytest.fixture
def project(finished, tmp_path) -> Project:
    """A copy of the finished project to change."""
    return finished.copy(tmp_path / "project")


@pytest.fixture
def fresh(blank, tmp_path) -> Project:
    """A copy of the project where nothing has run."""
    return blank.copy(tmp_path / "project")
