"""Deleting a collection or a saved view so that it can come back: a row of `bulk_edit` each, as for changes of many.

A deleted collection keeps its row with its order and its shared galleries until the trash would be emptied of it, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from artworks.audit import log as audit
from artworks.core.errors import Conflict
from artworks.core.text import unique_name_or_conflict
from artworks.dependents import uses
from models import BulkEdit, Collection, SavedView

GONE = "This was deleted for good meanwhile and cannot come back."


def delete_collection(session: Session, collection: Collection) -> BulkEdit:
    """Delete a collection, which the caller has locked, and close its shared galleries; its pictures stay.

    Returns the action that can be undone.
    """
    closed = len(uses.of_collection(session, collection).galleries)
    action = _record_action(session, f"deleted collection “{collection.name}”", collection=collection.id)
    more: dict[str, Any] = {"galleries_closed": closed} if closed else {}
    audit.record(session, "collection deleted", collection.name, pictures=collection.images, **more)
    collection.deleted_at = datetime.now(UTC)
    session.flush()
    return action


def delete_view(session: Session, view: SavedView) -> BulkEdit:
    """Delete a saved view; the pictures in it are not touched. Returns the action that can be undone."""
    row = {
        "id": view.id,
        "name": view.name,
        "filters": view.filters,
        "version": view.version,
        "created_at": view.created_at.isoformat(),
    }
    action = _record_action(session, f"deleted view “{view.name}”", view=row)
    audit.record(session, "view deleted", view.name)
    session.delete(view)
    session.flush()
    return action


def _record_action(session: Session, what: str, **more: Any) -> BulkEdit:
    action = BulkEdit(what=what, more={"fields": [], **more})
    session.add(action)
    session.flush()
    return action


def restore(session: Session, noted: Mapping[str, Any]) -> str:
    """Restore what an action deleted and return a sentence that says so; empty when that is nothing.

    Raises Conflict when it is gone for good, or another one has its name by now.
    """
    if "collection" in noted:
        return _restore_collection(session, noted["collection"])
    if "view" in noted:
        return _restore_view(session, noted["view"])
    return ""


def _restore_collection(session: Session, collection_id: int) -> str:
    query = select(Collection).where(Collection.id == collection_id, Collection.deleted_at.is_not(None))
    collection = session.scalar(query.with_for_update())
    if collection is None:
        raise Conflict(GONE)
    _restore_name(session, "collection", collection)
    opened = len(uses.of_collection(session, collection).open)
    again = (
        f" {uses.count_galleries(opened)} {'is' if opened == 1 else 'are'} open again at the same address."
    )
    return f"The collection “{collection.name}” is back in its order.{again if opened else ''}"


def _restore_name(session: Session, what: str, collection: Collection) -> None:
    name = collection.name
    try:
        with unique_name_or_conflict(session, what, name):
            collection.deleted_at = None
    except Conflict:
        raise _name_conflict(what, name) from None


def _restore_view(session: Session, row: Mapping[str, Any]) -> str:
    values = {**row, "created_at": datetime.fromisoformat(row["created_at"])}
    try:
        with unique_name_or_conflict(session, "view", row["name"]):
            session.execute(insert(SavedView).values(values))
    except Conflict:
        raise _name_conflict("view", row["name"]) from None
    return f"The view “{row['name']}” is back."


def _name_conflict(what: str, name: str) -> Conflict:
    return Conflict(f"There is another {what} called “{name}” by now. Rename that one, then undo this.")
