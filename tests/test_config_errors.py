"""Every mistake in a configuration gets one clear line: key path, what was found, what would be right."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from adamatlas import registry
from adamatlas.config import load
from adamatlas.config.keys import every_key
from adamatlas.errors import UserError

MODULES = {
    "problems/patch_cnn/settings.py": "",
    "problems/linear/settings.py": "",
    "measures/errors.py": """PROBLEMS = ("patch_cnn", "linear")
QUANTITIES = {
    "test_error": (("snapshot",), "test error", "1"),
    "feature": (("snapshot", "label"), "feature", "1", ("patch_cnn",)),
}
COORDINATES = {"label": ((-1, 1), "class")}
""",
    "measures/regime.py": """PROBLEMS = ("patch_cnn",)
QUANTITIES = {"share": (("part",), "share", "1")}
COORDINATES = {"part": (("a", "b"), "part")}
""",
    "measures/convex.py": "PROBLEMS = ('linear',)\nQUANTITIES = {}",
    "measures/silent.py": "PROBLEMS = ('patch_cnn',)",
    "measures/homeless.py": "QUANTITIES = {}",
    "measures/letters.py": "PROBLEMS = ('patch_cnn',)\nQUANTITIES = {'x': (('snapshot'), 'x', '1')}",
    "measures/lost.py": "PROBLEMS = ('patch_cnn',)\nQUANTITIES = {'x': (('part',), 'x', '1')}",
    "measures/plain.py": """PROBLEMS = ("patch_cnn",)
QUANTITIES = {}
NEEDS = {"weights": (True,), "batch_size": ("full",), "weight_decay": (0,), "regularizer": ("none",)}
""",
    "measures/plainer.py": """from adamatlas.measures.plain import NEEDS
PROBLEMS = ("patch_cnn",)
QUANTITIES = {}
""",
    "measures/misspelt.py": "PROBLEMS = ('patch_cnn',)\nQUANTITIES = {}\nNEEDS = {'wieghts': (True,)}",
    "measures/_helper.py": "",
    "figures/tang2025/curve.py": """
REQUIRES = ("batch_size", "seed", "snapshot", "label", "step", "epoch")
QUANTITIES = ("test_error",)
""",
    "figures/tang2025/learned.py": "REQUIRES = ('batch_size',)\nQUANTITIES = ('share', 'feature')",
    "figures/tang2025/shares.py": "REQUIRES = ('batch_size',)\nQUANTITIES = ('share',)",
    "figures/tang2025/misspelt.py": "REQUIRES = ('batch_size',)\nQUANTITIES = ('test_eror',)",
    "figures/tang2025/mute.py": "REQUIRES = ('batch_size',)",
    "figures/tang2025/nothing.py": "x = 1",
    "figures/tang2025/computed.py": 'REQUIRES = tuple("ab")',
    "claims/tang2025/phase.py": 'REQUIRES = ("batch_size", "part", "sigma_p")\nQUANTITIES = ()',
}
BASE = """
papers:
  tang2025:
    settings: {problem: patch_cnn, n_train: 12, d: 20, s: 5, m: 2, lr: 5e-5, epochs: 10}
studies:
  tang2025.a:
    grid: [{batch_size: [2, 3]}]
    measures: [errors]
"""


@pytest.fixture(autouse=True)
def rooms(tmp_path, monkeypatch):
    """Rooms with a few small modules instead of the real ones."""
    for name, text in MODULES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(registry, "ROOT", tmp_path)
    every_key.cache_clear()
    yield
    every_key.cache_clear()


def lines(study: str = "", top: str = "", scale: str | None = None) -> list[str]:
    """What load says about BASE with keys of study a and of the top level replaced."""
    raw: dict[str, Any] = yaml.safe_load(BASE)
    raw["studies"]["tang2025.a"] |= yaml.safe_load(study) or {}
    raw |= yaml.safe_load(top) or {}
    with pytest.raises(UserError) as caught:
        load(raw, scale=scale)
    return str(caught.value).splitlines()


def test_a_regularizer_that_the_problem_lacks(monkeypatch):
    settings = "adamatlas.problems.linear.settings.REGULARIZERS"
    for known, allowed in (((), "only none"), (("per_example_gradient",), "none, per_example_gradient")):
        monkeypatch.setattr(settings, known)
        found = lines("settings: {problem: linear, regularizer: full_gradient}\nmeasures: [convex]")
        text = f"found full_gradient; linear has no such regularizer, it allows {allowed}"
        assert found == [f"{A}.settings.regularizer: {text}"]


def test_the_base_is_right():
    assert load(yaml.safe_load(BASE)).studies["tang2025.a"].cells


A = "config.yaml: studies.tang2025.a"
NUMBERS = (
    "alpha",
    "beta1",
    "beta2",
    "eps",
    "v_floor",
    "lr",
    "output_scale",
    "v_exponent",
    "sigma_0",
    "sigma_p",
)
LONG = f"grid: [{{{', '.join(f'{name}: 0.12345678901' for name in NUMBERS)}}}]"
STUDY = {
    "unknown key": ("mesures: [errors]", f"{A}.mesures: unknown key; did you mean 'measures'?"),
    "unknown setting": (
        "settings: {sigmap: 1}",
        f"{A}.settings.sigmap: unknown key; did you mean 'sigma_p'?",
    ),
    "preset": (
        "grid: [{optimizer: adamww}]",
        f"{A}.grid[0].optimizer: found 'adamww'; must be one of gd, sgd,",
    ),
    "preset, near": ("grid: [{optimizer: adam-w}]", "did you mean 'adamw'?"),
    "batch over n": (
        "grid: [{batch_size: [2, 13]}]",
        f"{A}.grid[0].batch_size: found 13; must be at most n_train = 12, or full",
    ),
    "batch over n in settings": (
        "settings: {batch_size: 13}\ngrid: [{q: 3}]",
        f"{A}.settings.batch_size: found 13;",
    ),
    "negative": (
        "grid: [{weight_decay: [1, -1]}]",
        f"{A}.grid[0].weight_decay[1]: found -1; must be a finite number >= 0",
    ),
    "NaN": ("settings: {lr: .nan}", f"{A}.settings.lr: found nan; must be a finite number > 0"),
    "NaN as text": ("settings: {lr: nan}", f"{A}.settings.lr: found 'nan'; must be a finite number > 0"),
    "infinite": ("grid: [{sigma_p: .inf}]", f"{A}.grid[0].sigma_p: found inf; must be a finite number >= 0"),
    "infinite int": ("settings: {q: .inf}", f"{A}.settings.q: found inf; must be a whole number >= 1"),
    "a number too large for a float": (
        f"settings: {{lr: {'9' * 400}}}",
        f"{A}.settings.lr: found 99999",
    ),
    "a whole number too large": (f"settings: {{d: {'9' * 400}}}", f"{A}.settings.d: found 99999"),
    "digits of another script": (
        "settings: {q: '\u0663'}",
        f"{A}.settings.q: found '\u0663'; must be a whole",
    ),
    "no number": ("settings: {lr: fast}", f"{A}.settings.lr: found 'fast'; must be a finite number > 0"),
    "half": ("settings: {m: 2.5}", f"{A}.settings.m: found 2.5; must be a whole number >= 1"),
    "switch as number": (
        "settings: {lr: on}",
        "found true; must be a finite number > 0 (YAML reads on, yes, true as a boolean)",
    ),
    "switch as batch": ("grid: [{batch_size: off}]", "found false; must be a whole number >= 1 or 'full'"),
    "number as switch": ("settings: {moments: 3}", f"{A}.settings.moments: found 3; must be true or false"),
    "list as constant": ("settings: {q: [3, 4]}", f"{A}.settings.q: found a list; a constant has one value"),
    "null in a list": (
        "grid: [{q: [3, null]}]",
        f"{A}.grid[0].q[1]: found null; must be a whole number >= 1",
    ),
    "null as a switch-off of an axis": (
        "lanes: [reg_off_epoch]\ngrid: [{reg_off_epoch: [null, 20]}]",
        f"{A}.grid[0].reg_off_epoch[0]: found null; must be a whole number >= 0",
    ),
    "null in a tie": (
        'grid: [{"regularizer, reg_off_epoch": [[full_gradient, null]]}]',
        f"{A}.grid[0].regularizer, reg_off_epoch[0]: found null; must be a whole number >= 0",
    ),
    "a switch-off that no integer holds": (
        "settings: {reg_off_epoch: 1e30}",
        "must be a whole number >= 0 (at most 1e+12 make sense)",
    ),
    "mapping as constant": (
        "settings: {q: {a: 1}}",
        f"{A}.settings.q: found a mapping; a constant has one value",
    ),
    "a lane whose axis is wrong": (
        "lanes: [reg_lambda]\ngrid: [{reg_lambda: {logspace: [0, 1, 1]}}]",
        f"{A}.grid[0].reg_lambda: found {{'logspace': [0, 1, 1]}}; logspace needs 0 < lo <= hi",
    ),
    "a measure of weights that no trace keeps": (
        "settings: {weights: false}\ngrid: [{q: 3}]\nmeasures: [errors, plain]",
        f"{A}.measures[1]: plain needs weights: true, which cell q=3 does not have",
    ),
    "a measure that needs what another needs": (
        "settings: {weights: false}\ngrid: [{batch_size: full}]\nmeasures: [plainer]",
        f"{A}.measures[0]: plainer needs weights: true, which cell batch_size=full does not have",
    ),
    "a measure that needs a key that there is not": (
        "measures: [misspelt]",
        f"{A}.measures[0]: NEEDS names wieghts, which no run of this problem has",
    ),
    "a measure that knows no regularizer": (
        "grid: [{regularizer: [none, full_gradient], reg_lambda: 0.1}]\nmeasures: [plain]",
        "plain needs regularizer: none, which cell reg_lambda=0.1~regularizer=full_gradient does not have",
    ),
    "a measure that knows no decay, in one lane": (
        "lanes: [weight_decay]\ngrid: [{weight_decay: [0, 0.1], batch_size: 6}]\nmeasures: [plain]",
        "plain needs batch_size: full, weight_decay: 0, which cell batch_size=6 does not have",
    ),
    "too many snapshots": ("settings: {snapshots: 51}", "must be a whole number >= 2 and <= 50"),
    "axis of another problem": (
        "settings: {problem: linear}\ngrid: [{q: [3, 4]}]\nmeasures: [convex]",
        f"{A}.grid[0].q: this study's problem has no such key (it belongs to patch_cnn)",
    ),
    "axis of none": ("grid: [{temperature: 3}]", f"{A}.grid[0].temperature: unknown key; known are alpha, "),
    "negative lambda": (
        "settings: {regularizer: full_gradient, reg_lambda: -0.1}",
        f"{A}.settings.reg_lambda: found -0.1; must be a finite number >= 0",
    ),
    "regularizer, near": (
        "grid: [{regularizer: [none, full_gradien]}]",
        f"{A}.grid[0].regularizer[1]: found 'full_gradien'; must be one of none, per_example_gradient, "
        "full_gradient, gradient_covariance; did you mean 'full_gradient'?",
    ),
    "problem": (
        "settings: {problem: patch_cn}",
        f"{A}.settings.problem: found 'patch_cn'; did you mean 'patch_cnn'?",
    ),
    "problem as list": (
        "settings: {problem: [linear]}",
        f"{A}.settings.problem: found ['linear']; ",
    ),
    "problem as axis": ("grid: [{problem: patch_cnn}]", f"{A}.grid[0].problem: the problem is no grid axis"),
    "seed as axis": (
        "grid: [{seed: [1, 2]}]",
        f"{A}.grid[0].seed: seeds are no grid axis; use `seeds: <count>`",
    ),
    "measure's key as axis": (
        "grid: [{n_test: [1, 2]}]",
        f"{A}.grid[0].n_test: n_test is read by the measures",
    ),
    "measure's key in an entry": (
        "grid: [{q: 3, settings: {n_test: 1}}]",
        f"{A}.grid[0].settings.n_test: is read by",
    ),
    "no lane": (
        "lanes: [batch_size]",
        f"{A}.lanes: batch_size cannot be a lane; lanes of patch_cnn are alpha, beta1",
    ),
    "shape as lane": ("lanes: [q]", f"{A}.lanes: q cannot be a lane"),
    "seed as lane": ("lanes: [seed]", f"{A}.lanes: seed is always a lane; remove it"),
    "lane off the grid": ("lanes: [lr]", f"{A}.lanes: lr is not an axis of the grid; known are batch_size"),
    "tied lane": ("grid: [{'lr, eps': [[1, 2]]}]\nlanes: [lr]", f"{A}.lanes: lr is tied to another axis"),
    "listed twice": (
        "grid: [{weight_decay: [1e-5, 0.1, 0.00001]}]",
        f"{A}.grid[0].weight_decay: 1e-05 is listed twice",
    ),
    "int listed twice": ("grid: [{q: [3, 3.0]}]", f"{A}.grid[0].q: 3 is listed twice"),
    "grid point twice": (
        "grid: [{q: [3, 4]}, {q: 4}]",
        f"{A}.grid[1]: grid point q=4 is also given by studies.tang2025.a.grid[0]; keep one",
    ),
    "full and n": (
        "grid: [{batch_size: [12, full]}]",
        f"{A}.grid[0]: grid point batch_size=full is also given by",
    ),
    "entries that differ in lanes": (
        "grid: [{q: 3, lr: 1}, {q: 3, lr: 2}]\nlanes: [lr]",
        "q=3 is also given by",
    ),
    "s too large": (
        "grid: [{s: [5, 20]}]",
        f"{A}.grid[0].s: found 20; must be at most d - 1 = 19 (the first coordinate holds the signal)",
    ),
    "s too large for disjoint supports": (
        "grid: [{sampler: disjoint, n_train: 4, s: [4, 5]}]",
        f"{A}.grid[0].s: found 5; must be at most (d - 1) / n_train = 4 for disjoint supports",
    ),
    "empty grid": ("grid: []", f"{A}.grid: empty grid; give at least one product"),
    "empty list": (
        "grid: [{q: []}]",
        f"{A}.grid[0].q: empty list; give at least one value or remove the key",
    ),
    "empty measures": (
        "measures: []",
        f"{A}.measures: missing or empty; name at least one module of measures/",
    ),
    "grid no list": ("grid: {q: 3}", f"{A}.grid: found {{'q': 3}}; must be a list"),
    "grid entry no mapping": ("grid: [3, {q: 4}]", f"{A}.grid[0]: found 3; must be a mapping of keys"),
    "entry's settings": (
        "grid: [{q: 4, settings: 3}]",
        f"{A}.grid[0].settings: found 3; must be a mapping of keys",
    ),
    "axis given twice": ("grid: [{q: 4, 's, q': [[1, 2]]}]", f"{A}.grid[0]: axis q is given twice"),
    "tie of wrong length": (
        "grid: [{'s, q': [[1, 2], 3]}]",
        f"{A}.grid[0].s, q[1]: found 3; must be a list of 2 values",
    ),
    "tie that is none": (
        "grid: [{'beta1, beta2': [[0.9, 0.99], [0.9, 0.999]]}]",
        "beta1 = 0.9 comes with beta2 = 0.99 and 0.999; put the axis whose values differ first",
    ),
    "ties that differ": ("grid: [{'s, q': [[1, 3]]}, {'m, q': [[1, 3]]}]", "q is tied to s elsewhere"),
    "logspace": ("grid: [{lr: {logspace: [0, 1, 5]}}]", "logspace needs 0 < lo <= hi"),
    "logspace of two": (
        "grid: [{lr: {logspace: [1, 2]}}]",
        "logspace must be a list of three finite numbers",
    ),
    "range": ("grid: [{lr: {range: [1, 2, 0]}}]", "range needs lo <= hi and a step above 0"),
    "endless range": ("grid: [{lr: {range: [0, 1, 1e-9]}}]", "1000000000 values, at most 10000 make sense"),
    "no such expansion": (
        "grid: [{lr: {linspace: [1, 2, 3]}}]",
        "{logspace: [lo, hi, per_decade]} or {range:",
    ),
    "range of halves": (
        "grid: [{q: {range: [1, 2, 0.5]}}]",
        f"{A}.grid[0].q: found 1.5; must be a whole number",
    ),
    "seeds": ("seeds: -3", f"{A}.seeds: found -3; must be a whole number >= 1"),
    "seeds of an entry": (
        "grid: [{q: 3, seeds: 0}]",
        f"{A}.grid[0].seeds: found 0; must be a whole number >= 1",
    ),
    "two lengths": (
        "settings: {epochs: 3, steps: 4}",
        f"{A}.settings: epochs and steps are both given; keep one",
    ),
    "axis missing elsewhere": (
        "grid: [{epochs: 3}, {steps: 4}]",
        f"{A}.grid[1].epochs: missing; another entry",
    ),
    "over 1000 cells": (
        "grid: [{s: {range: [1, 11, 1]}, m: {range: [1, 100, 1]}}]",
        f"{A}.grid: 1100 cells, at most 1000 in a study; let axes ride in lanes or split it",
    ),
    "long name": (LONG, f"{A}.grid[0]: cell name of"),
    "measure": ("measures: [erors]", f"{A}.measures[0]: no 'erors' in measures/; did you mean 'errors'?"),
    "helper as measure": ("measures: [_helper]", f"{A}.measures[0]: no '_helper' in measures/"),
    "measure of another problem": (
        "measures: [convex]",
        "convex measures linear, not this study's problem patch_cnn; errors, misspelt, plain, plainer,",
    ),
    "measure without quantities": ("measures: [silent]", "measures/silent.py has no literal QUANTITIES = {"),
    "measure without problems": ("measures: [homeless]", "measures/homeless.py has no literal PROBLEMS = ("),
    "measure whose dims are no tuple": (
        "measures: [letters]",
        f"{A}.measures[0]: measures/letters.py: QUANTITIES['x'] must be ((dims, ...), long_name, units)",
    ),
    "measure with a strange dim": (
        "measures: [lost]",
        "measures/lost.py: x has the dim part, which is neither snapshot nor in COORDINATES",
    ),
    "figure's quantity": (
        "figures: [shares]",
        f"{A}.figures[0]: figure shares reads share, which errors of patch_cnn does not deliver; regime does",
    ),
    "figure's quantity of another problem": (
        "settings: {problem: linear}\nfigures: [learned]",
        "figure learned reads share, feature, which errors of linear does not deliver; known are test_error",
    ),
    "figure's misspelt quantity": ("figures: [misspelt]", "does not deliver; did you mean 'test_error'?"),
    "figure without QUANTITIES": ("figures: [mute]", "figures/tang2025/mute.py has no literal QUANTITIES"),
    "measure twice": ("measures: [errors, errors]", f"{A}.measures[1]: errors is listed twice"),
    "figure": ("figures: [curv]", f"{A}.figures[0]: no 'curv' in figures/tang2025/; did you mean 'curve'?"),
    "claim": ("claims: [faze]", f"{A}.claims[0]: no 'faze' in claims/tang2025/"),
    "figure's axis": (
        "grid: [{q: 3}]\nfigures: [curve]",
        f"{A}.figures[0]: figure curve asks for the axes batch_size, which are not in the study's grid (q)",
    ),
    "claim's dim": (
        "claims: [phase]",
        f"{A}.claims[0]: claim phase asks for the axes part, sigma_p, which are not",
    ),
    "measure's dim": ("claims: [phase]\nmeasures: [regime]", "claim phase asks for the axes sigma_p, which"),
    "figure that does not know an axis": (
        "grid: [{batch_size: [2, 3], q: [3, 4]}]\nfigures: [curve]",
        f"{A}.figures[0]: figure curve does not know the axis q, which has several values in the study's",
    ),
    "figure without REQUIRES": ("figures: [nothing]", "figures/tang2025/nothing.py has no literal REQUIRES"),
    "REQUIRES computed": ("figures: [computed]", "computed.py: REQUIRES must be a literal"),
    "runs nowhere": ("{traces_of: tang2025.b, grid: null}", f"{A}.traces_of: no study 'tang2025.b'"),
    "runs itself": (
        "{traces_of: tang2025.a, grid: null}",
        f"{A}.traces_of: tang2025.a trains nothing itself",
    ),
    "runs and trains": (
        "{traces_of: tang2025.b}",
        f"{A}.grid: the study measures the traces of tang2025.b and trains nothing; remove grid",
    ),
}


@pytest.mark.parametrize("mistake", STUDY)
def test_a_mistake_in_a_study_is_one_line(mistake):
    study, wanted = STUDY[mistake]
    found = lines(study)
    assert len([line for line in found if wanted in line]) == 1, found


TOP = {
    "unknown key": ("studys: {}", "config.yaml: studys: unknown key; did you mean 'studies'?"),
    "scale": (
        "scale: smok",
        "config.yaml: scale: found 'smok'; must be one of smoke, default, reduced, paper",
    ),
    "block": ("seed_block: 0", "config.yaml: seed_block: found 0; must be a whole number >= 1"),
    "switch as block": (
        "seed_block: yes",
        "config.yaml: seed_block: found true; must be a whole number >= 1",
    ),
    "scales": (
        "scales: {smokes: {seeds: 1}}",
        "config.yaml: scales.smokes: unknown key; did you mean 'smoke'?",
    ),
    "scale's setting": (
        "scales: {paper: {settings: {epoch: 1}}}",
        "config.yaml: scales.paper.settings.epoch: unknown key; did you mean 'epochs'?",
    ),
    "scale's number": (
        "scales: {paper: {settings: {lr: -1}}}",
        "config.yaml: scales.paper.settings.lr: found -1;",
    ),
    "paper's key": (
        "papers: {tang2025: {ttle: T}}",
        "papers.tang2025.ttle: unknown key; did you mean 'title'?",
    ),
    "paper's number": (
        "papers: {tang2025: {settings: {problem: patch_cnn, sigma_0: -1}}}",
        "config.yaml: papers.tang2025.settings.sigma_0: found -1; must be a finite number >= 0",
    ),
    "paper's problem": (
        "papers: {tang2025: {settings: {problem: [linear]}}}",
        "config.yaml: papers.tang2025.settings.problem: found ['linear']; ",
    ),
    "paper's s": (
        "papers: {tang2025: {settings: {problem: patch_cnn, d: 5, s: 5, lr: 1, epochs: 1, n_train: 20}}}",
        "config.yaml: papers.tang2025.settings.s: found 5; must be at most d - 1 = 4",
    ),
    "no problem": (
        "papers: {tang2025: {settings: {lr: 1}}}",
        f"{A}.settings.problem: missing; must be one of linear",
    ),
    "no length": (
        "papers: {tang2025: {settings: {problem: patch_cnn, lr: 1}}}",
        f"{A}.settings: neither epochs nor steps is given; give one of them",
    ),
    "no lr": (
        "papers: {tang2025: {settings: {problem: patch_cnn, steps: 1}}}",
        f"{A}.settings.lr: missing; give it in",
    ),
    "no papers": ("papers: null", "config.yaml: papers: missing"),
    "no studies": ("studies: {}", "config.yaml: studies: empty; name at least one study"),
    "paper unknown": (
        "studies: {tang2024.a: {measures: [errors]}}",
        "config.yaml: studies.tang2024.a: no paper 'tang2024' in papers; did you mean",
    ),
    "study's name": (
        "studies: {table1: {measures: [errors]}}",
        "studies.table1: must be named <paper>.<name>",
    ),
    "study no mapping": ("studies: {tang2025.a: 3}", f"{A}: found 3; must be a mapping of keys"),
}


@pytest.mark.parametrize("mistake", TOP)
def test_a_mistake_elsewhere_is_one_line(mistake):
    top, wanted = TOP[mistake]
    found = lines(top=top)
    assert len([line for line in found if wanted in line]) == 1, found


def test_all_mistakes_are_reported_at_once_and_once():
    found = lines(
        study="settings: {lr: -1, qq: 3}\ngrid: [{s: [5, 6]}, {m: []}]\nmeasures: [erors]",
        top="{scal: smoke, seed_block: x}",
    )
    wanted = ["scal:", "seed_block", "settings.lr", "settings.qq", "grid[1].m", "measures[0]"]
    assert all(sum(part in line for line in found) == 1 for part in wanted), found
    assert len(found) == len(set(found)) == len(wanted)


def test_what_only_cells_show_is_reported_beside_other_mistakes():
    found = lines(
        "grid: [{batch_size: [2, 13, on], s: [5, 20], weight_decay: [1, 1.0]}]\nlanes: [batch_size]"
    )
    assert [line.split(": ")[1] for line in found] == [
        "studies.tang2025.a.grid[0].batch_size[2]",
        "studies.tang2025.a.grid[0].weight_decay",
        "studies.tang2025.a.lanes",
        "studies.tang2025.a.grid[0].s",
        "studies.tang2025.a.grid[0].batch_size",
    ]


def test_a_misspelt_preset_hides_no_batch_size():
    found = lines("grid: [{optimizer: adamm, batch_size: 13, s: 20}, {temperature: 3}]")
    assert len(found) == 2
    found = lines("grid: [{optimizer: adamm, batch_size: 13, s: 20}]")
    assert [line.split(": ")[1].rsplit(".", 1)[1] for line in found] == ["optimizer", "batch_size", "s"]


def test_a_wrong_number_of_the_paper_leads_to_no_other_error():
    top = "papers: {tang2025: {settings: {problem: patch_cnn, lr: x, epochs: 1}}}"
    assert [line.split(": ")[1] for line in lines(top=top)] == ["papers.tang2025.settings.lr"]


def test_the_scale_that_runs_is_named_in_the_path():
    scale = "scales: {smoke: {grid: [{q: 0}], settings: {lr: 0}}}"
    found = lines(scale, scale="smoke")
    assert [line.split(": ")[1] for line in found] == [f"studies.tang2025.a.scales.smoke.{key}"
                                                      for key in ("settings.lr", "grid[0].q")]  # fmt: skip
    assert lines("seeds: 0", scale="smoke") == [
        f"{A}.seeds: found 0; must be a whole number >= 1 and <= 10000"
    ]


def test_a_raw_configuration_that_is_no_mapping():
    with pytest.raises(UserError, match="must be a mapping with papers and studies"):
        load([1, 2])


def warnings(study: str) -> list[str]:
    raw = yaml.safe_load(BASE)
    raw["studies"]["tang2025.a"] |= yaml.safe_load(study)
    return load(raw).warnings


def test_a_batch_size_that_does_not_divide_n_warns_once_of_what_happens_to_the_rest():
    (warning,) = warnings("grid: [{batch_size: [5, 6], q: [3, 4]}]")
    assert warning.startswith(
        f"{A}.grid[0].batch_size: 5 does not divide n_train = 12: the last 2 of each epoch's"
    )
    assert "dropped" in warning


def test_an_exponent_above_a_half_without_a_floor_warns_of_what_happens():
    grid = "grid: [{optimizer: adame, v_exponent: [0.25, 0.75]}]"
    (warning,) = warnings(f"settings: {{v_floor: 0}}\n{grid}")
    assert warning.startswith(f"{A}.grid[0].v_exponent: found 0.75; an exponent above 1/2 without a floor")
    assert "diverge" in warning
    assert not warnings(f"settings: {{v_floor: 0.1}}\n{grid}")
    assert not warnings("grid: [{optimizer: adame, v_exponent: [0.25, 0.5]}]")


def test_a_number_that_every_preset_of_the_study_fixes_warns():
    (warning,) = warnings("settings: {beta1: 0.5}\ngrid: [{optimizer: [signsgd, gd]}]")
    assert warning.startswith(f"{A}.settings.beta1: has no effect: gd, signsgd fixes beta1 = 0.0")
    assert not warnings("settings: {beta1: 0.5}\ngrid: [{optimizer: [signsgd, adam]}]")
    assert not warnings("grid: [{optimizer: gd, beta1: 0.5}]")


@pytest.mark.parametrize(
    ("study", "where"),
    [
        ("settings: {reg_lambda: 0.1}\ngrid: [{q: 3}]", "settings.reg_lambda"),
        ("grid: [{reg_lambda: [0, 0.1]}]", "grid[0].reg_lambda"),
        ("lanes: [reg_lambda]\ngrid: [{reg_lambda: [0, 0.1]}]", "grid[0].reg_lambda"),
        ("grid: [{q: 3}, {q: 4, settings: {reg_lambda: 0.1}}]", "grid[1].settings.reg_lambda"),
    ],
)
def test_a_strength_without_a_regularizer_warns(study, where):
    (warning,) = warnings(study)
    assert warning.startswith(f"{A}.{where}: has no effect: regularizer is none")
    used = study.replace("q: 3", "q: 3, regularizer: [none, full_gradient]").replace(
        "{reg_lambda: [", "{regularizer: [none, full_gradient], reg_lambda: ["
    )
    assert not warnings(used.replace("{q: 4,", "{q: 4, regularizer: none,"))


def test_a_regularizer_without_a_strength_warns():
    (warning,) = warnings("grid: [{regularizer: [none, full_gradient]}]")
    assert warning.startswith(f"{A}.grid[0].regularizer: has no effect: reg_lambda is 0")
    assert not warnings("grid: [{regularizer: full_gradient, reg_lambda: [0, 0.1]}]")
    assert not warnings("grid: [{regularizer: none}]")


def test_a_wrong_axis_is_no_missing_lane():
    assert len(lines("lanes: [reg_lambda]\ngrid: [{reg_lambda: {logspace: [0, 1, 1]}}]")) == 1
