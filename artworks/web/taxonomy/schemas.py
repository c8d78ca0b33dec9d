"""The shapes of the JSON that puts categories and tags in order."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from artworks.web.schemas import Input, Version

Id = Field(ge=1, lt=2**63)
# More than any tag has.
LONGEST_TAG = 300


class Count(BaseModel):
    """A name and how many pictures have it."""

    name: str
    count: int


class CategoryQuery(Input):
    """Which categories to list."""

    empty: Literal["", "0", "1"] = Field("", description="1 lists those without a picture too")


class CategoryOut(Count):
    """A category; `count` counts its parts too, `own` does not."""

    id: int
    parent_id: int | None
    own: int
    version: int


class CategoriesOut(BaseModel):
    """The categories, each category followed by its parts."""

    categories: list[CategoryOut]


class CategoryIn(Input):
    """A category to make."""

    name: str = Field(description='at most 80 characters; "Prints / Linocut" is a part of Prints')


class CategoryChange(Input):
    """A new name, another category to be a part of, or both."""

    version: int = Version
    name: str | None = Field(
        None, description="its own name, or the whole one with that of the category it is a part of"
    )
    parent_id: int | None = Field(None, ge=1, lt=2**63, description="null for the top")


class CategoryMerge(Input):
    """Where the pictures and parts of a category go."""

    into: int = Id


class CategoryDelete(Input):
    """What becomes of the parts."""

    parts: Literal["up", "too"] = Field("up", description="up: to the top; too: deleted as well")


class TagOut(Count):
    """A hashtag; its version grows when it is renamed."""

    version: int


class TagsOut(BaseModel):
    """The tags in use."""

    tags: list[TagOut]


class TagRename(Input):
    """A tag and how it is to be written."""

    version: int = Version
    tag: str = Field(max_length=LONGEST_TAG, description="with or without #")
    name: str = Field(max_length=LONGEST_TAG)
    merge: bool = Field(True, description="false: 409 when there is a tag of the new name already")


class TagMerge(Input):
    """Several tags and the one that they become."""

    tags: list[str] = Field(description="1 to 1,000, with or without #")
    into: str = Field(max_length=LONGEST_TAG)


class TagRemove(Input):
    """The tags to take away from every picture."""

    tags: list[str] = Field(description="1 to 1,000, with or without #")


class ChangedOut(BaseModel):
    """What became of it."""

    changed: int = Field(description="pictures outside the trash that were changed")
    bulk_edit_id: int | None = Field(description="for the undo; null when nothing changed")


class TagQuery(Input):
    """Which tags to list."""

    prefix: str = Field("", max_length=200)
