"""Short ways to change many pictures at once, to undo that and to look at them."""

from __future__ import annotations

from typing import Any

from features import bulk, bulk_undo, images, revisions
from features.bulk import Change, Done
from features.bulk_undo import Undone
from features.errands import Begin
from features.search import Filters
from models import Image, Revision

EVERYTHING = Filters()


def now(begin: Begin, image_id: int) -> Image:
    with begin() as session:
        return images.find(session, image_id, trashed=None)


def last(begin: Begin, image_id: int) -> Revision:
    with begin() as session:
        return revisions.of_image(session, image_id)[0]


def history(begin: Begin, image_id: int) -> list[Revision]:
    with begin() as session:
        return revisions.of_image(session, image_id)


def do(begin: Begin, filters: Filters = EVERYTHING, **change: Any) -> Done:
    return bulk.apply(begin, filters, Change(**change))


def undo(begin: Begin, done: Done) -> Undone:
    assert done.bulk_edit_id is not None
    return bulk_undo.undo(begin, done.bulk_edit_id)
