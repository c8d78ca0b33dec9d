"""The shapes of the JSON about changes of many pictures."""

from __future__ import annotations

from pydantic import BaseModel, Field

from artworks.web.schemas import Id, Input, SelectIn, Status


class SetIn(Input):
    """What fields are set to; those left out, or null, stay as they are."""

    category: str | None = Field(None, description="at most 80 characters; empty for none")
    status: Status | None = None
    key_points: str | None = Field(None, description="at most 5,000 characters; empty for none")


class ChosenIn(Input):
    """Which pictures a change is about."""

    select: SelectIn
    most: int | None = Field(
        None,
        ge=0,
        description="nothing is done (409) when more are chosen by now, such as were added meanwhile",
    )


class BulkIn(ChosenIn):
    """Which pictures, and what to change about them; at least one thing."""

    set: SetIn = Field(default_factory=SetIn)
    add_hashtags: list[str] | str = Field(
        [], description="put behind those that are there; a list, or one line split at spaces and commas"
    )
    remove_hashtags: list[str] | str = Field([], description="whatever their case")
    append_key_points: str = Field("", description="put below what is there, on a line of its own")
    collection_id: Id | None = Field(None, description="they come into this collection, at its end")
    remove_from_collection_id: Id | None = Field(None, description="they leave this collection")


class TrashIn(ChosenIn):
    """Which pictures go to the trash."""


class BulkOut(BaseModel):
    """What became of it."""

    changed: int = Field(description="pictures that are different now")
    left: int = Field(description="pictures left as they were, because it would not have fitted")
    bulk_edit_id: int | None = Field(description="for the undo; null when nothing changed")


class UndoneOut(BaseModel):
    """What became of an undo."""

    undone: int = Field(description="pictures that are as they were")
    left: int = Field(description="pictures changed or deleted since; what was changed stays as it is")
    partly: int = Field(description="pictures among `left` whose other fields are as they were")
    also: str = Field(description="what else came back, in words; empty for nothing")
