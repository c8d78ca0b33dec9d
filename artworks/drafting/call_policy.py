"""How a call to the AI service is allowed, paid and settled, and what one prepared call carries with it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from artworks.core.errors import AppError
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Services
from artworks.drafting import budget_waits
from artworks.drafting.request import DraftOptions
from artworks.taxonomy import queries as taxonomy
from artworks.usage import rate_limit
from artworks.usage.budget import Refused
from artworks.voice.settings import Choices
from gpt_service import DraftRequest, RateLimitInfo, ServiceSettings, TokenUsage
from models import Image

CATEGORIES_SHOWN = 60


@dataclass(frozen=True)
class PreparedCall:
    """One call, prepared: the request, the most that one ask of it takes, its entry in the ledger, and the voice."""

    image_id: int
    options: DraftOptions
    request: DraftRequest
    settings: ServiceSettings
    held: TokenUsage
    usage_id: int
    voice_id: int | None
    choices: Choices | None


def tokens_of(usage: TokenUsage) -> int:
    """Return the tokens of a call, in and out, that count for the rate limit: without those that were unlikely used."""
    return usage.input_tokens + usage.output_tokens - usage.unlikely_tokens


class CallPolicy:
    """How one call is prepared, paid and settled: here for a person who waits. Batches have their own policy.

    Every method with a session runs inside the transaction that it belongs to. `store_seconds` is for how long a paid
    answer is tried to be stored while the database is away.
    """

    batch_id: int | None = None
    bulk_edit_id: int | None = None
    # Whether a call was sent: from then on it may have been billed.
    sent = False
    titles_in_use: tuple[str, ...] = ()
    store_seconds: float = 0.0

    def for_rewrite(self) -> CallPolicy:
        """Return the policy of a second call about the same picture, whose first answer is stored."""
        return self

    def wait_for_rate_slot(self, begin: TransactionFactory, services: Services) -> None:
        """Wait until the call may be prepared; a person's call does not wait, it may be refused."""

    def concurrency_slot(self, services: Services) -> AbstractContextManager[None]:
        """Hold one of `services.slots` from the beginning to the end; raises RateLimited when all are taken."""
        return services.slot()

    def in_flight_slot(self, services: Services) -> AbstractContextManager[None]:
        """Hold what a call needs while it is in flight; the last chance to refuse it."""
        return nullcontext()

    def categories(self, session: Session) -> list[str]:
        """Return the categories that the model may choose from, most used first; none that only AI named."""
        return taxonomy.vouched_names(session, CATEGORIES_SHOWN)

    def settings(self, services: Services) -> ServiceSettings:
        """Return the settings of the service for this call."""
        return services.service

    def acquire_permit(self, session: Session, services: Services, held: TokenUsage) -> None:
        """Take the call out of the rate limit; raises RateLimited."""
        rate_limit.acquire(session, services.limits, tokens_of(held))

    def refusal_error(self, begin: TransactionFactory, services: Services, refused: Refused) -> AppError:
        """Return the error to raise when no money is held back: a wait when calls under way hold it."""
        with begin() as session:
            return budget_waits.error_for_person(session, services, refused)

    def before_reserve(self, session: Session) -> None:
        """Check, before money is held back, that the picture may still be written about."""

    def call_started(self, session: Session, usage_id: int) -> None:
        """Record that a call is about to be sent."""

    def adjust_fields(self, session: Session, image: Image, words: dict[str, Any]) -> dict[str, Any]:
        """Return finished words as they are to be applied."""
        return words

    def settled(
        self,
        session: Session,
        services: Services,
        call: PreparedCall,
        used: TokenUsage,
        rate_limits: RateLimitInfo,
    ) -> None:
        """Adjust the shared rate limit once it is known what the call used."""
        rate_limit.adjust(session, services.limits, tokens_of(call.held), tokens_of(used), rate_limits)

    def accepts_result(self, session: Session, image: Image | None) -> bool:
        """Return whether the words are still wanted; `image` is None when the picture was deleted for good."""
        return image is not None

    def on_failure(self, session: Session, error: BaseException) -> None:
        """Record that the call brought no words."""
