"""The shapes of the JSON about collections."""

from __future__ import annotations

from pydantic import BaseModel, Field

from artworks.collections.collection import MOST_IDS
from artworks.web.schemas import NAME, Id, Input, Version

NOTE = "what it is about, at most 2,000 characters"
BEFORE = "id of the picture that is to come next; null for the end"
AFTER = "id of the picture that is to come right before, instead of `before`"


class CollectionsQuery(Input):
    """Which collections to list."""

    limit: int = Field(100, ge=1, le=1000)
    after: str = Field("", max_length=1000, description="`next` of the page before")


class CollectionIn(Input):
    """A new collection."""

    name: str = Field(description=NAME)
    note: str = Field("", description=NOTE)


class CollectionEdit(Input):
    """A change of a collection; what is left out stays."""

    version: int = Version
    name: str | None = Field(None, description=NAME)
    note: str | None = Field(None, description=NOTE)


class PositionIn(Input):
    """A place in the order of a collection."""

    before: Id | None = Field(None, description=BEFORE)
    after: Id | None = Field(None, description=AFTER)


class PicturesIn(PositionIn):
    """Pictures to add in this order; they go to the end unless a place is given."""

    ids: list[Id] = Field(min_length=1, max_length=MOST_IDS)


class PicturesOut(Input):
    """Pictures to take out."""

    ids: list[Id] = Field(min_length=1, max_length=MOST_IDS)


class Move(PositionIn):
    """A picture and its new place; one of `before` and `after` is given."""

    image_id: Id
    arranged: int = Field(ge=1, lt=2**31, description="the version of the order the person saw")


class Places(Input):
    """Where a picture stands, and where it stood; the answer to a move names both in its link to the undo."""

    place: float = Field(allow_inf_nan=False)
    was: float = Field(allow_inf_nan=False)


class OrderOut(BaseModel):
    """The version of the order after a move."""

    arranged: int


class CollectionUrls(BaseModel):
    """Addresses of a collection."""

    page: str
    library: str
    export: str


class CollectionOut(BaseModel):
    """A collection; `images` counts its pictures, `cover` is the id of the first."""

    id: int
    name: str
    note: str
    version: int = Field(description="of its name and note")
    arranged: int = Field(description="the version of the order of its pictures")
    images: int
    cover: int | None
    created_at: str
    urls: CollectionUrls


class CollectionsOut(BaseModel):
    """Collections by name; `next` leads to the page after it."""

    collections: list[CollectionOut]
    next: str | None


class AddedOut(BaseModel):
    """How many pictures were added, were in it before, and are not in the library."""

    added: int
    already: int
    missing: int


class RemovedOut(BaseModel):
    """How many pictures were taken out."""

    removed: int
