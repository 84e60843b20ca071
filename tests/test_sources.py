"""What a source file says is kept under the hash of its text, and read again from there."""

from __future__ import annotations

import pytest

from adamatlas import registry, sources
from adamatlas.errors import UserError

TEXT = """
'''A module.'''
import numpy, os.path
from ..lanes import order  # a comment

LIMITS = (1, 2)
a, b = 1, 2

def f():
    '''A function.'''
    from adamatlas import units
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache."""
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr(sources, "_folder", lambda: kept)
    return kept


def read(path, text):
    path.write_text(text)
    sources.read.cache_clear()
    return sources.read(path)


def test_imports_and_values_of_a_file(folder, tmp_path):
    said = read(tmp_path / "a.py", TEXT)
    assert sorted(said.imports) == [
        (0, "adamatlas", ("units",)),
        (0, "numpy", ()),
        (0, "os.path", ()),
        (2, "lanes", ("order",)),
    ]
    assert said.values == {"LIMITS": "(1, 2)"}


def test_comments_and_docstrings_are_not_code(folder, tmp_path):
    said = read(tmp_path / "a.py", TEXT)
    spoken = TEXT.replace("# a comment", "").replace("A function", "Something else")
    assert read(tmp_path / "b.py", spoken).code == said.code
    assert read(tmp_path / "b.py", TEXT.replace("(1, 2)", "(1, 3)")).code != said.code


@pytest.mark.parametrize("damage", [None, "", "{", "[]", '{"code": 1}'])
def test_a_file_is_parsed_once_and_again_if_the_cache_is_damaged(folder, tmp_path, monkeypatch, damage):
    said = read(tmp_path / "a.py", TEXT)
    (kept,) = folder.iterdir()
    if damage is None:
        monkeypatch.setattr(sources, "_parse", None)
    else:
        kept.write_text(damage)
    assert read(tmp_path / "b.py", TEXT) == said


def test_without_a_cache_files_are_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "_folder", lambda: None)
    assert read(tmp_path / "a.py", TEXT).values == {"LIMITS": "(1, 2)"}


def test_a_cache_that_cannot_be_written_does_no_harm(folder, tmp_path):
    folder.rmdir()
    folder.write_text("")
    assert read(tmp_path / "a.py", TEXT).values == {"LIMITS": "(1, 2)"}


@pytest.mark.parametrize(("text", "why"), [("a =", "line 1"), ("a\0", "null bytes")])
def test_what_is_not_python_is_one_line(folder, tmp_path, text, why):
    with pytest.raises(UserError, match=rf"a\.py: not valid Python \(.*{why}"):
        read(tmp_path / "a.py", text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A = (1, 2)", (1, 2)),
        ("A = 1\ndef f():\n    from adamatlas.engines.torch_images import A", 1),
        ("from adamatlas.engines.fused import DEVICES as B", None),
        ("from numpy import A", None),
        ("", None),
    ],
)
def test_a_literal_is_the_file_s_own_or_another_module_s_of_adamatlas(folder, tmp_path, text, value):
    path = tmp_path / "a.py"
    path.write_text(text)
    sources.read.cache_clear()
    assert registry.literal(path, "A") == value
