"""What the rules share: the validated config, the files and specs of every job, source fingerprints."""

import os
import re
import sys
from pathlib import Path
from shlex import quote

from jinja2 import Template
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from adamatlas import config as adamatlas_config
from adamatlas import stale
from adamatlas.datasets.local import VARIABLE as DATA_DIR
from adamatlas.engines import devices
from adamatlas.errors import UserError
from adamatlas.estimate import (
    memory_asked,
    measure_job,
    minutes_asked,
    training_seconds,
)
from adamatlas.fingerprint import fingerprint, roots
from adamatlas.inventory import COLLECTED, PATHS, Inventory
from adamatlas.registry import suggestion
from adamatlas.specs import canonical, identity

LONGEST_ARGUMENT = 50_000
STUDY = r"[A-Za-z0-9_]+\.[A-Za-z0-9_]+"


def read_config():
    """config.yaml with the files and values of the command line over it, read by adamatlas's own strict reader:
    Snakemake's keeps the last of two equal keys in silence."""
    said = workflow.config_settings
    base = Path("config.yaml")
    alone = said.replace_workflow_config or not base.exists()
    over = [Path(os.path.relpath(file)) for file in said.configfiles]
    return adamatlas_config.assemble(
        over if alone and over else [base, *over], said.config
    )


def load_inventory():
    """The files that the config asks for; a mistake in it ends the run with one line each.

    What is odd in it is said once, by the Snakemake that was called, not by those that run its jobs elsewhere.
    """
    try:
        tree = read_config()
        inventory = Inventory(
            adamatlas_config.load(tree.values, origins=tree.origins)
        ).checked()
    except UserError as error:
        raise WorkflowError(str(error)) from None
    config.clear()
    config.update(tree.values)
    if workflow.is_main_process:
        for warning in inventory.atlas.warnings:
            logger.warning(warning)
    return inventory


def find_outdated():
    """Files that Snakemake has no record of and that say themselves that they are outdated."""
    outdated = stale.find(INVENTORY) if workflow.is_main_process else {}
    for file, why in list(outdated.items())[:1]:
        logger.warning(
            f"{len(outdated)} results of which Snakemake has no record are outdated and will be made again where "
            f"they are needed; the first is {file}: {why}"
        )
    return {str(file) for file in outdated}


def files(*paths):
    """The input files of a job. While the DAG is built, those that are outdated are marked to be made again."""
    workflow.dag.forcefiles.update(OUTDATED)
    return [str(path) for path in paths]


def load_captions():
    """The caption templates of all figures; they may use what `snakemake` holds in a report."""
    captions = {}
    for paper, figure in INVENTORY.figures:
        path = Path(workflow.basedir, "workflow", "report", paper, f"{figure}.rst")
        if not path.is_file():
            study = INVENTORY.figures[paper, figure]
            raise WorkflowError(
                f"figure {figure} of study {study} has no caption: write {path}"
            )
        captions[f"{paper}.{figure}"] = Template(path.read_text(encoding="utf-8"))
    return captions


def lead_jobs():
    """Jobs run this process's Python, or that of the environment which Snakemake deploys for them, and look
    for image sets where the config says."""
    if workflow.deployment_settings.deployment_method:
        exports = f"export PYTHONPATH={quote(str(Path(stale.__file__).parents[1]))}; "
    else:
        exports = f"export PATH={quote(str(Path(sys.executable).parent))}:$PATH; "
    if INVENTORY.atlas.data_dir:
        exports += f"export {DATA_DIR}={quote(str(INVENTORY.atlas.data_dir))}; "
    # Snakemake formats the prefix: braces in it are not names.
    shell.prefix(exports.replace("{", "{{").replace("}", "}}"))


def choose_device():
    """ADAMATLAS_DEVICE of all jobs, on other machines too: where it is not given, `auto` if the profile offers
    GPUs (resources: [gpu=...]), else `cpu`, so that a plain run makes the same numbers on every machine.
    """
    os.environ.setdefault(devices.VARIABLE, "auto" if gpus_offered() else "cpu")
    try:
        devices.wanted()
    except UserError as error:
        raise WorkflowError(str(error)) from None
    workflow.register_envvars(devices.VARIABLE)


def gpus_offered():
    """Whether the profile, or the command line, says how many GPUs jobs may hold at a time."""
    return "gpu" in workflow.global_resources


def argument(spec):
    """A spec as a command line argument: JSON, or the name of a file where it is long."""
    text = canonical(spec)
    if len(text) < LONGEST_ARGUMENT:
        return text
    path = INVENTORY.results / "specs" / f"{identity(spec)}.json"
    if not path.is_file():
        from adamatlas import store  # takes longer to import than all else here

        store.write_json(spec, path)
    return f"@{path}"


def source(stage, spec):
    """The fingerprint of the code that a stage runs for `spec`."""
    try:
        return fingerprint(roots(stage, spec))
    except UserError as error:
        raise WorkflowError(str(error)) from None


def result(kind):
    """The path pattern of a kind of file: `result("trace")`."""
    return f"{INVENTORY.results}/{PATTERNS[kind]}"


def log_path(name):
    return f"logs/{INVENTORY.atlas.scale}/{name}.log"


def benchmark_path(name):
    return f"{INVENTORY.results}/benchmarks/{name}.tsv"


def study_targets(study):
    """The cube and the figures of a study."""
    return [str(path) for path in INVENTORY.targets(study)]


def all_targets():
    """Cubes, figures and verdicts."""
    targets = [
        path for study in INVENTORY.atlas.studies for path in study_targets(study)
    ]
    verdicts = COLLECTED if INVENTORY.claims else ()
    return [*targets, *(f"{INVENTORY.results}/{name}" for name in verdicts)]


def check_targets():
    """A misspelt study among the targets of the command line ends the run with its near name."""
    papers, studies = INVENTORY.atlas.papers, list(INVENTORY.atlas.studies)
    for argument in sys.argv[1:]:
        if Path(argument).exists():
            continue
        for word in (
            Path(argument).with_suffix("").parts if "/" in argument else [argument]
        ):
            if word.partition(".")[0] in papers and re.fullmatch(STUDY, word):
                if word not in studies:
                    raise WorkflowError(
                        f"no study {word!r}; {suggestion(word, studies)}"
                    )


def named_files():
    """The traces that the command line names, and their data, each with a share of 1: the earlier, the larger."""
    words = sys.argv[1:]
    shares = {word: 1 - place / len(words) for place, word in enumerate(words)}
    found = {}
    for key in INVENTORY.train:
        trace = str(INVENTORY.path("trace", *key))
        if trace in shares:
            data = str(INVENTORY.path("data", INVENTORY.data_of(*key)))
            found[trace] = shares[trace]
            found[data] = max(found.get(data, 0), shares[trace])
    return found


PATTERNS = {
    "data": PATHS["data"].format("{dataset}"),
    "trace": PATHS["trace"].format("{study}", "{cell}", "{block}"),
    "measure": PATHS["measure"].format("{study}", "{measure}", "{block}"),
    "cube": PATHS["cube"].format("{study}"),
    "png": PATHS["png"].format("{paper}", "{figure}"),
    "pdf": PATHS["pdf"].format("{paper}", "{figure}"),
    "claims": PATHS["claims"].format("{paper}"),
}
INVENTORY = load_inventory()
config["captions"] = load_captions()
if workflow.is_main_process:
    check_targets()
NAMED = named_files()
OUTDATED = find_outdated()
lead_jobs()
choose_device()


wildcard_constraints:
    dataset=r"[a-z0-9_]+-[0-9a-f]{16}",
    study=STUDY,
    cell=r"[A-Za-z0-9._=+~-]+",
    block=r"[0-9]+-[0-9]+",
    measure=r"[a-z0-9_]+",
    paper=r"[A-Za-z0-9_]+",
    figure=r"[A-Za-z0-9_]+",
