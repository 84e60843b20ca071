"""The user's own temporary folder and cache: never one that others could have prepared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adamatlas import folders


@pytest.fixture
def named(tmp_path, monkeypatch) -> Path:
    """The folder's usual name, in an empty temporary folder."""
    monkeypatch.setattr(folders.tempfile, "tempdir", str(tmp_path))
    folders.temporary.cache_clear()
    yield tmp_path / f"adamatlas-{os.getuid()}"
    folders.temporary.cache_clear()


def test_it_is_made_private_and_used_again(named):
    assert folders.temporary() == named
    assert named.stat().st_mode & 0o777 == 0o700
    folders.temporary.cache_clear()
    assert folders.temporary() == named


@pytest.mark.parametrize("kind", ["open to others", "a link", "a file"])
def test_what_others_could_have_prepared_is_not_used(named, tmp_path, kind):
    if kind == "a link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        named.symlink_to(tmp_path / "elsewhere")
    elif kind == "a file":
        named.write_text("")
    else:
        named.mkdir()
        named.chmod(0o777)
    fresh = folders.temporary()
    assert fresh != named
    assert fresh.parent == tmp_path
    assert folders.is_private(fresh)


def test_what_belongs_to_another_user_is_not_used(named, monkeypatch):
    named.mkdir(mode=0o700)
    monkeypatch.setattr(folders.os, "getuid", lambda: named.stat().st_uid + 1)
    assert not folders.is_private(named)


def test_the_cache_is_a_folder_that_nobody_else_can_write_to(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    usual = tmp_path / "adamatlas" / "numba" / "0"
    assert folders.cache("numba", "0") == usual
    assert usual.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(folders, "temporary", lambda: tmp_path / "own")
    usual.chmod(0o777)
    assert folders.cache("numba", "0") == tmp_path / "own" / "adamatlas" / "numba" / "0"


def test_without_a_home_the_cache_is_in_the_temporary_folder(monkeypatch, tmp_path):
    def nobody(path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", nobody)
    monkeypatch.setattr(folders, "temporary", lambda: tmp_path)
    assert folders.cache("numba") == tmp_path / "adamatlas" / "numba"


def test_without_any_folder_nothing_is_kept(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(folders, "temporary", lambda: tmp_path / "file")
    assert folders.cache("numba") is None
