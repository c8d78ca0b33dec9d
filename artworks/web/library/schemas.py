"""The shapes of the JSON about saved views and the trash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, create_model

from artworks.search.filters import ADDRESS_FILTERS
from artworks.web.schemas import LONGEST_ZONE, NAME, ZONE, Input, Version, filter_text


class Emptied(BaseModel):
    """How many pictures were deleted for good."""

    deleted: int


if TYPE_CHECKING:

    class ViewFilters(Input):
        """Filters as the library has them."""
else:
    ViewFilters = create_model(
        "ViewFilters",
        __base__=Input,
        __doc__="Filters as the library has them; at least one is given.",
        __module__=__name__,
        **{row.name: filter_text(row) for row in ADDRESS_FILTERS},
        sort=(str, Field("", max_length=20)),
        tz=(str, Field("", max_length=LONGEST_ZONE, description=f"{ZONE}; kept if the search names a day")),
    )


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
