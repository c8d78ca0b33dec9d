"""Working off one picture of a batch: have its words written, or decide what becomes of it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from artworks.batches import batch_item as batch_items
from artworks.batches.batch_item import Item
from artworks.batches.item_policy import BROKEN, BatchErrand, TakenOver, Usual
from artworks.core.errors import AINotConfigured, AppError, NotFound, RateLimited
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Services
from artworks.drafting import budget_waits
from artworks.drafting import draft as generation
from artworks.drafting.calls import NothingToDo, stored
from artworks.usage.budget import CapReached, NotSent, Refused, SamePicture, ShareReached
from models import Batch, Image

BUSY_SECONDS = 2.0
# For how long a batch waits at a time for money that calls of others hold.
MONEY_SECONDS = 1.0
log = logging.getLogger(__name__)


def work_on(
    begin: TransactionFactory, services: Services, item: Item, usual: Usual, stopping: Callable[[], bool]
) -> None:
    """Write the words for one claimed picture, or decide what becomes of it.

    Raises only what the database raises; the lease then hands the picture on.
    """
    errand = BatchErrand(item, usual, stopping)
    try:
        if item.image_id is None:
            raise NotFound(batch_items.GONE)
        generation.describe(begin, services, item.image_id, item.wish, errand=errand)
    except AppError as error:
        if not errand.settled:
            with begin() as session:
                _not_sent(session, services, errand, error)
    except SQLAlchemyError:
        if errand.settled:
            raise
        stored(begin, errand, lambda session: _unsettled(session, errand))
    except Exception:
        log.exception("Picture %s of batch %d failed.", item.image_id, item.batch_id)
        if errand.settled:
            return
        with begin() as session:
            batch_items.finish(session, item, "failed", "unavailable", BROKEN)


def _unsettled(session: Session, errand: BatchErrand) -> None:
    """Let a picture wait again because the database was away before its call was settled.

    Nobody knows whether the reservation was still written down; if so, it is taken back when nothing was sent.
    """
    if errand.sent:
        batch_items.lose_call(session, errand.item)
    else:
        batch_items.withdraw(session, errand.item)
    batch_items.give_back(session, errand.item)


def _not_sent(session: Session, services: Services, errand: BatchErrand, error: AppError) -> None:
    """Decide what becomes of a picture whose call was never sent."""
    item = errand.item
    if isinstance(error, TakenOver):
        return
    if isinstance(error, NothingToDo):
        batch_items.finish(session, item, "skipped", "", error.message)
    elif isinstance(error, NotFound):
        _no_picture(session, item, error)
    elif isinstance(error, Refused):
        _no_money(session, services, item, error)
    elif isinstance(error, AINotConfigured):
        batch_items.give_back(session, item)
        batch_items.pause(session, item.batch_id, "setup", error.message)
    elif isinstance(error, SamePicture | RateLimited):
        batch_items.give_back(session, item, BUSY_SECONDS)
    elif isinstance(error, NotSent):
        batch_items.give_back(session, item)
    elif (seconds := errand.retry_in(error)) is not None:
        batch_items.give_back(session, item, seconds, tried=1)
    else:
        batch_items.finish(session, item, "failed", error.code, error.message)


def _no_picture(session: Session, item: Item, error: NotFound) -> None:
    """Leave a picture out that is in the trash or gone for good; what is there and yet has no file has failed."""
    image = session.get(Image, item.image_id) if item.image_id else None
    if image is None:
        batch_items.finish(session, item, "skipped", batch_items.DELETED, batch_items.GONE)
    elif image.trashed_at is not None:
        batch_items.finish(session, item, "skipped", batch_items.TRASHED, batch_items.IN_TRASH)
    else:
        batch_items.finish(session, item, "failed", error.code, error.message)


def _no_money(session: Session, services: Services, item: Item, refused: Refused) -> None:
    """Wait while calls under way hold what the next one needs; pause the batch when what is left does not cover it."""
    batch_items.give_back(session, item)
    batch = session.get(Batch, item.batch_id)
    if batch is None:
        return
    if batch.held_usd > 0:
        batch_items.wait(session, batch.id, MONEY_SECONDS, own=True)
    elif budget_waits.is_held(session, services, refused, person_id=batch.person_id, batch_id=batch.id):
        batch_items.wait(session, batch.id, MONEY_SECONDS, own=False)
    else:
        code, message = _why(refused, batch, services)
        batch_items.pause(session, batch.id, code, message, refused.usd)


def _why(refused: Refused, batch: Batch, services: Services) -> tuple[str, str]:
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
        f"This month's AI budget of ${services.limits.budget_usd:g} does not cover another picture.",
    )
