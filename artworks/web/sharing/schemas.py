"""The shapes of the JSON about shared galleries."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from artworks.sharing.share_link import MOST_IMAGES
from artworks.web.schemas import Id, Input, Version

Days = Literal[7, 30, 90]
TITLE = "what the client reads above the pictures, at most 120 characters"
NOTE = "a few words below the title, at most 2,000 characters"
WORDS = "whether titles and descriptions are shown; alt texts always are there"
ORIGINALS = "whether the files as they were uploaded can be downloaded"
PASSCODE = "4 to 100 characters; empty for none"
DAYS = "open for 7, 30 or 90 days from now; null for no end"


class SharesQuery(Input):
    """Which shared galleries to list."""

    limit: int = Field(50, ge=1, le=200)
    after: Id | None = Field(None, description="`next` of the page before")


class ShareIn(Input):
    """A new gallery, of a collection or of chosen pictures: one of the two is given."""

    title: str = Field(description=TITLE)
    note: str = Field("", description=NOTE)
    collection_id: Id | None = None
    image_ids: list[Id] = Field([], max_length=MOST_IMAGES, description="in the order they are to be shown")
    with_words: bool = Field(False, description=WORDS)
    with_originals: bool = Field(False, description=ORIGINALS)
    passcode: str | None = Field(None, description=PASSCODE)
    days: Days | None = Field(None, description=DAYS)


class ShareEdit(Input):
    """A change of a gallery; what is left out stays."""

    version: int = Version
    title: str | None = Field(None, description=TITLE)
    note: str | None = Field(None, description=NOTE)
    with_words: bool | None = Field(None, description=WORDS)
    with_originals: bool | None = Field(None, description=ORIGINALS)
    passcode: str | None = Field(None, description=PASSCODE)
    days: Days | None = Field(None, description=DAYS)
    new_address: bool = Field(
        False, description="gives it another address; the old one opens nothing any more"
    )


class ShareOut(BaseModel):
    """A shared gallery; `images` counts its pictures, `url` is null when its address cannot be shown any more."""

    id: int
    title: str
    note: str
    version: int
    collection_id: int | None
    images: int
    with_words: bool
    with_originals: bool
    has_passcode: bool
    state: Literal["open", "ended", "revoked"]
    url: str | None
    made_by: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    opened: int
    opened_at: str | None


class SharesOut(BaseModel):
    """Shared galleries, the newest first; `next` leads to the page after it."""

    shares: list[ShareOut]
    next: int | None
