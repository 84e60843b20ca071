"""Files of a configuration: read strictly, laid over each other, each key with the file that said it."""

from __future__ import annotations

import json

import pytest
import yaml

from adamatlas.config import assemble, read
from adamatlas.config.files import origin
from adamatlas.errors import UserError

GOOD = """
papers: {a: {settings: {problem: patch_cnn, n_train: 12, d: 20, s: 5, lr: 5e-5, epochs: 10}}}
studies: {a.one: {measures: [errors]}}
"""


def write(folder, text, name="config.yaml"):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / name


def refused(file) -> str:
    with pytest.raises(UserError) as caught:
        assemble([file])
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{file}: ")
    return line


TWICE = {
    "a study": (
        "studies:\n  a.one: {seeds: 1}\n  a.one: {seeds: 2}\n",
        "line 3: the key 'a.one' is given again",
    ),
    "a setting": (
        "papers:\n  a:\n    d: 40\n    e: 1\n    d: 50\n",
        "line 5: the key 'd' .* (first in line 3)",
    ),
    "an axis in one line": (
        "grid: [{weight_decay: [1], b: 2, weight_decay: 3}]",
        "line 1: the key 'weight_decay'",
    ),
    "in JSON": ('{"scale": "smoke", "scale": "paper"}', "the key 'scale' is given twice"),
    "in YAML that looks like JSON": ("{a: 1, a: 2}", "is given"),
}


@pytest.mark.parametrize("text", TWICE)
def test_a_key_that_is_given_twice_is_an_error(tmp_path, text):
    source, said = TWICE[text]
    line = refused(write(tmp_path, source))
    for part in said.split(" .* "):
        assert part in line


def test_a_merge_key_stays_what_it_is(tmp_path):
    text = "base: &base {d: 1, n_train: 2}\nown: {<<: *base, d: 3}\n"
    assert assemble([write(tmp_path, text)]).values["own"] == {"d": 3, "n_train": 2}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("010", 10),
        ("0100", 100),
        ("1:30", "1:30"),
        ("1e-5", 1e-5),
        ("-.5", -0.5),
        (".inf", float("inf")),
        ("2024-13-45", "2024-13-45"),
        ("1_000", "1_000"),
        ("\u0661\u0662", "\u0661\u0662"),
        ("~", None),
        ("on", True),
    ],
)
def test_scalars_are_read_as_people_read_them(tmp_path, text, meant):
    assert assemble([write(tmp_path, f"a: {text}\n")]).values["a"] == meant


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{k}: &a{k} [{', '.join(9 * [f'*a{k - 1}'])}]\n" for k in range(1, 9))
UNREADABLE = {
    "Latin-1": ("title: caf\xe9\n".encode("latin-1"), "byte 11 is not UTF-8"),
    "UTF-16": ("title: a\n".encode("utf-16"), "is not UTF-8"),
    "no YAML": ("a: [1, 2", "not valid YAML"),
    "no JSON either": ('{"a": [1, 2', "not valid YAML"),
    "a list": ("[1]", "found [1]; must be a mapping"),
    "empty": ("", "found null; must be a mapping"),
    "a tag that does not fit": ("a: !!int abc", "a value that cannot be read"),
    "a Python object": ("a: !!python/object/apply:os.system [ls]", "not valid YAML"),
    "deep": ("a: " + "[" * 20_000 + "]" * 20_000, "nested too deeply"),
    "deep JSON": ('{"a": ' + "[" * 200_000, "nested too deeply"),
    "an anchor in itself": ("a: &a [*a]", "an anchor contains itself"),
    "a bomb of aliases": (BOMB, "more than 200,000 keys and values"),
    "a surrogate": ('{"a": "\\ud800"}', "surrogates or NUL"),
    "NUL": ('a: "x\\0y"', "surrogates or NUL"),
    "a mapping as a key": ("{[1, 2]: 3}", "a key must be text"),
    "too many digits": ("a: " + "9" * 5000, "a value that cannot be read"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path, kind):
    text, said = UNREADABLE[kind]
    assert said in refused(write(tmp_path, text))


def test_json_indented_with_tabs_and_a_byte_order_mark(tmp_path):
    text = json.dumps({"scale": "smoke"}, indent="\t")
    assert assemble([write(tmp_path, text, "over.json")]).values == {"scale": "smoke"}
    assert assemble([write(tmp_path, b"\xef\xbb\xbfscale: smoke\n")]).values == {"scale": "smoke"}


def test_files_are_laid_over_each_other_as_snakemake_does(tmp_path):
    from snakemake.utils import update_config

    base = {"a": {"b": 1, "c": [1, 2], "d": {"e": 1}}, "f": {"g": 1}, "h": None, "i": 1}
    over = {"a": {"c": [3], "d": {"x": 2}}, "f": 2, "h": {"j": 3}, "i": {"k": 4}}
    files = [write(tmp_path, json.dumps(base), "base.json"), write(tmp_path, json.dumps(over), "over.json")]
    tree = assemble(files, {"scale": "smoke"})
    update_config(base, over)
    assert tree.values == {**base, "scale": "smoke"}
    assert origin(tree.origins, "a.b", "") == str(files[0])
    assert origin(tree.origins, "a.c[0]", "") == str(files[1])
    assert origin(tree.origins, "a.d.x.y[3].z", "") == str(files[1])
    assert origin(tree.origins, "scale", "") == "--config"
    assert origin(tree.origins, "nothing", "config.yaml") == "config.yaml"


PART = """
title: A
settings: {problem: patch_cnn, n_train: 12, d: 20, s: 5, lr: 0.1, epochs: 10}
studies: {a.one: {measures: [errors]}, a.two: {measures: [errors]}}
"""


def parted(folder, top="papers: {a: config/a.yaml}", **files):
    """A config in parts: config.yaml, and a file for each paper."""
    (folder / "config").mkdir(exist_ok=True)
    for name, text in {"a": PART, **files}.items():
        write(folder / "config", text, f"{name}.yaml")
    return write(folder, top)


def test_a_config_in_parts_is_the_same_as_in_one_file(tmp_path):
    config = parted(tmp_path)
    part = yaml.safe_load(PART)
    whole = {"studies": part.pop("studies"), "papers": {"a": part}}
    tree = assemble([config])
    assert tree.values == whole
    assert origin(tree.origins, "studies.a.one.grid[0]", "") == str(tmp_path / "config/a.yaml")
    over = write(tmp_path, "papers: {a: {settings: {q: 4}}}\nstudies: {a.two: {seeds: 3}}\n", "over.yaml")
    atlas = read(config, [over])
    assert {block.train_spec["settings"]["q"] for block in first_blocks(atlas)} == {4}
    assert len(atlas.studies["a.two"].cells[0].seeds) == 3
    (tmp_path / "more").mkdir()
    write(tmp_path / "more", PART.replace("a.", "b."), "b.yaml")
    more = write(tmp_path / "more", "papers: {b: b.yaml}\n", "more.yaml")
    assert list(read(config, [more]).studies) == ["a.one", "a.two", "b.one", "b.two"]


def first_blocks(atlas):
    return [study.cells[0].blocks[0] for study in atlas.studies.values()]


PARTS = {
    "missing": ({"top": "papers: {a: config/no.yaml}"}, "papers.a: {}/config/no.yaml: no such file"),
    "named twice": (
        {"top": "papers: {a: config/a.yaml, b: config/a.yaml}"},
        "papers.b: {}/config/a.yaml is already the file of another paper",
    ),
    "a study in two parts": (
        {"top": "papers: {a: config/a.yaml}\nstudies: {a.one: {measures: [errors]}}"},
        "studies.a.one: stands in {}/config.yaml, too; keep one of them",
    ),
    "a study of another paper": (
        {"top": "papers: {a: config/a.yaml}", "a": PART.replace("a.two", "b.two")},
        "studies.b.two: this is the file of a; name it a.<name>",
    ),
    "a paper without its file": ({"top": "papers: {a: }"}, "papers.a: names nothing; give its file"),
}


@pytest.mark.parametrize("kind", PARTS)
def test_what_is_wrong_with_the_parts_is_one_line(tmp_path, kind):
    files, said = PARTS[kind]
    with pytest.raises(UserError) as caught:
        assemble([parted(tmp_path, **files)])
    (line,) = str(caught.value).splitlines()
    assert said.format(tmp_path) in line


def test_a_mistake_in_a_part_names_the_part(tmp_path):
    config = parted(
        tmp_path, a=PART.replace("title: A", "titel: A").replace("errors]}}", "errors], seed: 2}}")
    )
    with pytest.raises(UserError) as caught:
        read(config)
    part = tmp_path / "config/a.yaml"
    assert str(caught.value).splitlines() == [
        f"{part}: papers.a.titel: unknown key; did you mean 'title'?",
        f"{part}: studies.a.two.seed: unknown key; did you mean 'seeds'?",
    ]


def test_a_mistake_names_the_file_that_says_it(tmp_path):
    base = write(tmp_path, GOOD)
    over = write(tmp_path, "studies: {a.one: {settings: {q: -4}, sedes: 3}}\n", "over.yaml")
    with pytest.raises(UserError) as caught:
        read(base, [over])
    assert all(line.startswith(f"{over}: studies.a.one.") for line in str(caught.value).splitlines())
    assert len(read(base).studies) == 1
