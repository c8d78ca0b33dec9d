"""One paid call: money is held back, the service is asked, the words are stored and the money is settled."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

import gpt_service
from artworks.core.actor import OWNER_NAME, actor_of
from artworks.core.errors import AppError, NotFound, RateLimited
from artworks.core.text import clean_fields
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Dependencies
from artworks.drafting.budget_waits import LONGEST_CALL
from artworks.drafting.call_policy import DraftContext, Outcome, PreparedCall, Settlement, tokens_of
from artworks.drafting.placement import DraftFields, apply_draft
from artworks.drafting.request import fields_for, request_for
from artworks.images import image as images
from artworks.usage import budget, missing_price, rate_limit
from artworks.usage.budget import NotSent, Purpose, Refused
from artworks.voice import rules as voice_rules
from artworks.voice import voice
from artworks.voice.settings import Choices
from gpt_service import Draft, ServiceSettings, TokenUsage
from models import Image

Written = TypeVar("Written")
log = logging.getLogger(__name__)


class NothingToDo(AppError):  # noqa: N818 - named like the others in artworks/core/errors.py
    """Every field that was asked for has words already (409)."""

    status, code = 409, "conflict"


def ask(context: DraftContext, jpeg: bytes) -> Outcome:
    """Ask for words and store them, in two short transactions with nothing open in between.

    Raises what the four stages of the policy do; a call that was billed is written down in every case.
    """
    with context.policy.admit(context):
        call = prepare(context, jpeg)
        draft, settlement = send(call)
    return store(call, draft, settlement)


def prepare(context: DraftContext, jpeg: bytes) -> PreparedCall:
    """Prepare a call in a transaction of its own; raises what the policy does, and what the commit refuses.

    A batch's sums are compared at the commit: what does not cover all attempts there may still cover one.
    """
    try:
        return _prepare(context, jpeg)
    except Refused:
        if (context.policy.attempts or 1) == 1:
            raise
        context.policy.attempts = 1
    return _prepare(context, jpeg)


def _prepare(context: DraftContext, jpeg: bytes) -> PreparedCall:
    dependencies = context.dependencies
    try:
        with context.begin() as session:
            missing_price.require(dependencies.ai_settings, dependencies.limits)
            # The entry in the ledger points to the picture, so nobody may delete it meanwhile. Locks are taken in one
            # order everywhere, the picture, its words, the ledger, the shared limits, so that no two calls wait for
            # each other. In a statement of its own: one that waited for the lock would join the picture to what was
            # there before.
            images.keep_row(session, context.image_id)
            return context.policy.prepare(session, context, jpeg)
    except DBAPIError as error:
        refused = budget.refusal(error, dependencies.limits)
        if refused is None:
            raise
    raise refused


def reserve_call(
    session: Session,
    context: DraftContext,
    jpeg: bytes,
    settings: ServiceSettings,
    *,
    categories: list[str],
    titles_in_use: Sequence[str] = (),
) -> PreparedCall:
    """Build the request, take a permit and hold back the money, with the picture locked.

    Raises NothingToDo when every field that was asked for has words already.
    """
    dependencies, options = context.dependencies, context.options
    image = images.find(session, context.image_id)
    fields = fields_for(image, options)
    if not fields:
        raise NothingToDo("There is nothing left to write here.")
    saved = None if context.choices else voice.current(session)
    choices = context.choices or (voice.choices_of(saved) if saved else None)
    request = request_for(
        session,
        image,
        options,
        jpeg,
        fields=fields,
        choices=choices,
        categories=categories,
        titles_in_use=titles_in_use,
    )
    held = gpt_service.most_of_one(request, settings)
    purpose = _purpose(session, context, settings)
    # The rows of rate_bucket before those of spending, as at the end of a call.
    if not context.policy.has_rate_slot:
        rate_limit.acquire(session, dependencies.limits, tokens_of(held))
    if context.policy.attempts is None:
        usage_id, settings = reserve_for_attempts(session, dependencies, purpose, held.usd, settings)
    else:
        # `prepare` asks again for fewer attempts, which spares every picture of a batch a savepoint.
        usage_id = _reserve(session, dependencies, purpose, held.usd * settings.attempts)
    return PreparedCall(context, request, settings, held, usage_id, saved.id if saved else None, choices)


def _purpose(session: Session, context: DraftContext, settings: ServiceSettings) -> Purpose:
    actor = actor_of(session)
    return Purpose(
        kind=context.options.kind,
        source=settings.source,
        model=settings.model if settings.source == "openai" else "placeholder",
        image_id=context.image_id,
        batch_id=context.policy.batch_id,
        tier=settings.tier,
        person=actor.name or OWNER_NAME,
        person_id=actor.person_id,
    )


def reserve_for_attempts(
    session: Session, dependencies: Dependencies, purpose: Purpose, usd: Decimal, settings: ServiceSettings
) -> tuple[int, ServiceSettings]:
    """Hold back what every attempt of a call may cost, `usd` each; for fewer attempts when the limits do not cover all.

    Return the id of the entry in the ledger, and the settings with the attempts that there are. Raises Refused.
    """
    for attempts in range(settings.attempts, 1, -1):
        try:
            with session.begin_nested():
                usage_id = _reserve(session, dependencies, purpose, usd * attempts)
            return usage_id, replace(settings, attempts=attempts)
        except Refused as refused:
            log.info("Set aside for fewer attempts than %d: %s", attempts, refused.message)
    return _reserve(session, dependencies, purpose, usd), replace(settings, attempts=1)


def _reserve(session: Session, dependencies: Dependencies, purpose: Purpose, usd: Decimal) -> int:
    longest = LONGEST_CALL * dependencies.ai_settings.timeout
    return budget.reserve(session, dependencies.limits, purpose, usd, longest)


def send(call: PreparedCall) -> tuple[Draft, Settlement]:
    """Send the call; return the draft, and how the call ended. A failure is settled before it is raised."""
    context, started = call.context, time.monotonic()
    try:
        context.policy.sent = True
        draft = gpt_service.draft(call.request, call.settings, context.on_partial, context.cancelled)
    except BaseException as caught:
        error, seconds = caught, time.monotonic() - started
        retry_on_db_error(
            context.begin,
            context.policy.store_seconds,
            lambda session: record_failure(session, call, error, seconds),
        )
        raise
    return draft, Settlement("ok", draft.usage, draft.rate_limits, time.monotonic() - started)


def retry_on_db_error(
    begin: TransactionFactory, seconds: float, write: Callable[[Session], Written]
) -> Written:
    """Run `write` in a transaction, and again after a database error: what it writes was paid for.

    Twice at least; for so many seconds while the database is away.
    """
    until, pause = time.monotonic() + seconds, 0.0
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


def record_failure(session: Session, call: PreparedCall, error: BaseException, seconds: float) -> None:
    """Write down a call that brought no words, with what it cost; back off when the service asks for a pause."""
    used = gpt_service.usage_of(error) or TokenUsage()
    # Stopped by a person or before it was sent: nothing failed.
    stopped = isinstance(error, gpt_service.DraftCancelled | NotSent)
    state = "cancelled" if stopped else "failed"
    settlement = Settlement(state, used, gpt_service.rate_limits_of(error), seconds, error)
    context = call.context
    context.policy.failed(session, call, settlement)
    if isinstance(error, RateLimited) and error.retry_after:
        rate_limit.back_off(session, error.retry_after)
    log.info(
        "A %s for picture %d ended with %s after %.1f s.",
        context.options.kind,
        context.image_id,
        settlement.code or state,
        seconds,
    )


def store(call: PreparedCall, draft: Draft, settlement: Settlement) -> Outcome:
    """Store a draft; when it cannot be applied at all, what it cost is written down nevertheless.

    Raises NotFound when the words are not wanted any more.
    """
    begin, policy = call.context.begin, call.context.policy
    try:
        outcome = retry_on_db_error(
            begin, policy.store_seconds, lambda session: _store_draft(session, call, draft, settlement)
        )
    except Exception as error:
        with begin() as session:
            policy.failed(session, call, replace(settlement, state="failed", error=error))
        raise
    if outcome is None:
        raise NotFound("This picture was deleted while its words were being written.")
    return outcome


def _store_draft(
    session: Session, call: PreparedCall, draft: Draft, settlement: Settlement
) -> Outcome | None:
    """Let the policy apply a draft, with its picture locked before anything else and within the rules of its voice."""
    image = images.find_locked(session, call.context.image_id)
    draft = replace(draft, fields=enforce_voice(draft, call.choices))
    return call.context.policy.completed(session, call, image, draft, settlement)


def enforce_voice(draft: Draft, choices: Choices | None) -> dict[str, Any]:
    """Return the words of a draft as they are stored: cleaned, and within what code can enforce of the voice."""
    words = clean_fields(draft.fields, typed=False)
    if choices is None or draft.source != "openai":
        return words
    return clean_fields(voice_rules.applied(words, choices), typed=False)


def apply_and_settle(
    session: Session, call: PreparedCall, image: Image | None, draft: Draft, settlement: Settlement
) -> Outcome | None:
    """Apply a draft to its picture and settle its money; None when there is no picture that wants the words.

    Fields are filled as they are now and not as they were when the call began; other words wait as a suggestion, and
    all of a refinement's do. A picture in the trash gets its words and stays there.
    """
    suggested, policy = False, call.context.policy
    if image is not None:
        usd, action_id = draft.usage.usd, policy.bulk_edit_id
        placed = DraftFields(draft.fields, draft.source, draft.note, usd, call.voice_id, action_id)
        suggested = apply_draft(session, image, call.context.options, placed)
    # Last, because calls of every process wait for these rows.
    settle(session, call, settlement)
    if image is None:
        return None
    return Outcome(image, draft.usage, draft.source, draft.note, suggested, draft.fields, call.choices)


def settle(session: Session, call: PreparedCall, settlement: Settlement) -> None:
    """Replace what is held back by what the call used: in money, and in the rate limit where it took a permit there."""
    budget.settle(
        session,
        call.usage_id,
        state=settlement.state,
        used=settlement.used,
        seconds=settlement.seconds,
        error=settlement.code,
        details=settlement.details,
    )
    if not call.context.policy.has_rate_slot:
        estimated, used = tokens_of(call.held), tokens_of(settlement.used)
        rate_limit.adjust(session, call.context.dependencies.limits, estimated, used, settlement.rate_limits)
