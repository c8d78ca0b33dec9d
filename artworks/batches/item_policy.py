"""The call policy of a batch's picture: waits for a rate slot, is paid within the cap, decides about failures."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from artworks.batches import batch_item, titles
from artworks.batches.batch_item import ClaimedItem
from artworks.batches.rate_slots import RateSlots
from artworks.core.errors import AINonsense, AINotConfigured, AIRejected, AppError
from artworks.dependencies import Dependencies
from artworks.drafting import calls
from artworks.drafting.call_policy import (
    CallPolicy,
    DraftContext,
    Outcome,
    PreparedCall,
    Settlement,
    tokens_of,
)
from artworks.usage.budget import NotRunning, NotSent, Refused
from gpt_service import Draft, ServiceSettings, TokenUsage
from models import Image

# Retries of one picture, at most, and in seconds for how long.
MOST_RETRIES = 5
MOST_RETRY_SECONDS = 3600
# An answer that makes no sense was paid; it is asked for once more and not five times.
NONSENSE_RETRIES = 1
# The pause before the first retry, in seconds; each one after it is four times as long, so that five of them outlast
# an outage of ten minutes.
FIRST_PAUSE = 2.0
GROWTH = 4
# Seconds that OpenAI advises to wait for an answer of the flex tier.
FLEX_TIMEOUT = 900.0
# How often, in seconds, a call that waits for a rate slot checks whether it is still wanted.
CHECK_EVERY_SECONDS = 0.25
# For how long a paid answer is tried to be stored while the database is away.
STORE_SECONDS = 600.0
REJECTED_ALIKE = (
    "The AI service refused several pictures in a row for the same reason. Mend that, then go on."
)
BROKEN = "Something went wrong on our side. Try this one again."


@dataclass(frozen=True)
class CallDefaults:
    """What is the same for many pictures and not read for each: tokens a call takes, categories there are.

    `rate_slots` is the process's share of the rate limit; `is_running` says whether a batch runs, `is_current` whether
    a call would be made with the same settings if it began anew, both as of a moment ago.
    `titles_in_use` are those of batches whose pictures have asked for a title since the defaults were read.
    """

    tokens: int
    categories: list[str]
    rate_slots: RateSlots
    is_running: Callable[[int], bool]
    is_current: Callable[[Dependencies], bool]
    titles_in_use: dict[int, tuple[str, ...]] = field(default_factory=dict)


def settings_for(dependencies: Dependencies, tier: str, attempts: int = 1) -> ServiceSettings:
    """Return the settings of a batch's calls: what failed is left to the item, which waits before it is tried again."""
    timeout = dependencies.ai_settings.timeout
    if tier == "flex":
        timeout = max(timeout, FLEX_TIMEOUT)
    return replace(
        dependencies.ai_settings, attempts=attempts, asks=1, retries=False, tier=tier, timeout=timeout
    )


class ItemRequeued(NotSent):
    """The process stops, so the picture is for another one, or the settings were changed, so it begins anew."""


class LeaseExpired(AppError):  # noqa: N818 - named like the others in artworks/core/errors.py
    """The lease on the picture ran out, so another worker has it (409)."""

    status, code = 409, "conflict"


class BatchItemPolicy(CallPolicy):
    """The policy for one picture of a batch: it waits for a rate slot, is paid within the cap, settles the item."""

    has_rate_slot = True
    store_seconds = STORE_SECONDS
    # One for the picture, and one for fields that the answer lacks.
    attempts = 2

    def __init__(self, item: ClaimedItem, defaults: CallDefaults, stopping: Callable[[], bool]) -> None:
        self.item, self.defaults, self.stopping = item, defaults, stopping
        self.batch_id, self.bulk_edit_id = item.batch_id, item.bulk_edit_id
        self.is_settled = False

    @contextmanager
    def admit(self, context: DraftContext) -> Iterator[None]:
        """Wait for a rate slot and for one of `dependencies.slots`; raises for a batch or a process that was stopped.

        Nothing is held while the picture is read and its words are stored, so that others can speak meanwhile. Money
        is held back only with a slot: of a process that is killed, the calls that were under way are lost, no more.
        """
        rate_slot = self._wait_for_rate_slot(context)
        with context.dependencies.slots:
            try:
                self._check_wanted()
                self._check_current(context)
            except SQLAlchemyError:
                raise ItemRequeued("The database does not answer.") from None
            try:
                yield
            except Refused:
                # For another call; whether the batch waits or pauses is decided with its row.
                if rate_slot is not None:
                    self.defaults.rate_slots.release(rate_slot)
                raise

    def _wait_for_rate_slot(self, context: DraftContext) -> float | None:
        """Wait for a rate slot; raises NotRunning when the batch is stopped, ItemRequeued when the process is."""
        if context.dependencies.ai_settings.source == "placeholder":
            return None
        while (slot := self.defaults.rate_slots.acquire(context.begin, self.defaults.tokens)) is None:
            self._sleep(CHECK_EVERY_SECONDS, context)
        while (left := slot - time.monotonic()) > 0:
            self._sleep(min(left, CHECK_EVERY_SECONDS), context)
        return slot

    def _sleep(self, seconds: float, context: DraftContext) -> None:
        """Wait a moment, and go on only while the call is still wanted as it is."""
        time.sleep(seconds)
        self._check_wanted()
        self._check_current(context)

    def _check_current(self, context: DraftContext) -> None:
        # With few calls a minute one waits for minutes, and a key may have been taken away meanwhile.
        if not self.defaults.is_current(context.dependencies):
            raise ItemRequeued("The settings were changed.")

    def _check_wanted(self) -> None:
        self._check_stopping()
        if not self.defaults.is_running(self.item.batch_id):
            raise NotRunning("This batch was stopped.")

    def _check_stopping(self) -> None:
        if self.stopping():
            raise ItemRequeued("The program stops.")

    def prepare(self, session: Session, context: DraftContext, jpeg: bytes) -> PreparedCall:
        """Lock the item, reserve a call and record it in the item's row.

        Raises LeaseExpired when another worker has the item, ItemRequeued when the program stops.
        """
        self._check_stopping()
        if not batch_item.lock_if_ours(session, self.item):
            raise LeaseExpired("Another worker has this picture.")
        call = self._reserve(session, context, jpeg, self._titles_in_use(session))
        batch_item.record_call(session, self.item, call.usage_id)
        return call

    def _titles_in_use(self, session: Session) -> tuple[str, ...]:
        """Return titles for the model to avoid, as of a moment ago: looking through a large batch takes long."""
        fields = self.item.options.fields
        if fields is not None and "post_title" not in fields:
            return ()
        known, batch_id = self.defaults.titles_in_use, self.item.batch_id
        if batch_id not in known:
            known[batch_id] = titles.titles_in_use(session, batch_id)
        return known[batch_id]

    def _reserve(
        self, session: Session, context: DraftContext, jpeg: bytes, titles_in_use: tuple[str, ...] = ()
    ) -> PreparedCall:
        """Reserve a call of so many attempts, so that it never costs more than is held back for it.

        The categories are those of a moment ago: counting them for every picture would cost more than it.
        """
        settings = settings_for(context.dependencies, self.item.tier, self.attempts)
        return calls.reserve_call(
            session,
            context,
            jpeg,
            settings,
            categories=self.defaults.categories,
            titles_in_use=titles_in_use,
        )

    def completed(
        self, session: Session, call: PreparedCall, image: Image | None, draft: Draft, settlement: Settlement
    ) -> Outcome | None:
        """Finish the item, once, and apply the draft; what arrives a second time is not wanted."""
        self.is_settled = True
        if image is None:
            batch_item.finish(session, self.item, "skipped", batch_item.DELETED, batch_item.GONE)
        elif not batch_item.finish(session, self.item, "done"):
            image = None
        return self._apply(session, call, image, draft, settlement)

    def _apply(
        self, session: Session, call: PreparedCall, image: Image | None, draft: Draft, settlement: Settlement
    ) -> Outcome | None:
        """Apply a draft with a title that no other picture of the batch has, and settle the call."""
        title = draft.fields.get("post_title")
        if image is not None and isinstance(title, str) and title:
            distinct = titles.reserve_distinct(session, self.item.batch_id, image.id, title)
            draft = replace(draft, fields={**draft.fields, "post_title": distinct})
        outcome = calls.apply_and_settle(session, call, image, draft, settlement)
        self._record_usage(call, settlement)
        return outcome

    def failed(self, session: Session, call: PreparedCall, settlement: Settlement) -> None:
        """Decide whether the item waits for another try or has failed, and whether the whole batch has to pause."""
        self.is_settled, error = True, settlement.error
        if isinstance(error, AINotConfigured | NotSent):
            batch_item.requeue(session, self.item, tried=-1)
        elif (seconds := self.retry_in(error)) is not None:
            batch_item.requeue(session, self.item, seconds)
        else:
            batch_item.finish(session, self.item, "failed", *_error_code_and_message(error))
        calls.settle(session, call, settlement)
        # The row of the batch after the ledger's, as in every call.
        batch_id = self.item.batch_id
        if isinstance(error, AINotConfigured):
            batch_item.pause_batch(session, batch_id, "setup", error.message)
        elif isinstance(error, AIRejected) and batch_item.is_rejected_alike(session, batch_id, call.usage_id):
            batch_item.pause_batch(session, batch_id, "setup", REJECTED_ALIKE)
        self._record_usage(call, settlement)

    def retry_in(self, error: BaseException | None) -> float | None:
        """Return the pause before the next try; None when there is none."""
        if not isinstance(error, AppError) or not error.temporary:
            return None
        tries = self.item.attempts + 1
        if tries > (NONSENSE_RETRIES if isinstance(error, AINonsense) else MOST_RETRIES):
            return None
        # Jitter, or all that failed at once would come back at once.
        pause = FIRST_PAUSE * GROWTH ** (tries - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - no secret.
        pause = max(pause, error.retry_after or 0.0)
        first = self.item.first_tried_at or datetime.now(UTC)
        age = (datetime.now(UTC) - first).total_seconds()
        return pause if age + pause <= MOST_RETRY_SECONDS else None

    def _record_usage(self, call: PreparedCall, settlement: Settlement) -> None:
        """Record for the rate limit what the call used."""
        if call.settings.source == "openai" and settlement.used != TokenUsage():
            used = tokens_of(settlement.used)
            self.defaults.rate_slots.record_usage(self.defaults.tokens, used, settlement.rate_limits)


class RewritePolicy(BatchItemPolicy):
    """A second call for words that break a rule of the voice; the item is done already, and left alone."""

    def _check_wanted(self) -> None:
        # The batch may be done by now; whether it was paused or cancelled the reservation finds out.
        self._check_stopping()

    def prepare(self, session: Session, context: DraftContext, jpeg: bytes) -> PreparedCall:
        """Reserve a call; nothing more is sent once the program stops."""
        self._check_stopping()
        return self._reserve(session, context, jpeg)

    def completed(
        self, session: Session, call: PreparedCall, image: Image | None, draft: Draft, settlement: Settlement
    ) -> Outcome | None:
        """Apply the draft as long as there is a picture for it."""
        return self._apply(session, call, image, draft, settlement)

    def failed(self, session: Session, call: PreparedCall, settlement: Settlement) -> None:
        """Settle the call: the first words are stored."""
        calls.settle(session, call, settlement)
        self._record_usage(call, settlement)


def _error_code_and_message(error: BaseException | None) -> tuple[str, str]:
    if isinstance(error, AppError):
        return error.code, error.message
    return "unavailable", BROKEN
