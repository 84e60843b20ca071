"""Fetching image sets from a server on this machine: resumed, refused, and what is left behind."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import images
import pytest

from adamatlas import cli
from adamatlas.datasets import fetch, local
from adamatlas.datasets.catalogue import SETS
from adamatlas.errors import UserError

ARCHIVE = "cifar-10-binary.tar.gz"


class Mirror(ThreadingHTTPServer):
    """Answers with `contents`; stops after `stop` bytes if that is given, and knows ranges if `ranges`."""

    contents: dict[str, bytes]
    ranges = True
    stop: int | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.contents, self.asked = {}, []
        self.address = f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        server.asked.append(self.headers.get("Range"))
        if self.path[1:] not in server.contents:
            return self.send_error(404)
        whole = server.contents[self.path[1:]]
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(asked[1]) if asked and server.ranges else 0
        if first and first >= len(whole):
            return self.send_error(416)
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(whole) - 1}/{len(whole)}")
        self.send_header("Content-Length", str(len(whole) - first))
        self.end_headers()
        self.wfile.write(whole[first : server.stop])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with Mirror() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(local.VARIABLE, str(tmp_path / "sets"))
    return tmp_path / "sets"


@pytest.fixture
def archive(mirror: Mirror, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A small CIFAR-10 that is the official one, for as long as the test runs."""
    files = images.cifar_files("cifar10")
    raw = images.write_cifar(tmp_path / "made", "cifar10", files).read_bytes()
    entry = replace(
        SETS["cifar10"],
        md5={ARCHIVE: hashlib.md5(raw).hexdigest()},
        sha256={file: hashlib.sha256(one).hexdigest() for file, one in files.items()},
        mirrors=("http://127.0.0.1:1/", mirror.address),
    )
    monkeypatch.setitem(SETS, "cifar10", entry)
    mirror.contents[ARCHIVE] = raw
    return raw


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_a_set_is_fetched_from_the_first_mirror_that_has_it_and_then_left_alone(folder, archive, mirror):
    (path,) = fetch.fetch("cifar10")
    assert path == folder / "cifar10" / ARCHIVE
    assert path.read_bytes() == archive
    assert left(folder) == [ARCHIVE]
    assert local.load({"dataset": "cifar10"}).contents == "official"
    assert fetch.fetch("cifar10") == []
    assert mirror.asked == [None]


@pytest.mark.parametrize("ranges", [True, False])
def test_what_has_arrived_is_not_fetched_again_where_the_mirror_knows_ranges(folder, archive, mirror, ranges):
    mirror.stop = 1000
    with pytest.raises(
        UserError, match=f"ended after 1,000 of {len(archive):,} bytes; run it again to go on"
    ):
        fetch.fetch("cifar10")
    assert left(folder) == [f"{ARCHIVE}.part"]
    mirror.stop, mirror.ranges = None, ranges
    (path,) = fetch.fetch("cifar10")
    assert path.read_bytes() == archive
    assert mirror.asked == [None, "bytes=1000-"]
    assert left(folder) == [ARCHIVE]


@pytest.mark.parametrize("wrong", [b"x" * 1000, b"x" * 100_000_0])
def test_a_beginning_of_another_file_is_thrown_away(folder, archive, mirror, wrong):
    (folder / "cifar10").mkdir(parents=True)
    (folder / "cifar10" / f"{ARCHIVE}.part").write_bytes(wrong)
    (path,) = fetch.fetch("cifar10")
    assert path.read_bytes() == archive
    assert mirror.asked == [f"bytes={len(wrong)}-", None]


def test_a_complete_part_only_gets_its_name(folder, archive, mirror):
    (folder / "cifar10").mkdir(parents=True)
    (folder / "cifar10" / f"{ARCHIVE}.part").write_bytes(archive)
    (path,) = fetch.fetch("cifar10")
    assert path.read_bytes() == archive
    assert mirror.asked == [f"bytes={len(archive)}-"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"another file", "other contents than the official file"),
     (b"<!DOCTYPE html><p>moved", "an HTML page instead of the file"), (None, "Not Found")],
)  # fmt: skip
def test_other_contents_are_refused_with_every_mirror_named(folder, archive, mirror, raw, text):
    if raw is None:
        mirror.contents.clear()
    else:
        mirror.contents[ARCHIVE] = raw
    with pytest.raises(UserError) as error:
        fetch.fetch("cifar10")
    assert re.search(rf"127.0.0.1:1/: .*refused.*; {mirror.address}: {text}", str(error.value))
    assert f"put it into {folder / 'cifar10'} by hand" in str(error.value)
    assert "\n" not in str(error.value)
    assert left(folder) == []


def test_two_fetches_do_not_write_one_file(folder, archive):
    (folder / "cifar10").mkdir(parents=True)
    partial = folder / "cifar10" / f"{ARCHIVE}.part"
    with open(partial, "ab") as stream:
        fetch._lock(stream, partial)
        with pytest.raises(UserError, match="another process is fetching it"):
            fetch.fetch("cifar10")


def test_files_that_are_there_in_any_form_are_left_alone(folder, mirror, monkeypatch):
    images.write_mnist(folder)
    gone = folder / "mnist" / "train-labels-idx1-ubyte.gz"
    raw = gone.read_bytes()
    gone.unlink()
    plain = folder / "mnist" / "train-images-idx3-ubyte.gz"
    plain.rename(plain.with_suffix(""))
    mirror.contents[gone.name] = raw
    md5 = SETS["mnist"].md5 | {gone.name: hashlib.md5(raw).hexdigest()}
    monkeypatch.setitem(SETS, "mnist", replace(SETS["mnist"], mirrors=(mirror.address,), md5=md5))
    assert fetch.fetch("mnist") == [gone]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("digits", "comes with adamatlas"),
        ("imagefolder", "is a folder of your own"),
        ("cifar", "no image set 'cifar'; did you mean"),
    ],
)
def test_there_is_nothing_to_fetch(name, text):
    with pytest.raises(UserError, match=text):
        fetch.fetch(name)


def test_the_command_fetches_into_the_data_dir_of_the_config(tmp_path, folder, archive, monkeypatch, capsys):
    (tmp_path / "over.yaml").write_text(f"data_dir: {tmp_path / 'mine'}\n")
    assert cli.main(["fetch", "cifar10", "--configfile", str(tmp_path / "over.yaml")]) == 0
    assert left(tmp_path / "mine") == [ARCHIVE]
    assert "1 files" in capsys.readouterr().out
    assert os.environ[local.VARIABLE] == str(tmp_path / "mine")
