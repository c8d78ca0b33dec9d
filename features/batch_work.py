"""Working off one picture of a batch: have its words written, or decide what becomes of it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from errors import AppError, NotFound, OverBudget, RateLimited
from features import batch_items, budget, generation
from features.batch_errands import BROKEN, BatchErrand, TakenOver, Usual
from features.batch_items import Item
from features.budget import CapReached, NotSent, SamePicture
from features.calls import NothingToDo, stored
from features.errands import Begin
from features.services import Services
from models import Batch, Image

BUSY_SECONDS = 2.0
log = logging.getLogger(__name__)


def work_on(begin: Begin, services: Services, item: Item, usual: Usual, stopping: Callable[[], bool]) -> None:
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
                _not_sent(session, errand, error)
    except SQLAlchemyError:
        if errand.settled:
            raise
        stored(begin, errand, lambda session: _unsent(session, item))
    except Exception:
        log.exception("Picture %s of batch %d failed.", item.image_id, item.batch_id)
        if errand.settled:
            return
        with begin() as session:
            batch_items.finish(session, item, "failed", "unavailable", BROKEN)


def _unsent(session: Session, item: Item) -> None:
    """Let a picture wait again because the database was away before its call was sent.

    Nobody knows whether the reservation was still written down; if so, it is taken back.
    """
    batch_items.withdraw(session, item)
    batch_items.give_back(session, item)


def _not_sent(session: Session, errand: BatchErrand, error: AppError) -> None:
    """Decide what becomes of a picture whose call was never sent."""
    item = errand.item
    if isinstance(error, TakenOver):
        return
    if isinstance(error, NothingToDo):
        batch_items.finish(session, item, "skipped", "", error.message)
    elif isinstance(error, NotFound):
        gone = session.get(Image, item.image_id) if item.image_id else None
        lost = gone is not None and gone.trashed_at is None
        batch_items.finish(session, item, "failed" if lost else "skipped", error.code, error.message)
    elif isinstance(error, OverBudget):
        _no_money(session, item, error)
    elif isinstance(error, SamePicture | RateLimited):
        batch_items.give_back(session, item, BUSY_SECONDS)
    elif isinstance(error, NotSent):
        batch_items.give_back(session, item)
    elif (seconds := errand.retry_in(error)) is not None:
        batch_items.give_back(session, item, seconds, tried=1)
    else:
        batch_items.finish(session, item, "failed", error.code, error.message)


def _no_money(session: Session, item: Item, error: OverBudget) -> None:
    """Pause the batch when its money is used up; wait while calls in flight may still give some back."""
    capped = isinstance(error, CapReached)
    batch = session.get(Batch, item.batch_id)
    in_flight = bool(batch and batch.held_usd > 0) if capped else budget.in_flight(session)
    batch_items.give_back(session, item, 1.0 if in_flight else 0.0)
    if not in_flight:
        message = error.message
        if capped and batch and batch.cap_usd is not None:
            message = f"The cap of ${batch.cap_usd:,.2f} does not cover another picture. Raise it to go on."
        batch_items.pause(session, item.batch_id, "cap" if capped else "budget", message)
