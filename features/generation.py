"""Draft and refine one picture: prepare, call, apply, in short transactions with nothing open in between."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import gpt_service
from adapters import renditions
from errors import AppError, Invalid, NotFound, RateLimited
from features import budget, catalogue, images, pictures, prompts, suggestions
from features.services import Services
from features.words import clean, clean_fields
from gpt_types import Draft, DraftRequest, Usage
from models import TEXT_FIELDS, Feedback, Image

Begin = Callable[[], AbstractContextManager[Session]]
Partial = Callable[[dict[str, Any]], None]

# Facts of the artist's own: written by a person they are the truth, and not asked to be improved unless named.
FACTS = ("key_points", "category")
AI_MAY_WRITE = ("ai", "placeholder")
FEEDBACK_REMEMBERED = 10
CATEGORIES_SHOWN = 60
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
BUSY_SECONDS = 5
# A draft takes at most three times the timeout, retries included; the fourth is for storing it.
LONGEST_CALL = 4
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wish:
    """What a person asks for; `feedback` turns a first draft into a refinement. Raises Invalid."""

    fields: tuple[str, ...] | None = None
    note: str = ""
    language: str = "en"
    feedback: str | None = None

    def __post_init__(self) -> None:
        for name in self.fields or ():
            if name not in TEXT_FIELDS:
                raise Invalid(f"There is no field called {name[:60]}.", field="fields")
        if self.fields == ():
            raise Invalid("Choose at least one field.", field="fields")
        if not LANGUAGE.fullmatch(self.language) or len(self.language) > 35:
            raise Invalid("The language must be a code such as en or pt-BR.", field="language")
        object.__setattr__(self, "note", clean(self.note, "note", 2000))
        if self.feedback is not None:
            object.__setattr__(self, "feedback", clean(self.feedback, "feedback", 2000))
            if not self.feedback:
                raise Invalid("Say what you would like to have changed.", field="feedback")

    @property
    def kind(self) -> str:
        """Name the kind of call: generate or refine."""
        return "generate" if self.feedback is None else "refine"


@dataclass(frozen=True)
class Job:
    """One call, prepared: the request, what is held back for it, and its entry in the ledger."""

    image_id: int
    wish: Wish
    request: DraftRequest
    held: Usage
    usage_id: int


@dataclass(frozen=True)
class Outcome:
    """What became of a draft: the picture as it is now, what the call used, and whether it left a suggestion."""

    image: Image
    usage: Usage
    source: str
    note: str
    suggested: bool


def never() -> bool:
    """Say that nobody cancelled."""
    return False


def describe(
    begin: Begin,
    services: Services,
    image_id: int,
    wish: Wish,
    on_partial: Partial | None = None,
    cancelled: Callable[[], bool] = never,
) -> Outcome:
    """Ask for words for one picture and put them where they belong.

    `begin` opens a transaction that commits at its end; none is open while the service is asked. `on_partial` gets the
    fields as far as they are written. Raises NotFound, RateLimited, OverBudget and the AI errors; a call that
    was billed is written down in every case.
    """
    with _slot(services):
        with begin() as session:
            image = images.find(session, image_id)
            key = pictures.rendition(session, services.storage, image, "preview")
            media_type = image.rendition_type or ""
        jpeg = renditions.for_model(services.storage.read(key), media_type)
        with begin() as session:
            job = prepare(session, services, image_id, wish, jpeg)
        started = time.monotonic()
        try:
            draft = gpt_service.draft(job.request, services.service, on_partial, cancelled)
        except BaseException as error:
            with begin() as session:
                fail(session, services, job, error, time.monotonic() - started)
            raise
        outcome = _keep(begin, services, job, draft, time.monotonic() - started)
        if outcome is None:
            raise NotFound("This picture was deleted while its words were being written.")
        return outcome


@contextmanager
def _slot(services: Services) -> Iterator[None]:
    """Hold one of the process's places for slow calls; raises RateLimited when all are taken."""
    if not services.slots.acquire(blocking=False):
        raise RateLimited(
            f"Many drafts are being written right now. Try again in {BUSY_SECONDS} s.",
            retry_after=BUSY_SECONDS,
        )
    try:
        yield
    finally:
        services.slots.release()


def prepare(session: Session, services: Services, image_id: int, wish: Wish, jpeg: bytes) -> Job:
    """Build the request, take a permit and hold back the money, all in one transaction."""
    # The entry in the ledger points to the picture, so nobody may delete it meanwhile. Locks are taken in one order
    # everywhere, the picture, its words, the ledger, the shared limits, so that no two calls wait for each other.
    session.execute(select(Image.id).where(Image.id == image_id).with_for_update(read=True, key_share=True))
    image = images.find(session, image_id)
    request = _request(session, image, wish, jpeg)
    held = gpt_service.estimate(request, services.service)
    budget.take(session, services.limits, held.input_tokens + held.output_tokens)
    usage_id = budget.reserve(
        session,
        services.limits,
        image_id=image_id,
        kind=wish.kind,
        source=services.service.source,
        model=services.service.model if services.service.source == "openai" else "placeholder",
        usd=held.usd,
        longest=LONGEST_CALL * services.service.timeout,
    )
    return Job(image_id, wish, request, held, usage_id)


def _request(session: Session, image: Image, wish: Wish, jpeg: bytes) -> DraftRequest:
    fields = wish.fields or _usual_fields(image, wish)
    truth = image.key_points if image.origins.get("key_points") not in AI_MAY_WRITE else ""
    current = {
        field: image.words(field)
        for field in TEXT_FIELDS
        if image.words(field) and (wish.feedback is not None or image.origins.get(field) not in AI_MAY_WRITE)
    }
    request = DraftRequest(
        image_jpeg=jpeg,
        fields=fields,
        filename=image.original_filename,
        truth=truth,
        current=current,
        categories=catalogue.category_names(session, CATEGORIES_SHOWN),
        note=wish.note,
        language=wish.language,
        feedback=wish.feedback,
        earlier_feedback=_earlier_feedback(session, image),
        orientation=_orientation(image),
        colours=renditions.colour_names(list(image.colours)),
    )
    prompt = prompts.prompt(
        fields=fields,
        filename=request.filename,
        truth=truth,
        current=current,
        categories=request.categories,
        note=request.note,
        feedback=request.feedback,
        earlier_feedback=request.earlier_feedback,
    )
    return replace(request, system=prompts.system(wish.language), prompt=prompt)


def _usual_fields(image: Image, wish: Wish) -> tuple[str, ...]:
    """Choose the fields when nobody named any: all, but not the facts that the person wrote."""
    if wish.feedback is not None:
        written = tuple(field for field in TEXT_FIELDS if field not in FACTS and image.words(field))
        return written or tuple(field for field in TEXT_FIELDS if field not in FACTS)
    return tuple(
        field
        for field in TEXT_FIELDS
        if field not in FACTS or not image.words(field) or image.origins.get(field) in AI_MAY_WRITE
    )


def _orientation(image: Image) -> str:
    width, height = image.width or 1, image.height or 1
    if 0.95 < width / height < 1.05:
        return "square"
    return "landscape" if width > height else "portrait"


def _earlier_feedback(session: Session, image: Image) -> list[str]:
    """Read what was asked for on this picture before, oldest first, the last ten."""
    query = select(Feedback.text).where(Feedback.image_id == image.id).order_by(Feedback.id.desc())
    return list(session.scalars(query.limit(FEEDBACK_REMEMBERED)))[::-1]


def fail(session: Session, services: Services, job: Job, error: BaseException, seconds: float) -> None:
    """Write down a call that brought no words, with what it cost all the same; make all wait when told to."""
    used: Usage = gpt_service.usage_of(error) or Usage()
    code = _code(error)
    state, code = ("cancelled", "") if isinstance(error, gpt_service.DraftCancelled) else ("failed", code)
    # Before the tokens are corrected: a new call takes the two buckets in this order too.
    if isinstance(error, RateLimited) and error.retry_after:
        budget.hold_back(session, error.retry_after)
    _settle(session, services, job, state, used, seconds, code)
    log.info(
        "A %s for picture %d ended with %s after %.1f s.", job.wish.kind, job.image_id, code or state, seconds
    )


def _code(error: BaseException) -> str:
    return error.code if isinstance(error, AppError) else type(error).__name__


def _settle(
    session: Session, services: Services, job: Job, state: str, used: Usage, seconds: float, error: str = ""
) -> None:
    budget.settle(
        session,
        job.usage_id,
        state=state,
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        usd=used.usd,
        seconds=seconds,
        error=error,
    )
    held, spent = (usage.input_tokens + usage.output_tokens for usage in (job.held, used))
    budget.correct(session, services.limits, held, spent)


def _keep(begin: Begin, services: Services, job: Job, draft: Draft, seconds: float) -> Outcome | None:
    """Apply a draft, and once more when the database stumbled: it is paid for and was read already.

    When it cannot be applied at all, what it cost is written down nevertheless.
    """
    for attempt in (1, 2):
        try:
            with begin() as session:
                return apply(session, services, job, draft, seconds)
        except Exception as error:
            if attempt == 1 and isinstance(error, DBAPIError):
                log.warning("Words for picture %d could not be stored: %s", job.image_id, _code(error))
                continue
            with begin() as session:
                _settle(session, services, job, "failed", draft.usage, seconds, _code(error))
            raise
    return None


def apply(session: Session, services: Services, job: Job, draft: Draft, seconds: float) -> Outcome | None:
    """Put a draft where it belongs and settle its money.

    Empty fields and fields last written by AI are filled, as they are now and not as they were when the call began;
    other words wait as a suggestion, and all of a refinement's do. None when the picture is gone for good; one in the
    trash gets its words and stays there.
    """
    image = images.find_locked(session, job.image_id)
    suggested = image is not None and _place(session, image, job.wish, draft)
    # Last, because calls of every process wait for these rows.
    _settle(session, services, job, "ok", draft.usage, seconds)
    return Outcome(image, draft.usage, draft.source, draft.note, suggested) if image is not None else None


def _place(session: Session, image: Image, wish: Wish, draft: Draft) -> bool:
    """Fill what AI may fill and let the rest wait; tells whether anything waits.

    Placeholder words take the place of placeholder words only: those that a model wrote are worth more.
    """
    words = clean_fields(draft.fields)
    refining = wish.feedback is not None
    origin = "ai" if draft.source == "openai" else "placeholder"
    may_write = AI_MAY_WRITE if origin == "ai" else ("placeholder",)
    free = {
        field: value
        for field, value in words.items()
        if not refining and value and (not image.words(field) or image.origins.get(field) in may_write)
    }
    waiting = {
        field: value
        for field, value in words.items()
        if field not in free and value and value != image.words(field)
    }
    if free:
        _fill(session, image, free, origin, draft.usage.usd)
    suggestions.put(
        session,
        image,
        waiting,
        source=draft.source,
        note=wish.note or draft.note,
        feedback=wish.feedback or "",
    )
    if wish.feedback:
        session.add(Feedback(image_id=image.id, text=wish.feedback))
    return bool(waiting)


def _fill(session: Session, image: Image, words: dict[str, Any], origin: str, usd: Decimal) -> None:
    images.write(
        session,
        image,
        {**words, "status": "draft"},
        by=origin,
        action="generate",
        origins=dict.fromkeys(words, origin),
        usd=usd,
    )
