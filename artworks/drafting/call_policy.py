"""What goes with a draft from its beginning to its end, and the four stages that differ for a person and a batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from artworks.core.errors import AppError
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Dependencies
from artworks.drafting.request import DraftOptions
from artworks.voice.settings import Choices
from gpt_service import Draft, DraftRequest, RateLimitInfo, ServiceSettings, TokenUsage
from models import Image

CATEGORIES_SHOWN = 60
Partial = Callable[[dict[str, Any]], None]


def never_cancelled() -> bool:
    """Return that nobody cancelled."""
    return False


@dataclass(frozen=True)
class DraftContext:
    """One draft: what it is made with, for which picture, what it is asked for, and how its calls are paid.

    `begin` opens a transaction that commits at its end. `choices` stand for the saved voice when somebody tries
    others. `on_partial` gets the fields as far as they are written.
    """

    begin: TransactionFactory
    dependencies: Dependencies
    image_id: int
    options: DraftOptions
    policy: CallPolicy
    choices: Choices | None = None
    on_partial: Partial | None = None
    cancelled: Callable[[], bool] = never_cancelled


@dataclass(frozen=True)
class PreparedCall:
    """One call, prepared: the request, the most that one ask of it takes, its entry in the ledger, and the voice."""

    context: DraftContext
    request: DraftRequest
    settings: ServiceSettings
    held: TokenUsage
    usage_id: int
    voice_id: int | None
    choices: Choices | None


@dataclass(frozen=True)
class Settlement:
    """How a call ended, as the ledger and the rate limit have it: `error` is what it broke on."""

    state: str
    used: TokenUsage
    rate_limits: RateLimitInfo
    seconds: float
    error: BaseException | None = None

    @property
    def code(self) -> str:
        """Return the error as a code of the contract; empty when nothing failed."""
        if self.error is None or self.state == "cancelled":
            return ""
        return self.error.code if isinstance(self.error, AppError) else type(self.error).__name__

    @property
    def details(self) -> str:
        """Return what the service said about a failure, for owners; empty when it said nothing."""
        return self.error.details if isinstance(self.error, AppError) else ""


@dataclass(frozen=True)
class Outcome:
    """What became of a draft: the picture as it is now, what the call used, and whether it left a suggestion.

    `words` are those that were applied, with `choices` as their voice; `problems` are sentences about rules of the
    voice that they still break. `revision_ids` are what was written for a person, for its undo.
    """

    image: Image
    usage: TokenUsage
    source: str
    note: str
    suggested: bool
    words: dict[str, Any]
    choices: Choices | None
    revision_ids: tuple[int, ...] = ()
    problems: tuple[str, ...] = ()


def tokens_of(usage: TokenUsage) -> int:
    """Return the tokens of a call, in and out, that count for the rate limit: without those that were unlikely used."""
    return usage.input_tokens + usage.output_tokens - usage.unlikely_tokens


class CallPolicy(ABC):
    """How one call is admitted, prepared, and settled with words or without: `calls.ask` has the stages in their order.

    `prepare`, `completed` and `failed` run inside the transaction of their session, and lock in one order: the
    picture, which is locked for them, its words (a batch's item), the ledger, the shared limits.
    """

    batch_id: int | None = None
    bulk_edit_id: int | None = None
    # Whether `admit` waits for a rate slot; who does not takes a permit of the rate limit with the money.
    has_rate_slot = False
    # For how long a paid answer is tried to be stored while the database is away.
    store_seconds: float = 0.0
    # How many requests of a call money is held back for; fewer where the limits do not cover them.
    attempts: int | None = None
    # Whether a call was sent: from then on it may have been billed.
    sent = False

    @abstractmethod
    def admit(self, context: DraftContext) -> AbstractContextManager[None]:
        """Wait until a call may be prepared, and hold what it needs until it was sent; the last chance to refuse it."""

    @abstractmethod
    def prepare(self, session: Session, context: DraftContext, jpeg: bytes) -> PreparedCall:
        """Check that the picture may still be written about, and reserve a call (`calls.reserve_call`)."""

    @abstractmethod
    def completed(
        self, session: Session, call: PreparedCall, image: Image | None, draft: Draft, settlement: Settlement
    ) -> Outcome | None:
        """Apply a draft and settle its call; None when it is not wanted any more.

        `image` is None when the picture was deleted for good.
        """

    @abstractmethod
    def failed(self, session: Session, call: PreparedCall, settlement: Settlement) -> None:
        """Settle a call that brought no words."""
