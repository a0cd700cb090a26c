"""What all notes have in common: frozen, nothing unknown in them, and why they were written. Pure."""

from __future__ import annotations

import json
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from collector.notebook.words import Name, Sentence


class Part(BaseModel):
    """What a note is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Body(Part):
    """What a note says."""

    KIND: ClassVar[str]
    UPDATES: ClassVar[bool] = False
    """Whether a later one of the same thing says only what is new."""
    MONEY: ClassVar[bool] = False
    """Whether it must say why, because it moves money or lets it lie."""

    external_id: Name | None = Field(None, description="its id in another system: it is written once")
    reason: Sentence | None = Field(None, description="why it is written")

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.MONEY and not self.reason:
            raise ValueError(f"a note of kind {self.KIND} moves money: say why (`reason`)")
        return self

    def as_text(self) -> str:
        """Its JSON, in a fixed order; of an update only what was given."""
        said = self.model_dump(
            mode="json", by_alias=True, exclude_unset=self.UPDATES, exclude_none=not self.UPDATES
        )
        return json.dumps(said, sort_keys=True, ensure_ascii=False)
