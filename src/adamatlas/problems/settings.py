"""What the settings of all problems have in common. Read at config time only."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator


class ProblemSettings(BaseModel):
    """No unknown keys, no NaN."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, validate_default=True)


def at_most(key: str, bound: str) -> Any:
    """A validator of a model: its number `key` is no larger than its number `bound`, which comes before."""

    @field_validator(key)
    @classmethod
    def fits(cls: type, value: int, info: ValidationInfo) -> int:
        most = info.data.get(bound)
        if most is not None and value > most:
            raise ValueError(f"must be at most {bound} = {most}")
        return value

    return fits
