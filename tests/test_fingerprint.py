import shutil
import sys
from pathlib import Path

import pytest

from adamatlas import fingerprint as fp
from adamatlas import registry, sources
from adamatlas.errors import UserError

PACKAGE = Path(fp.__file__).parent
TRAIN = {"engine": "fused", "problem": "patch_cnn"}


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the package whose files can be edited: `edit("optimizers/rule.py", old, new)`."""
    target = tmp_path / "adamatlas"
    shutil.copytree(PACKAGE, target, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fp, "__file__", str(target / "fingerprint.py"))

    def clear():
        for function in (fp._fingerprint, fp._imports, fp._names, fp._find, sources.read):
            function.cache_clear()

    def edit(name, old, new):
        path = target / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        clear()

    clear()
    yield edit
    clear()


def test_kernel_edit_changes_train_and_leaves_data(copy):
    train, data = (fp.fingerprint(fp.roots(stage, TRAIN)) for stage in ("train", "data"))
    kernels = fp.kernels()
    copy("optimizers/formula.py", "1.0 - rule.beta1**t", "1.0 - rule.beta1**(t + 1)")
    assert fp.fingerprint(fp.roots("train", TRAIN)) != train
    assert fp.fingerprint(fp.roots("data", TRAIN)) == data
    assert fp.kernels() != kernels


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("optimizers/sweeps.py", "import math", "# a remark\nimport math"),
        ("optimizers/sweeps.py", '"""The rule for p = 0."""', '"""Other words."""'),
        ("optimizers/sweeps.py", "import math", "import   math\n\n\n"),
        ("optimizers/presets.py", "_FREE = (", "EXTRA = 1\n_FREE = ("),
        ("store.py", "FORMAT = 1", "FORMAT = 1\nEXTRA = 2"),
        ("__init__.py", "0.1.0", "0.2.0"),
    ],
)
def test_comments_docstrings_and_exempt_modules_change_nothing(copy, name, old, new):
    before = fp.fingerprint(fp.roots("train", TRAIN))
    copy(name, old, new)
    assert fp.fingerprint(fp.roots("train", TRAIN)) == before


def test_closure_follows_imports_through_packages():
    closure = fp.closure(fp.roots("train", TRAIN))
    expected = {
        "engines",
        "engines.fused",
        "problems.patch_cnn.kernels",
        "optimizers.rule",
        "optimizers.sweeps",
        "optimizers.formula",
    }
    assert {f"adamatlas.{name}" for name in expected} <= closure
    assert not any(fp.EXEMPT.fullmatch(name) for name in closure)
    assert not any(name.startswith(("adamatlas.measures", "adamatlas.figures")) for name in closure)


def modules(room):
    """Every listed module of a room with a folder for each paper."""
    papers = sorted(path.name for path in (PACKAGE / room).iterdir() if (path / "__init__.py").is_file())
    return [f"adamatlas.{room}.{paper}.{name}" for paper in papers for name in registry.names(room, paper)]


@pytest.mark.parametrize(
    ("room", "others"),
    [
        ("figures", ("claims", "measures", "engines", "problems", "optimizers")),
        ("claims", ("figures", "measures", "engines", "problems", "optimizers")),
    ],
)
def test_editing_a_claim_redraws_no_figure(room, others):
    for module in modules(room):
        foreign = [
            name for name in fp.closure([module]) if name.split(".")[1:2] and name.split(".")[1] in others
        ]
        assert not foreign, module


def test_training_never_depends_on_another_problem():
    assert not any("linear" in name for name in fp.closure(fp.roots("train", TRAIN)))


def test_relative_imports_are_followed(copy, tmp_path):
    (tmp_path / "adamatlas" / "measures" / "near.py").write_text(
        "from .shared import lanes\nfrom .._far import x\n"
    )
    (tmp_path / "adamatlas" / "_far.py").write_text("x = 1\n")
    assert {"adamatlas.measures.shared.lanes", "adamatlas._far"} <= fp.closure(["adamatlas.measures.near"])


def test_unknown_module_is_named():
    with pytest.raises(UserError, match=r"no module adamatlas\.measures\.nothing"):
        fp.fingerprint(["adamatlas.measures.nothing"])


def test_roots_of_every_stage_exist():
    specs = {
        "data": TRAIN,
        "train": TRAIN,
        "measure": {"measure": "errors"},
        "gather": {},
        "collect": {},
    }
    for stage, spec in specs.items():
        assert len(fp.fingerprint(fp.roots(stage, spec))) == 16
    assert fp.roots("figure", {"figure": "tang2025.fig3"}) == ("adamatlas.figures.tang2025.fig3",)
    assert fp.roots("judge", {"claims": {"a.b": "a.c"}}) == ("adamatlas.claims.a.b",)
    with pytest.raises(ValueError, match="no such stage"):
        fp.roots("paint", {})


def test_guard_names_an_undeclared_module(monkeypatch):
    loaded = {name: module for name, module in sys.modules.items() if not name.startswith("adamatlas")}
    monkeypatch.setattr(sys, "modules", loaded | {"adamatlas.store": fp, "adamatlas.cubes": fp})
    fp.guard("gather", {})
    with pytest.raises(UserError, match=r"stage data loads adamatlas\.cubes, which"):
        fp.guard("data", TRAIN)
