"""The shapes of the JSON about drafts of words."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from artworks.web.images.schemas import ImageOut, SuggestionOut
from artworks.web.schemas import FieldName, Input, UsageOut


class Generate(Input):
    """What to ask the model for."""

    fields: list[FieldName] | None = Field(None, description="all that may be written, when left out")
    note: str = Field("", max_length=2000)
    language: str = Field("", max_length=35, description="a code such as en; the voice's own when left out")


class Refine(Input):
    """What to change about the words."""

    feedback: str = Field(min_length=1, max_length=2000)
    fields: list[FieldName] | None = None
    language: str = Field("", max_length=35, description="a code such as en; the voice's own when left out")


class DraftOut(BaseModel):
    """What became of a draft."""

    image: ImageOut
    suggestion: SuggestionOut | None
    usage: UsageOut
    source: Literal["openai", "placeholder"]
    warnings: list[str] = Field(description="rules of the voice that the words still break")
    undo: str | None = Field(description="where to POST to take it back; null when nothing came")
    note: str = Field(description="a sentence about fields that AI left empty; empty when there are none")
