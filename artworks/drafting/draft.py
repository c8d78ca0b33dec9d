"""Draft and refine one picture: prepare, call, apply, in short transactions with nothing open in between."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from artworks.core.errors import AppError
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Services
from artworks.drafting.call_policy import CallPolicy, PreparedCall
from artworks.drafting.calls import (
    NothingToDo,
    Outcome,
    Partial,
    enforce_voice,
    never_cancelled,
    prepare,
    retry_on_db_error,
    send,
    settle_usage,
    store_result,
)
from artworks.drafting.request import DraftOptions
from artworks.images import files as image_files
from artworks.images import image as images
from artworks.imaging import renditions
from artworks.usage import budget
from artworks.usage.budget import Refused
from artworks.voice import rules as voice_rules
from artworks.voice.settings import Choices
from gpt_service import TokenUsage

__all__ = ["NothingToDo", "Outcome", "Partial", "Preview", "draft_image", "preview"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preview:
    """How a picture's words would sound: the words, the rules of the voice they break, what the call used."""

    fields: dict[str, Any]
    problems: tuple[str, ...]
    usage: TokenUsage
    source: str


def draft_image(
    begin: TransactionFactory,
    services: Services,
    image_id: int,
    options: DraftOptions,
    on_partial: Partial | None = None,
    cancelled: Callable[[], bool] = never_cancelled,
    policy: CallPolicy | None = None,
) -> Outcome:
    """Draft the words of one picture and apply them.

    `begin` opens a transaction that commits at its end; none is open while the service is asked. `on_partial` gets the
    fields as far as they are written. Words that break a rule of the voice are asked for once more. Raises
    NothingToDo, NotFound, RateLimited, OverBudget and the AI errors; a call that was billed is written down in every
    case.
    """
    policy = policy or CallPolicy()
    with policy.concurrency_slot(services):
        jpeg = image_for_model(begin, services, image_id)
        policy.wait_for_rate_slot(begin, services)
        with policy.in_flight_slot(services):
            call = _prepare_call(begin, services, image_id, options, jpeg, policy)
            answer = send(begin, services, call, policy, on_partial, cancelled)
        outcome = store_result(begin, services, call, policy, *answer)
        return _rewrite_if_needed(begin, services, call, jpeg, outcome, policy.for_rewrite(), cancelled)


def image_for_model(begin: TransactionFactory, services: Services, image_id: int) -> bytes:
    """Return the small JPEG that the model is shown; raises NotFound, DamagedFile or StorageFull."""
    with begin() as session:
        image = images.find(session, image_id)
        key = image_files.rendition(session, services.storage, image, "preview")
        media_type = image.rendition_type or ""
    return renditions.for_model(services.storage.read(key), media_type)


def _prepare_call(
    begin: TransactionFactory,
    services: Services,
    image_id: int,
    options: DraftOptions,
    jpeg: bytes,
    policy: CallPolicy,
    choices: Choices | None = None,
) -> PreparedCall:
    """Prepare a call in a transaction of its own; raises what `prepare` does, and what the commit refuses."""
    try:
        with begin() as session:
            return prepare(session, services, image_id, options, jpeg, policy, choices)
    except DBAPIError as error:
        refused = budget.refusal(error, services.limits)
        if refused is None:
            raise
    except Refused as error:
        refused = error
    if isinstance(refused, Refused):
        raise policy.refusal_error(begin, services, refused)
    raise refused


def _rewrite_if_needed(
    begin: TransactionFactory,
    services: Services,
    call: PreparedCall,
    jpeg: bytes,
    outcome: Outcome,
    policy: CallPolicy,
    cancelled: Callable[[], bool],
) -> Outcome:
    """Ask once more for words that break a rule of the voice; the words so far are safe whatever becomes of it."""
    choices = call.choices
    found = voice_rules.problems(outcome.words, choices) if choices else []
    if choices is None or not found:
        return outcome
    better = outcome
    if outcome.source == "openai":
        fields = tuple(dict.fromkeys(problem.field for problem in found))
        feedback = voice_rules.rewrite_request(found)
        # What was empty holds the first answer by now, which AI may renew.
        only = "ai" if call.options.overwrite_policy == "empty" else call.options.overwrite_policy
        options = replace(
            call.options, fields=fields, feedback=feedback, draft=outcome.words, overwrite_policy=only
        )
        try:
            policy.wait_for_rate_slot(begin, services)
            with policy.in_flight_slot(services):
                second = _prepare_call(begin, services, call.image_id, options, jpeg, policy)
                answer = send(begin, services, second, policy, None, cancelled)
            better = store_result(begin, services, second, policy, *answer)
        except (AppError, SQLAlchemyError) as error:
            # The first ones are stored, and their problems are reported.
            why = error.code if isinstance(error, AppError) else type(error).__name__
            log.info("Words for picture %d could not be mended: %s", call.image_id, why)
    words = {**outcome.words, **better.words}
    remaining = voice_rules.problems(words, choices)
    return replace(
        better,
        usage=outcome.usage if better is outcome else outcome.usage + better.usage,
        note=outcome.note,
        suggested=outcome.suggested or better.suggested,
        words=words,
        problems=tuple(problem.sentence for problem in remaining),
    )


def preview(
    begin: TransactionFactory,
    services: Services,
    image_id: int,
    options: DraftOptions,
    choices: Choices,
    on_partial: Partial | None = None,
    cancelled: Callable[[], bool] = never_cancelled,
) -> Preview:
    """Try a voice on one picture: asks and pays, but saves nothing to the picture. Raises like `draft_image`."""
    policy = CallPolicy()
    with policy.concurrency_slot(services):
        jpeg = image_for_model(begin, services, image_id)
        call = _prepare_call(
            begin, services, image_id, replace(options, is_preview=True), jpeg, policy, choices
        )
        draft, seconds = send(begin, services, call, policy, on_partial, cancelled)
        retry_on_db_error(
            begin,
            policy,
            lambda session: settle_usage(
                session, services, call, policy, "ok", draft.usage, draft.rate_limits, seconds
            ),
        )
    words = enforce_voice(draft, choices)
    found = voice_rules.problems(words, choices)
    return Preview(words, tuple(problem.sentence for problem in found), draft.usage, draft.source)
