"""The shapes of the JSON about saved views and the trash."""

from __future__ import annotations

from pydantic import BaseModel, Field

from artworks.web.schemas import NAME, Input, Version


class Emptied(BaseModel):
    """How many pictures were deleted for good."""

    deleted: int


class ViewFilters(Input):
    """Filters as the library has them; at least one is given."""

    q: str = Field("", max_length=1000)
    category: str = Field("", max_length=1000)
    tag: str = Field("", max_length=1000)
    status: str = Field("", max_length=20)
    sort: str = Field("", max_length=20)
    collection: str = Field("", max_length=18, description="id of a collection")
    colour: str = Field("", max_length=20, description="a plain name such as teal, or #rrggbb")


class ViewIn(Input):
    """Filters to keep under a name."""

    name: str = Field(description=NAME)
    filters: ViewFilters


class ViewEdit(Input):
    """A change of a view; what is left out stays."""

    version: int = Version
    name: str | None = Field(None, description=NAME)
    filters: ViewFilters | None = None


class ViewOut(BaseModel):
    """Filters with a name."""

    id: int
    name: str
    filters: dict[str, str]
    version: int
    url: str
    created_at: str


class ViewsOut(BaseModel):
    """The saved views by name."""

    views: list[ViewOut]
