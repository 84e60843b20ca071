"""What measures declare as literals: which problems they measure, what they need of runs, what they deliver.

    PROBLEMS = (problem, ...)
    NEEDS = {setting: (allowed values, ...)}          optional
    QUANTITIES = {name: (dims, long_name, units)}     with a fourth entry, problems, where not all have it
    COORDINATES = {dim: (values, long_name)}          values are None where numbered from 0; optional
    SECONDS = (to start, per lane and snapshot)       what measuring costs, roughly; optional

`dims` come after those of the run; each is `snapshot` or one of COORDINATES.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from adamatlas import registry
from adamatlas.errors import UserError
from adamatlas.units import value_shown


@dataclass(frozen=True)
class Quantity:
    """One variable that a measure delivers; `problems`: those that have it, all of the measure's if empty."""

    dims: tuple[str, ...]
    long_name: str
    units: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """The declaration of one measure."""

    name: str
    problems: tuple[str, ...]
    needs: Mapping[str, tuple]
    quantities: Mapping[str, Quantity]
    coordinates: Mapping[str, tuple[tuple | None, str]]
    seconds: tuple[float, float] | None

    def delivers(self, problem: str) -> dict[str, Quantity]:
        """The quantities on runs of one problem."""
        return {
            name: quantity
            for name, quantity in self.quantities.items()
            if problem in (quantity.problems or self.problems)
        }


def read(name: str) -> Measure:
    """The declaration of a measure, read without importing it. UserError where it is missing or malformed."""
    source = registry.path("measures", name)
    return declared(name, lambda literal: registry.literal(source, literal))


def of_problem(problem: str) -> list[Measure]:
    """The measures of one problem; those whose declaration cannot be read are passed over."""
    found = []
    for name in registry.names("measures"):
        with suppress(UserError):
            found.append(read(name))
    return [measure for measure in found if problem in measure.problems]


def declared(name: str, literal: Callable[[str], Any]) -> Measure:
    """The declaration of the measure `name`, whose module says `literal("QUANTITIES")` and so on."""
    problems, quantities = literal("PROBLEMS"), literal("QUANTITIES")
    if not isinstance(problems, tuple | list):
        raise UserError(f"measures/{name}.py has no literal PROBLEMS = (...)")
    if not isinstance(quantities, Mapping):
        raise UserError(f"measures/{name}.py has no literal QUANTITIES = {{...}}")
    coordinates = literal("COORDINATES") or {}
    found = {}
    for quantity, entry in quantities.items():
        if not _is_sound(entry):
            raise UserError(
                f"measures/{name}.py: QUANTITIES[{quantity!r}] must be ((dims, ...), long_name, units), "
                "with (problems, ...) where not all have it"
            )
        found[quantity] = Quantity(*entry)
        if unknown := set(found[quantity].dims) - {"snapshot", *coordinates}:
            raise UserError(
                f"measures/{name}.py: {quantity} has the dim {', '.join(sorted(unknown))}, which is neither "
                "snapshot nor in COORDINATES"
            )
    return Measure(name, tuple(problems), literal("NEEDS") or {}, found, coordinates, literal("SECONDS"))


def unmet(needs: Mapping[str, tuple], spec: Mapping[str, Any]) -> list[str]:
    """Those of a measure's NEEDS that lanes of a train spec do not meet, as `key: value or value`.

    Raises UserError for a key that runs do not have.
    """
    said = {**spec["settings"], **spec["optimizer"], **spec["regularizer"], **spec["schedule"]}
    if spec["schedule"]["steps_per_epoch"] == 1:
        said["batch_size"] = "full"
    if foreign := needs.keys() - said.keys():
        raise UserError(f"NEEDS names {', '.join(sorted(foreign))}, which no run of this problem has")
    return [
        f"{key}: {' or '.join(map(value_shown, allowed))}"
        for key, allowed in needs.items()
        if not set(spec["lanes"].get(key, [said[key]])) <= set(allowed)
    ]


def _is_sound(entry: Any) -> bool:
    kinds = (tuple, str, str, tuple)
    return isinstance(entry, tuple) and len(entry) in (3, 4) and all(map(isinstance, entry, kinds))
