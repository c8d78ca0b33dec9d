"""One change of many pictures, for programs: words, status, collections, the trash, and the undo of all of it."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from artworks.bulk import bulk_edit as bulk
from artworks.bulk import undo as bulk_undo
from artworks.bulk.bulk_edit import BulkResult, Change
from artworks.bulk.undo import UndoResult
from artworks.core.transactions import TransactionFactory
from artworks.search.filters import Filters
from artworks.web import context
from artworks.web.bulk.presenters import describe_change
from artworks.web.bulk.schemas import BulkIn, BulkOut, TrashIn, UndoneOut
from artworks.web.permissions import requires
from artworks.web.urls import filters_of

api = APIBlueprint("bulk", __name__, url_prefix="/api", tag="Many pictures")


@api.patch("/images")
@requires("editor")
@api.input(BulkIn)
@api.output(BulkOut)
@api.doc(responses=[409])
def change(json_data: BulkIn) -> dict[str, Any]:
    """Change all the pictures that are chosen now; those that have it already are not counted."""
    wanted = bulk.clean_change(change_of(json_data))
    return vars(apply_change(filters_of(json_data.select), wanted, json_data.most))


@api.post("/images/trash")
@requires("editor")
@api.input(TrashIn)
@api.output(BulkOut)
@api.doc(responses=[409])
def trash(json_data: TrashIn) -> dict[str, Any]:
    """Put all the chosen pictures in the trash, where they stay for 30 days."""
    return vars(apply_change(filters_of(json_data.select), Change(trash=True), json_data.most))


@api.post("/bulk-edits/<int:bulk_edit_id>/undo")
@requires("editor")
@api.output(UndoneOut)
@api.doc(responses=[404, 409])
def undo(bulk_edit_id: int) -> dict[str, Any]:
    """Take a change back as one; pictures that were changed since are left as they are."""
    return vars(undo_change(bulk_edit_id))


def change_of(given: BulkIn) -> Change:
    """Return what is to be done; raises Invalid for hashtags that are none."""
    return Change(
        **given.set.model_dump(),
        append_key_points=given.append_key_points or None,
        add_hashtags=bulk.parse_hashtags(given.add_hashtags, "add_hashtags"),
        remove_hashtags=bulk.parse_hashtags(given.remove_hashtags, "remove_hashtags"),
        collection_id=given.collection_id,
        remove_from_collection_id=given.remove_from_collection_id,
    )


def apply_change(filters: Filters, change: Change, most: int | None = None) -> BulkResult:
    """Change the pictures unless they are more than `most`.

    Commits a chunk at a time, so each is locked for a moment only.
    """
    return bulk.apply(_begin(), filters, change, describe_change(change), most)


def undo_change(bulk_edit_id: int) -> UndoResult:
    """Take a change back, a chunk at a time; raises NotFound and Conflict."""
    return bulk_undo.undo(_begin(), bulk_edit_id)


def _begin() -> TransactionFactory:
    # The request's own connection goes back to the pool: the work takes its own, one transaction after the other.
    context.release_connection()
    return context.transactions()
