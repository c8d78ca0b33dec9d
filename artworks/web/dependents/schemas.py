"""The shapes of the JSON about what hangs on something."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from artworks.web.schemas import Input, SelectIn


class CategoryUsesQuery(Input):
    """Whether the parts go with it."""

    parts: Literal["up", "too"] = Field("up", description="too: those of the parts that are deleted as well")


class TagUsesQuery(Input):
    """The tag that is meant."""

    tag: str = Field(max_length=300, description="with or without #")


class PicturesIn(Input):
    """Which pictures are meant."""

    select: SelectIn


class GalleryOut(BaseModel):
    """A shared gallery that was not revoked; one that is not open has ended."""

    id: int
    title: str
    open: bool


class UsesOut(BaseModel):
    """What hangs on something that may be deleted."""

    pictures: int = Field(description="pictures that are in it, or that are meant")
    parts: int = Field(description="parts of a category that go with it")
    collections: int = Field(description="collections that the pictures are in")
    galleries: list[GalleryOut] = Field(
        description="shared galleries that close with it, or that show the pictures"
    )
    views: list[str] = Field(description="names of the saved views that filter by it")
    suggestions: int = Field(description="suggestions that wait beside the pictures")
    batches: int = Field(description="batches that are still to write about them")
    always_hashtags: list[str] = Field(description="hashtags that the voice asks for on every picture")
    told: list[str] = Field(description="the same in sentences, as the pages say it")
