"""Short ways to change many pictures at once, to undo that and to look at them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from artworks.bulk import bulk_edit as bulk
from artworks.bulk import undo as bulk_undo
from artworks.bulk.bulk_edit import BulkResult, Change
from artworks.bulk.undo import UndoResult
from artworks.core.transactions import TransactionFactory
from artworks.images import image as images
from artworks.images import revisions
from artworks.search.filters import Filters
from artworks.web.bulk.presenters import describe_change
from models import Image, Revision

EVERYTHING = Filters()


def now(begin: TransactionFactory, image_id: int) -> Image:
    with begin() as session:
        return images.find(session, image_id, trashed=None)


def last(begin: TransactionFactory, image_id: int) -> Revision:
    with begin() as session:
        return revisions.of_image(session, image_id)[0]


def history(begin: TransactionFactory, image_id: int) -> list[Revision]:
    with begin() as session:
        return revisions.of_image(session, image_id)


def apply(begin: TransactionFactory, filters: Filters, given: Change) -> BulkResult:
    change = bulk.clean_change(given)
    return bulk.apply(begin, filters, change, describe_change(change))


def do(begin: TransactionFactory, filters: Filters = EVERYTHING, **change: Any) -> BulkResult:
    return apply(begin, filters, Change(**change))


def undo(begin: TransactionFactory, done: BulkResult) -> UndoResult:
    assert done.bulk_edit_id is not None
    return bulk_undo.undo(begin, done.bulk_edit_id)


def break_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an undo fail at its second chunk, the first time."""
    one_chunk = bulk_undo._undo_chunk
    calls: list[int] = []

    def breaks(session: Session, *rest: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError
        one_chunk(session, *rest)

    monkeypatch.setattr(bulk_undo, "_undo_chunk", breaks)
