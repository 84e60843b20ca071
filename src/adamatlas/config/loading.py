"""`load`: a raw configuration to a validated Atlas, or one UserError with everything that is wrong."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from adamatlas.config import files, studies
from adamatlas.config.atlas import Atlas
from adamatlas.config.messages import Report, join, misfit
from adamatlas.config.models import ConfigModel
from adamatlas.config.scalars import show
from adamatlas.errors import UserError


def read(
    path: Path | str = "config.yaml", over: Sequence[Path | str] = (), *, scale: str | None = None
) -> Atlas:
    """The Atlas of a YAML file with those of `over` laid over it, as Snakemake does; its folders are relative
    to that of the file. Raises UserError."""
    tree = files.assemble([Path(path), *map(Path, over)])
    return load(tree.values, source=str(path), origins=tree.origins, scale=scale, root=Path(path).parent)


def load(
    raw: Mapping[str, Any],
    *,
    source: str = "config.yaml",
    origins: Mapping[str, str] | None = None,
    scale: str | None = None,
    root: Path = Path(),
) -> Atlas:
    """The Atlas of a configuration; `scale` overrides the key of that name, folders are relative to `root`.

    `origins` names the file of each key (`files.Tree`), `source` that of all others. Raises UserError with
    all errors, one line each: the file, the path of the key, what was found, what would be right. The order
    of keys changes no spec.
    """
    report = Report(source, origins or {})
    if not isinstance(raw, Mapping):
        raise UserError(f"{source}: found {show(raw)}; must be a mapping with papers and studies")
    tree = _plain(raw)
    if scale is not None:
        tree["scale"] = scale
    config, broken = _parse(tree, report)
    if config is None:
        report.close()
    if not config.studies:
        report.error("studies", "empty; name at least one study")
    found = studies.build(config, broken, report)
    report.close()
    return Atlas(
        scale=config.scale,
        results=root / Path(config.results_dir).expanduser() / config.scale,
        data_dir=root / Path(config.data_dir).expanduser() if config.data_dir else None,
        seed_block=config.seed_block,
        papers=config.papers,
        studies=found,
        warnings=report.warnings,
    )


def _plain(node: Any, depth: int = 0) -> Any:
    """Plain dicts with text keys. A null is a key that was not given; an empty study stays one."""
    if isinstance(node, Mapping):
        items = {show(key) if isinstance(key, bool) else str(key): value for key, value in node.items()}
        named = depth == 1
        return {
            key: {} if value is None else _plain(value, depth + 1)
            for key, value in items.items()
            if value is not None or named
        }
    return [_plain(item, depth + 1) for item in node] if isinstance(node, list | tuple) else node


def _parse(tree: dict, report: Report) -> tuple[ConfigModel | None, set[str]]:
    """(model, names of the studies whose shape is wrong): what is wrong is reported and taken out of `tree`.

    The model is None where nothing can be read without it.
    """
    broken: set[str] = set()
    while True:
        try:
            return ConfigModel.model_validate(tree), broken
        except ValidationError as error:
            wrong = [misfit(item, ConfigModel) for item in error.errors()]
        for loc, text in wrong:
            report.error(join(loc), text)
            broken |= {loc[1]} if loc[0] == "studies" and len(loc) > 1 else set()
        dropped = [_drop(tree, loc) for loc, _ in reversed(wrong)]
        if not all(dropped):
            return None, broken


def _drop(tree: Any, loc: tuple) -> bool:
    """Delete what is at `loc`; False where nothing is."""
    try:
        for part in loc[:-1]:
            tree = tree[part]
        del tree[loc[-1]]
    except (KeyError, IndexError, TypeError):
        return False
    return True
