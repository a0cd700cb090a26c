"""What every model of a configuration has in common."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, model_validator


class Model(BaseModel):
    """Frozen; an unknown key is an error; a key with nothing after it counts as left out."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        populate_by_name=True,
        coerce_numbers_to_str=True,  # `account: 4711` is text, digit for digit
        hide_input_in_errors=True,  # a value that was refused may be a secret
    )

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty(cls, data: Any) -> Any:  # noqa: ANN401 - whatever the file held
        if isinstance(data, dict) and None in data.values():
            empty = _never_none(cls)
            return {key: value for key, value in data.items() if value is not None or key not in empty}
        return data


@cache
def _never_none(model: type[BaseModel]) -> frozenset[str]:
    """Keys for which None is no value of its own."""
    fields = model.model_fields.items()
    return frozenset(
        field.alias or name for name, field in fields if type(None) not in get_args(field.annotation)
    )
