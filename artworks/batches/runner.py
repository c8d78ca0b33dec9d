"""Working off one picture of a batch: have its words written, or decide what becomes of it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from artworks.batches import batch_item
from artworks.batches.batch_item import ClaimedItem
from artworks.batches.item_policy import BROKEN, BatchItemPolicy, CallDefaults, LeaseExpired, RewritePolicy
from artworks.core.errors import AINotConfigured, AppError, NotFound, RateLimited
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Dependencies
from artworks.drafting import budget_waits
from artworks.drafting import draft as drafting
from artworks.drafting.call_policy import DraftContext
from artworks.drafting.calls import NothingToDo, retry_on_db_error
from artworks.usage.budget import CapReached, NotSent, Refused, SamePicture, ShareReached
from models import Batch, Image

BUSY_SECONDS = 2.0
# For how long a batch waits at a time for money that calls of others hold.
MONEY_SECONDS = 1.0
log = logging.getLogger(__name__)


def process_item(
    begin: TransactionFactory,
    dependencies: Dependencies,
    item: ClaimedItem,
    defaults: CallDefaults,
    stopping: Callable[[], bool],
) -> None:
    """Write the words for one claimed picture, or decide what becomes of it.

    Raises only what the database raises; the picture is requeued once its lease runs out.
    """
    policy = BatchItemPolicy(item, defaults, stopping)
    try:
        if item.image_id is None:
            raise NotFound(batch_item.GONE)
        context = DraftContext(begin, dependencies, item.image_id, item.options, policy)
        drafting.draft_and_rewrite(context, RewritePolicy(item, defaults, stopping))
    except AppError as error:
        if not policy.is_settled:
            with begin() as session:
                _settle_unsent(session, dependencies, policy, error)
    except SQLAlchemyError:
        if policy.is_settled:
            raise
        retry_on_db_error(begin, policy.store_seconds, lambda session: _requeue_unsettled(session, policy))
    except Exception:
        log.exception("Picture %s of batch %d failed.", item.image_id, item.batch_id)
        if policy.is_settled:
            return
        with begin() as session:
            batch_item.finish(session, item, "failed", "unavailable", BROKEN)


def _requeue_unsettled(session: Session, policy: BatchItemPolicy) -> None:
    """Requeue a picture because the database was away before its call was settled.

    Nobody knows whether the reservation was still written down; if so, it is taken back when nothing was sent.
    """
    if policy.sent:
        batch_item.mark_call_lost(session, policy.item)
    else:
        batch_item.cancel_reservation(session, policy.item)
    batch_item.requeue(session, policy.item)


def _settle_unsent(
    session: Session, dependencies: Dependencies, policy: BatchItemPolicy, error: AppError
) -> None:
    """Decide what becomes of a picture whose call was never sent."""
    item = policy.item
    if isinstance(error, LeaseExpired):
        return
    if isinstance(error, NothingToDo):
        batch_item.finish(session, item, "skipped", "", error.message)
    elif isinstance(error, NotFound):
        _finish_without_image(session, item, error)
    elif isinstance(error, Refused):
        _wait_or_pause(session, dependencies, item, error)
    elif isinstance(error, AINotConfigured):
        batch_item.requeue(session, item)
        batch_item.pause_batch(session, item.batch_id, "setup", error.message)
    elif isinstance(error, SamePicture | RateLimited):
        batch_item.requeue(session, item, BUSY_SECONDS)
    elif isinstance(error, NotSent):
        batch_item.requeue(session, item)
    elif (seconds := policy.retry_in(error)) is not None:
        batch_item.requeue(session, item, seconds, tried=1)
    else:
        batch_item.finish(session, item, "failed", error.code, error.message)


def _finish_without_image(session: Session, item: ClaimedItem, error: NotFound) -> None:
    """Leave a picture out that is in the trash or gone for good; what is there and yet has no file has failed."""
    image = session.get(Image, item.image_id) if item.image_id else None
    if image is None:
        batch_item.finish(session, item, "skipped", batch_item.DELETED, batch_item.GONE)
    elif image.trashed_at is not None:
        batch_item.finish(session, item, "skipped", batch_item.TRASHED, batch_item.IN_TRASH)
    else:
        batch_item.finish(session, item, "failed", error.code, error.message)


def _wait_or_pause(session: Session, dependencies: Dependencies, item: ClaimedItem, refused: Refused) -> None:
    """Wait while calls under way hold what the next one needs; pause the batch when what is left does not cover it."""
    batch_item.requeue(session, item)
    # Judged under the lock of the row of batch: whoever lets it go on with more money locks it, too, so that what was
    # refused before cannot pause it after that.
    lock = {"key_share": True}
    batch = session.get(Batch, item.batch_id, with_for_update=lock, populate_existing=True)
    if batch is None:
        return
    if batch.held_usd > 0:
        batch_item.delay_batch(session, batch.id, MONEY_SECONDS, own=True)
    elif budget_waits.is_held(session, dependencies, refused, person_id=batch.person_id, batch_id=batch.id):
        batch_item.delay_batch(session, batch.id, MONEY_SECONDS, own=False)
    else:
        code, message = _pause_reason(refused, batch, dependencies)
        batch_item.pause_batch(session, batch.id, code, message, refused.usd)


def _pause_reason(refused: Refused, batch: Batch, dependencies: Dependencies) -> tuple[str, str]:
    """Return which limit does not cover another picture, as a code and a sentence."""
    if isinstance(refused, CapReached):
        return "cap", f"The cap of ${batch.cap_usd or 0:,.2f} does not cover another picture."
    if isinstance(refused, ShareReached):
        return (
            "share",
            f"The share of {batch.person} in this month's AI budget does not cover another picture.",
        )
    return (
        "month",
        f"This month's AI budget of ${dependencies.limits.budget_usd:g} does not cover another picture.",
    )
