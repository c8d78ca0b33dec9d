"""One paid call: money is held back, the service is asked, the words are stored and the money is settled."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

import gpt_service
from artworks.core.actor import OWNER_NAME, actor_of
from artworks.core.errors import AppError, NotFound, RateLimited
from artworks.core.text import clean_fields
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Services
from artworks.drafting.budget_waits import LONGEST_CALL
from artworks.drafting.call_policy import CallPolicy, PreparedCall
from artworks.drafting.placement import DraftFields, apply_draft
from artworks.drafting.request import DraftOptions, fields_for, request_for
from artworks.images import image as images
from artworks.usage import budget, pricing, rate_limit
from artworks.usage.budget import NotSent, Purpose, Refused
from artworks.voice import rules as voice_rules
from artworks.voice import voice
from artworks.voice.settings import Choices
from gpt_service import Draft, RateLimitInfo, ServiceSettings, TokenUsage
from models import Image

Partial = Callable[[dict[str, Any]], None]
Written = TypeVar("Written")
log = logging.getLogger(__name__)


class NothingToDo(AppError):  # noqa: N818 - named like the others in artworks/core/errors.py
    """Every field that was asked for has words already (409)."""

    status, code = 409, "conflict"


@dataclass(frozen=True)
class Outcome:
    """What became of a draft: the picture as it is now, what the call used, and whether it left a suggestion.

    `words` are those that were applied; `problems` are sentences about rules of the voice that they still break.
    """

    image: Image
    usage: TokenUsage
    source: str
    note: str
    suggested: bool
    words: dict[str, Any]
    problems: tuple[str, ...] = ()


def never_cancelled() -> bool:
    """Return that nobody cancelled."""
    return False


def prepare(
    session: Session,
    services: Services,
    image_id: int,
    options: DraftOptions,
    jpeg: bytes,
    policy: CallPolicy,
    choices: Choices | None = None,
) -> PreparedCall:
    """Build the request, hold back the money and take a permit, all in one transaction.

    `choices` stand for the saved voice when somebody tries others. Raises NothingToDo when every field that was asked
    for has words already.
    """
    pricing.require(services.service, services.limits)
    # The entry in the ledger points to the picture, so nobody may delete it meanwhile. Locks are taken in one order
    # everywhere, the picture, its words, the ledger, the shared limits, so that no two calls wait for each other.
    # In a statement of its own: one that waited for the lock would join the picture to what was there before.
    session.execute(select(Image.id).where(Image.id == image_id).with_for_update(read=True, key_share=True))
    policy.before_reserve(session)
    image = images.find(session, image_id)
    fields = fields_for(image, options)
    if not fields:
        raise NothingToDo("There is nothing left to write here.")
    saved = None if choices else voice.current(session)
    choices = choices or (voice.choices_of(saved) if saved else None)
    request = request_for(
        session,
        image,
        options,
        jpeg,
        fields=fields,
        choices=choices,
        categories=policy.categories(session),
        titles_in_use=policy.titles_in_use,
    )
    settings = policy.settings(services)
    held = gpt_service.most_of_one(request, settings)
    paid = settings.source == "openai"
    actor = actor_of(session)
    purpose = Purpose(
        kind=options.kind,
        source=settings.source,
        model=settings.model if paid else "placeholder",
        image_id=image_id,
        batch_id=policy.batch_id,
        tier=settings.tier,
        person=actor.name or OWNER_NAME,
        person_id=actor.person_id,
    )
    # The rows of rate_bucket before those of spending, as at the end of a call.
    policy.acquire_permit(session, services, held)
    usage_id, settings = reserve_for_attempts(session, services, purpose, held.usd, settings)
    policy.call_started(session, usage_id)
    return PreparedCall(
        image_id, options, request, settings, held, usage_id, saved.id if saved else None, choices
    )


def reserve_for_attempts(
    session: Session, services: Services, purpose: Purpose, usd: Decimal, settings: ServiceSettings
) -> tuple[int, ServiceSettings]:
    """Hold back what every attempt of a call may cost, `usd` each; for fewer attempts when the limits do not cover all.

    Return the id of the entry in the ledger, and the settings with the attempts that there are. Raises Refused.
    """
    longest = LONGEST_CALL * services.service.timeout
    for attempts in range(settings.attempts, 1, -1):
        try:
            with session.begin_nested():
                usage_id = budget.reserve(session, services.limits, purpose, usd * attempts, longest)
            return usage_id, replace(settings, attempts=attempts)
        except Refused as refused:
            log.info("Set aside for fewer attempts than %d: %s", attempts, refused.message)
    usage_id = budget.reserve(session, services.limits, purpose, usd, longest)
    return usage_id, replace(settings, attempts=1)


def send(
    begin: TransactionFactory,
    services: Services,
    call: PreparedCall,
    policy: CallPolicy,
    on_partial: Partial | None = None,
    cancelled: Callable[[], bool] = never_cancelled,
) -> tuple[Draft, float]:
    """Send the call; return the draft and how many seconds it took. A failure is settled before it is raised."""
    started = time.monotonic()
    try:
        policy.sent = True
        draft = gpt_service.draft(call.request, call.settings, on_partial, cancelled)
    except BaseException as caught:
        error, seconds = caught, time.monotonic() - started
        retry_on_db_error(
            begin, policy, lambda session: record_failure(session, services, call, policy, error, seconds)
        )
        raise
    return draft, time.monotonic() - started


def retry_on_db_error(
    begin: TransactionFactory, policy: CallPolicy, write: Callable[[Session], Written]
) -> Written:
    """Run `write` in a transaction, and again after a database error: what it writes was paid for.

    Twice at least; for the policy's `store_seconds` while the database is away.
    """
    until, pause = time.monotonic() + policy.store_seconds, 0.0
    while True:
        try:
            with begin() as session:
                return write(session)
        except SQLAlchemyError as error:
            away = isinstance(error, OperationalError | InterfaceError | PoolTimeout)
            if pause and (time.monotonic() > until or not away):
                raise
            log.warning("What a call brought could not be stored: %s", type(error).__name__)
        time.sleep(pause)
        pause = 0.5


def store_result(
    begin: TransactionFactory,
    services: Services,
    call: PreparedCall,
    policy: CallPolicy,
    draft: Draft,
    seconds: float,
) -> Outcome:
    """Store a draft; when it cannot be applied at all, what it cost is written down nevertheless.

    Raises NotFound when the words are not wanted any more.
    """
    try:
        outcome = retry_on_db_error(
            begin, policy, lambda session: apply_result(session, services, call, policy, draft, seconds)
        )
    except Exception as error:
        with begin() as session:
            settle_usage(
                session,
                services,
                call,
                policy,
                "failed",
                draft.usage,
                draft.rate_limits,
                seconds,
                _error_code(error),
            )
            policy.on_failure(session, error)
        raise
    if outcome is None:
        raise NotFound("This picture was deleted while its words were being written.")
    return outcome


def apply_result(
    session: Session, services: Services, call: PreparedCall, policy: CallPolicy, draft: Draft, seconds: float
) -> Outcome | None:
    """Apply a draft to its picture and settle its money.

    Fields are filled as they are now and not as they were when the call began; other words wait as a suggestion, and
    all of a refinement's do. None when the words are not wanted any more, as when the picture is gone for good; one in
    the trash gets its words and stays there.
    """
    image = images.find_locked(session, call.image_id)
    words, suggested = enforce_voice(draft, call.choices), False
    wanted = policy.accepts_result(session, image)
    if image is not None and wanted:
        words = policy.adjust_fields(session, image, words)
        usd, action_id = draft.usage.usd, policy.bulk_edit_id
        placed = DraftFields(words, draft.source, draft.note, usd, call.voice_id, action_id)
        suggested = apply_draft(session, image, call.options, placed)
    # Last, because calls of every process wait for these rows.
    settle_usage(session, services, call, policy, "ok", draft.usage, draft.rate_limits, seconds)
    if image is None or not wanted:
        return None
    return Outcome(image, draft.usage, draft.source, draft.note, suggested, words)


def enforce_voice(draft: Draft, choices: Choices | None) -> dict[str, Any]:
    """Return the words of a draft as they are stored: cleaned, and within what code can enforce of the voice."""
    words = clean_fields(draft.fields)
    if choices is None or draft.source != "openai":
        return words
    return clean_fields(voice_rules.applied(words, choices))


def record_failure(
    session: Session,
    services: Services,
    call: PreparedCall,
    policy: CallPolicy,
    error: BaseException,
    seconds: float,
) -> None:
    """Write down a call that brought no words, with what it cost; back off when the service asks for a pause."""
    used = gpt_service.usage_of(error) or TokenUsage()
    # Stopped by a person or before it was sent: nothing failed.
    stopped = isinstance(error, gpt_service.DraftCancelled | NotSent)
    state, code = ("cancelled", "") if stopped else ("failed", _error_code(error))
    policy.on_failure(session, error)
    settle_usage(
        session, services, call, policy, state, used, gpt_service.rate_limits_of(error), seconds, code
    )
    if isinstance(error, RateLimited) and error.retry_after:
        rate_limit.back_off(session, error.retry_after)
    log.info(
        "A %s for picture %d ended with %s after %.1f s.",
        call.options.kind,
        call.image_id,
        code or state,
        seconds,
    )


def _error_code(error: BaseException) -> str:
    return error.code if isinstance(error, AppError) else type(error).__name__


def settle_usage(
    session: Session,
    services: Services,
    call: PreparedCall,
    policy: CallPolicy,
    state: str,
    used: TokenUsage,
    rate_limits: RateLimitInfo,
    seconds: float,
    error: str = "",
) -> None:
    """Replace what is held back by what the call used, in money and in the rate limit."""
    budget.settle(session, call.usage_id, state=state, used=used, seconds=seconds, error=error)
    policy.settled(session, services, call, used, rate_limits)
