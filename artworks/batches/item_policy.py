"""The call policy of a batch's picture: waits for a rate slot, is paid within the cap, decides about failures."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from artworks.batches import batch_item, titles
from artworks.batches.batch_item import ClaimedItem
from artworks.batches.rate_slots import RateSlots
from artworks.core.errors import AINonsense, AINotConfigured, AppError
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Services
from artworks.drafting.call_policy import CallPolicy, PreparedCall, tokens_of
from artworks.usage.budget import NotRunning, NotSent, Refused
from gpt_service import RateLimitInfo, ServiceSettings, TokenUsage
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
BROKEN = "Something went wrong on our side. Try this one again."


@dataclass(frozen=True)
class CallDefaults:
    """What is the same for many pictures and not read for each: tokens a call takes, categories there are.

    `rate_slots` is the process's share of the rate limit; `is_running` says whether a batch runs, as of a moment ago.
    """

    tokens: int
    categories: list[str]
    rate_slots: RateSlots
    is_running: Callable[[int], bool]


def settings_for(services: Services, tier: str) -> ServiceSettings:
    """Return the settings of a batch's calls."""
    timeout = services.service.timeout
    if tier == "flex":
        timeout = max(timeout, FLEX_TIMEOUT)
    return replace(services.service, attempts=1, asks=1, tier=tier, timeout=timeout)


class ItemRequeued(NotSent):
    """The process stops; the picture is for another one."""


class LeaseExpired(AppError):  # noqa: N818 - named like the others in artworks/core/errors.py
    """The lease on the picture ran out, so another worker has it (409)."""

    status, code = 409, "conflict"


class BatchItemPolicy(CallPolicy):
    """The policy for one picture of a batch: it waits for a rate slot, is paid within the cap, settles the item."""

    store_seconds = STORE_SECONDS

    def __init__(self, item: ClaimedItem, defaults: CallDefaults, stopping: Callable[[], bool]) -> None:
        self.item, self.defaults, self.stopping = item, defaults, stopping
        self.batch_id, self.bulk_edit_id = item.batch_id, item.bulk_edit_id
        self.is_settled = False
        self._pause_error: AppError | None = None
        self._rate_slot: float | None = None

    def for_rewrite(self) -> CallPolicy:
        """Return the policy for rewriting words that are stored: it leaves the item of the batch alone."""
        return RewritePolicy(self.item, self.defaults, self.stopping)

    def concurrency_slot(self, services: Services) -> AbstractContextManager[None]:
        """Hold nothing while the picture is read and its words are stored, so that others can speak meanwhile."""
        return nullcontext()

    @contextmanager
    def in_flight_slot(self, services: Services) -> Iterator[None]:
        """Hold one of `services.slots`; waits for it, and raises for a batch that was stopped.

        Money is held back only then: of a process that is killed, the calls that were under way are lost, no more.
        """
        with services.slots:
            try:
                self._check_wanted()
            except SQLAlchemyError:
                raise ItemRequeued("The database does not answer.") from None
            yield

    def categories(self, session: Session) -> list[str]:
        """Return the categories as they were a moment ago: counting them for every picture would cost more than it."""
        return self.defaults.categories

    def settings(self, services: Services) -> ServiceSettings:
        """Return settings of one attempt with one ask, so that a call never costs more than is held back for it."""
        return settings_for(services, self.item.tier)

    def wait_for_rate_slot(self, begin: TransactionFactory, services: Services) -> None:
        """Wait for a rate slot; raises NotRunning when the batch is stopped, ItemRequeued when the process is."""
        if services.service.source == "placeholder":
            return
        while (slot := self.defaults.rate_slots.acquire(begin, self.defaults.tokens)) is None:
            self._sleep(CHECK_EVERY_SECONDS)
        self._rate_slot = slot
        while (left := slot - time.monotonic()) > 0:
            self._sleep(min(left, CHECK_EVERY_SECONDS))

    def refusal_error(self, begin: TransactionFactory, services: Services, refused: Refused) -> AppError:
        """Release the rate slot for another call; whether the batch waits or pauses is decided with its row."""
        if self._rate_slot is not None:
            self.defaults.rate_slots.release(self._rate_slot)
        return refused

    def _sleep(self, seconds: float) -> None:
        """Wait a moment, and go on only while the call is still wanted."""
        time.sleep(seconds)
        self._check_wanted()

    def _check_wanted(self) -> None:
        if self.stopping():
            raise ItemRequeued("The program stops.")
        if not self.defaults.is_running(self.item.batch_id):
            raise NotRunning("This batch was stopped.")

    def _asks_for_title(self) -> bool:
        fields = self.item.options.fields
        return fields is None or "post_title" in fields

    def acquire_permit(self, session: Session, services: Services, held: TokenUsage) -> None:
        """Acquire nothing: the rate slot was the permit."""

    def before_reserve(self, session: Session) -> None:
        """Lock the item; raises LeaseExpired when another worker has it, ItemRequeued when the program stops."""
        if self.stopping():
            raise ItemRequeued("The program stops.")
        if not batch_item.lock_if_ours(session, self.item):
            raise LeaseExpired("Another worker has this picture.")
        if self._asks_for_title():
            self.titles_in_use = titles.titles_in_use(session, self.item.batch_id)

    def call_started(self, session: Session, usage_id: int) -> None:
        """Record the call in the item's row."""
        batch_item.record_call(session, self.item, usage_id)

    def accepts_result(self, session: Session, image: Image | None) -> bool:
        """Mark the picture as done, once; what arrives a second time is not wanted."""
        self.is_settled = True
        if image is None:
            batch_item.finish(session, self.item, "skipped", batch_item.DELETED, batch_item.GONE)
            return False
        return batch_item.finish(session, self.item, "done")

    def adjust_fields(self, session: Session, image: Image, words: dict[str, Any]) -> dict[str, Any]:
        """Reserve a title for the picture that no other one of the batch has."""
        title = words.get("post_title")
        if not title:
            return words
        return {**words, "post_title": titles.reserve_distinct(session, self.item.batch_id, image.id, title)}

    def on_failure(self, session: Session, error: BaseException) -> None:
        """Decide whether the picture waits for another try, has failed, or the whole batch has to pause."""
        self.is_settled, self._pause_error = True, None
        if isinstance(error, AINotConfigured | NotSent):
            batch_item.requeue(session, self.item, tried=-1)
            self._pause_error = error if isinstance(error, AINotConfigured) else None
        elif (seconds := self.retry_in(error)) is not None:
            batch_item.requeue(session, self.item, seconds)
        else:
            batch_item.finish(session, self.item, "failed", *_error_code_and_message(error))

    def retry_in(self, error: BaseException) -> float | None:
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

    def settled(
        self,
        session: Session,
        services: Services,
        prepared: PreparedCall,
        used: TokenUsage,
        rate_limits: RateLimitInfo,
    ) -> None:
        """Pause the batch when it has to be, and record the usage for the rate limit."""
        if self._pause_error is not None:
            batch_item.pause_batch(session, self.item.batch_id, "setup", self._pause_error.message)
        if prepared.settings.source == "openai" and used != TokenUsage():
            self.defaults.rate_slots.record_usage(self.defaults.tokens, tokens_of(used), rate_limits)


class RewritePolicy(BatchItemPolicy):
    """A second call for words that break a rule of the voice; the picture is done already."""

    def before_reserve(self, session: Session) -> None:
        """Send nothing more once the program stops."""
        self._check_wanted()

    def _check_wanted(self) -> None:
        # The batch may be done by now; whether it was paused or cancelled the reservation finds out.
        if self.stopping():
            raise ItemRequeued("The program stops.")

    def call_started(self, session: Session, usage_id: int) -> None:
        """Leave the item alone: it is done already."""

    def accepts_result(self, session: Session, image: Image | None) -> bool:
        """Take the words as long as there is a picture for them."""
        return image is not None

    def on_failure(self, session: Session, error: BaseException) -> None:
        """Leave the item alone: its first words are stored."""


def _error_code_and_message(error: BaseException) -> tuple[str, str]:
    if isinstance(error, AppError):
        return error.code, error.message
    return "unavailable", BROKEN
