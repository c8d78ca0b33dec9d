"""The shapes of the JSON about look-alikes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from artworks.web.images.schemas import ImageOut
from artworks.web.schemas import Input

Kind = Literal["bytes", "pixels", "looks"]


class PairsQuery(Input):
    """Which page of pairs."""

    kind: Literal["", "bytes", "pixels", "looks"] = Field(
        "", description="the same file, the same pixels in another file, or looking alike; all when left out"
    )
    limit: int = Field(20, ge=1, le=100)
    after: str = Field("", max_length=100, description="cursor of the page before")


class PairOut(BaseModel):
    """Two pictures; `distance` is in bits of the look, 0 to 7."""

    first: ImageOut
    second: ImageOut
    kind: Kind
    distance: int
    found_at: str


class PairsOut(BaseModel):
    """One page of pairs that wait for somebody; `counts` go up to 1,000 for each kind."""

    pairs: list[PairOut]
    next: str | None
    counts: dict[Kind, int]
    not_compared: int = Field(description="pictures whose doubles are not looked for yet, up to 1,000")


class KeepIn(Input):
    """What to keep of a pair; the other one goes to the trash."""

    keep: Literal["first", "second", "both"]
    take_words: bool = Field(
        True, description="fill what is empty in the picture that is kept with the words of the other one"
    )


class KeptOut(BaseModel):
    """What became of the pair."""

    kept: list[ImageOut]
    trashed: ImageOut | None
    told: str = Field(description="which shared galleries do not show it any more, in words; empty for none")
