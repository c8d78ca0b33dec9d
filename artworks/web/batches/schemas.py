"""The shapes of the JSON about batches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from artworks.web.schemas import FieldName, Input, SelectIn

Only = Literal["empty", "ai", "suggest"]
Tier = Literal["standard", "flex"]
State = Literal["running", "paused", "done", "cancelled"]
Cap = Field(None, allow_inf_nan=False, description="dollars that the batch may cost at most")


def _in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC: PostgreSQL takes no zone that is further away than 16 hours."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("This should be a moment of the years 1 to 9999") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class BatchIn(Input):
    """What to write, for which pictures."""

    select: SelectIn
    fields: list[FieldName] | None = Field(None, description="all that may be written, when left out")
    only: Only = Field(
        "empty",
        description="fill what is empty; ai also renews what AI wrote; suggest lets new words also wait beside a "
        "person's own",
    )
    approved_too: bool = Field(
        False, description='with only: "ai"; also renews what AI wrote and a person approved'
    )
    note: str = Field("", max_length=2000, description="what is true of all these pictures")
    language: str = Field("", max_length=35, description="a code such as en; the voice's own when left out")
    tier: Tier = Field("standard", description="flex is cheaper and slower, where the service has it")
    cap_usd: float | None = Cap


class ResumeIn(Input):
    """A higher cap, when that is what the batch waits for."""

    cap_usd: float | None = Cap


class BatchesQuery(Input):
    """Which page of batches."""

    before: int = Field(0, ge=0, lt=2**63, description="id that the page before ended with")
    limit: int = Field(50, ge=1, le=200)


class BatchQuery(Input):
    """What to tell of one batch."""

    since: Moment | None = Field(None, description="lists the pictures that were finished since then")


class EstimateOut(BaseModel):
    """What a batch would take."""

    images: int = Field(description="pictures that there is something to write for")
    chosen: int = Field(description="all that were chosen")
    approved: int = Field(description="those with words that AI wrote and a person approved")
    usd: float
    seconds: int
    measured: bool = Field(description="from earlier calls of the same model; else a guess")
    least_cap_usd: float = Field(description="the lowest cap that lets one picture through")


class PausedOut(BaseModel):
    """Why a batch is paused: person, cap, share, month, rights or setup, and a sentence."""

    code: str
    message: str
    details: str | None = Field(None, description="for owners: what the AI service said")


class SkippedOut(BaseModel):
    """How many of the chosen pictures are left out, by reason."""

    no_words_needed: int
    trashed: int
    deleted: int


class BatchOut(BaseModel):
    """One batch: what was asked for, how far it is, what it has cost."""

    id: int
    state: State
    about: str = Field(description="what was chosen, in words")
    person: str = Field(description="who pays for it")
    total: int
    done: int
    failed: int
    skipped: int
    skipped_because: SkippedOut
    left: int
    usd: float = Field(description="spent so far")
    held_usd: float = Field(description="held back for calls under way")
    cap_usd: float | None
    lost: int = Field(
        description="calls that were cut off by a crash and count as the most they can have cost"
    )
    eta_seconds: int | None = Field(description="null unless it runs")
    paused: PausedOut | None
    only: Only
    approved_too: bool
    bulk_edit_id: int | None = Field(description="for the undo, once no more words come in; null without one")
    fields: list[FieldName] = Field(description="empty for all that may be written")
    note: str
    language: str
    tier: Tier
    created_at: str
    finished_at: str | None


class FailureOut(BaseModel):
    """A picture whose words could not be written."""

    image_id: int | None = Field(description="null when the picture was deleted")
    name: str
    message: str
    details: str | None = Field(None, description="for owners: what the AI service said")


class BatchDetail(BatchOut):
    """One batch with its first 200 failures; `failed` counts all."""

    failures: list[FailureOut]
    written: list[int] | None = Field(
        None, description="with `since`: pictures that were finished, the last one first, at most 1,000"
    )


class BatchPage(BaseModel):
    """Batches, newest first; `next` is the `before` of the next page."""

    batches: list[BatchOut]
    next: int | None


class ActiveBatch(BatchOut):
    """One batch; without money and notes for whoever may only look."""

    usd: float | None  # type: ignore[assignment]
    held_usd: float | None  # type: ignore[assignment]
    person: str | None  # type: ignore[assignment]
    note: str | None  # type: ignore[assignment]


class ActiveOut(BaseModel):
    """The batches that run or are paused, oldest first, and the time on the server."""

    batches: list[ActiveBatch]
    now: str
