"""Draft and refine one picture: prepare, call, apply, in short transactions with nothing open in between."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from artworks.core.errors import AppError
from artworks.dependencies import Services
from artworks.drafting.call_policy import Begin, Errand, Job
from artworks.drafting.calls import (
    NothingToDo,
    Outcome,
    Partial,
    call,
    finished,
    keep,
    never,
    prepare,
    settle,
    stored,
)
from artworks.drafting.request import Wish
from artworks.images import files as pictures
from artworks.images import image as images
from artworks.imaging import renditions
from artworks.usage import budget
from artworks.usage.budget import Refused
from artworks.voice import rules as voice_rules
from artworks.voice.settings import Choices
from gpt_service import TokenUsage

__all__ = ["Begin", "Errand", "NothingToDo", "Outcome", "Partial", "Preview", "Wish", "describe", "preview"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preview:
    """How a picture's words would sound: the words, the rules of the voice they break, what the call used."""

    fields: dict[str, Any]
    problems: tuple[str, ...]
    usage: TokenUsage
    source: str


def describe(
    begin: Begin,
    services: Services,
    image_id: int,
    wish: Wish,
    on_partial: Partial | None = None,
    cancelled: Callable[[], bool] = never,
    errand: Errand | None = None,
) -> Outcome:
    """Ask for words for one picture and put them where they belong.

    `begin` opens a transaction that commits at its end; none is open while the service is asked. `on_partial` gets the
    fields as far as they are written. Words that break a rule of the voice are asked for once more. Raises
    NothingToDo, NotFound, RateLimited, OverBudget and the AI errors; a call that was billed is written down in every
    case.
    """
    errand = errand or Errand()
    with errand.whole(services):
        jpeg = picture_for_model(begin, services, image_id)
        errand.wait(begin, services)
        with errand.speaking(services):
            job = _prepared(begin, services, image_id, wish, jpeg, errand)
            answer = call(begin, services, job, errand, on_partial, cancelled)
        outcome = keep(begin, services, job, errand, *answer)
        return _mended(begin, services, job, jpeg, outcome, errand.again(), cancelled)


def picture_for_model(begin: Begin, services: Services, image_id: int) -> bytes:
    """Make the small JPEG that the model is shown; raises NotFound, DamagedFile or StorageFull."""
    with begin() as session:
        image = images.find(session, image_id)
        key = pictures.rendition(session, services.storage, image, "preview")
        media_type = image.rendition_type or ""
    return renditions.for_model(services.storage.read(key), media_type)


def _prepared(
    begin: Begin,
    services: Services,
    image_id: int,
    wish: Wish,
    jpeg: bytes,
    errand: Errand,
    choices: Choices | None = None,
) -> Job:
    """Prepare a call in a transaction of its own; raises what `prepare` does, and what the commit refuses."""
    try:
        with begin() as session:
            return prepare(session, services, image_id, wish, jpeg, errand, choices)
    except DBAPIError as error:
        refused = budget.refusal(error, services.limits)
        if refused is None:
            raise
    except Refused as error:
        refused = error
    if isinstance(refused, Refused):
        raise errand.without_money(begin, services, refused)
    raise refused


def _mended(
    begin: Begin,
    services: Services,
    job: Job,
    jpeg: bytes,
    outcome: Outcome,
    errand: Errand,
    cancelled: Callable[[], bool],
) -> Outcome:
    """Ask once more for words that break a rule of the voice; the words so far are safe whatever becomes of it."""
    choices = job.choices
    found = voice_rules.problems(outcome.words, choices) if choices else []
    if choices is None or not found:
        return outcome
    better = outcome
    if outcome.source == "openai":
        fields = tuple(dict.fromkeys(problem.field for problem in found))
        feedback = voice_rules.rewrite_request(found)
        # What was empty holds the first answer by now, which AI may renew.
        only = "ai" if job.wish.only == "empty" else job.wish.only
        wish = replace(job.wish, fields=fields, feedback=feedback, draft=outcome.words, only=only)
        try:
            errand.wait(begin, services)
            with errand.speaking(services):
                second = _prepared(begin, services, job.image_id, wish, jpeg, errand)
                answer = call(begin, services, second, errand, None, cancelled)
            better = keep(begin, services, second, errand, *answer)
        except (AppError, SQLAlchemyError) as error:
            # The first ones are stored, and told.
            why = error.code if isinstance(error, AppError) else type(error).__name__
            log.info("Words for picture %d could not be mended: %s", job.image_id, why)
    words = {**outcome.words, **better.words}
    left = voice_rules.problems(words, choices)
    return replace(
        better,
        usage=outcome.usage if better is outcome else outcome.usage + better.usage,
        note=outcome.note,
        suggested=outcome.suggested or better.suggested,
        words=words,
        problems=tuple(problem.sentence for problem in left),
    )


def preview(
    begin: Begin,
    services: Services,
    image_id: int,
    wish: Wish,
    choices: Choices,
    on_partial: Partial | None = None,
    cancelled: Callable[[], bool] = never,
) -> Preview:
    """Try a voice on one picture: asks and pays, but saves nothing to the picture. Raises like `describe`."""
    errand = Errand()
    with errand.whole(services):
        jpeg = picture_for_model(begin, services, image_id)
        job = _prepared(begin, services, image_id, replace(wish, trying=True), jpeg, errand, choices)
        draft, seconds = call(begin, services, job, errand, on_partial, cancelled)
        stored(
            begin,
            errand,
            lambda session: settle(
                session, services, job, errand, "ok", draft.usage, draft.rate_limits, seconds
            ),
        )
    words = finished(draft, choices)
    found = voice_rules.problems(words, choices)
    return Preview(words, tuple(problem.sentence for problem in found), draft.usage, draft.source)
