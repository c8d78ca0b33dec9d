"""Changing or making a collection, a saved view, a category or a shared gallery so that it can be taken back.

Each is a row of `bulk_edit`, as for what is deleted (delete_undo.py). A change keeps what was before and after it, and
is taken back where all of that is still as it was left; a thing that was made goes where nothing was put into it.
"""

from __future__ import annotations

from collections.abc import Collection as Several
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from artworks.core.errors import Conflict
from artworks.core.text import unique_name_or_conflict
from artworks.dependents import delete_undo
from artworks.sharing import share_link as shares
from artworks.taxonomy import categories
from artworks.taxonomy.category_locks import lock_categories, lock_taxonomy
from artworks.taxonomy.queries import label_of
from models import Base, BulkEdit, Category, Collection, CollectionImage, Image, SavedView, ShareLink

Thing = Category | Collection | SavedView | ShareLink
Values = dict[str, Any]


class ThingKind(NamedTuple):
    """A kind of thing: its table, what people call it, and what of it can be taken back."""

    table: type[Base]
    label: str
    fields: tuple[str, ...]


# Of a passcode only the hash is kept, here too; whoever knew the one of before comes in again when that is back.
KINDS = {
    "category": ThingKind(Category, "category", ("name", "parent_id")),
    "collection": ThingKind(Collection, "collection", ("name", "note")),
    "view": ThingKind(SavedView, "view", ("name", "filters")),
    "share": ThingKind(ShareLink, "gallery", ("title", "note", *shares.FLAGS, "expires_at", "passcode_hash")),
}


def snapshot(thing: Thing) -> Values:
    """Return what can be taken back of a thing, as it is now; for `record_change`."""
    return {name: _as_json(getattr(thing, name)) for name in KINDS[_kind_of(thing)].fields}


def record_change(session: Session, thing: Thing, before: Values) -> int | None:
    """Record what became of a thing since a `snapshot`; return the id of the action, None when nothing did."""
    after = snapshot(thing)
    pairs = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    return _record(session, thing, "changed", pairs=pairs) if pairs else None


def record_made(session: Session, thing: Thing, pictures: Iterable[int] = ()) -> int:
    """Record that a thing was made, a collection perhaps with pictures; return the id of the action."""
    return _record(session, thing, "made", pictures=list(pictures))


def _record(session: Session, thing: Thing, what: str, **noted: Any) -> int:
    kind = _kind_of(thing)
    session.flush()
    row = {"kind": kind, "id": thing.id, **noted}
    action = BulkEdit(what=f"{what} {KINDS[kind].label} “{_name_of(thing)}”", more={"fields": [], what: row})
    session.add(action)
    session.flush()
    return action.id


def restore(session: Session, noted: Mapping[str, Any]) -> str:
    """Take back what an action changed or made and return a sentence that says so; empty when that is nothing.

    Raises Conflict when it was changed or deleted since, or another thing has its name by now.
    """
    if "changed" in noted:
        changed = noted["changed"]
        return _restore_values(session, changed["kind"], changed["id"], changed["pairs"])
    if "made" in noted:
        made = noted["made"]
        return _unmake(session, made["kind"], made["id"], made.get("pictures", ()))
    return ""


def _restore_values(session: Session, kind: str, number: int, pairs: Mapping[str, Any]) -> str:
    thing, label = _find_locked(session, kind, number), KINDS[kind].label
    now = snapshot(thing)
    if any(now[name] != after for name, (_before, after) in pairs.items()):
        raise Conflict(f"The {label} “{_name_of(thing)}” was changed since, so nothing was taken back.")
    values = {name: _from_json(name, before) for name, (before, _after) in pairs.items()}
    if isinstance(thing, Category):
        # Its parts and the saved views follow its name.
        categories.change(session, thing.id, **_category_place(thing, values))
    elif isinstance(thing, ShareLink):
        shares.change_back(session, thing, values)
    else:
        _set_back(session, label, thing, values)
    return f"The {label} “{_name_of(thing)}” is as before."


def _category_place(category: Category, values: Values) -> Values:
    """Return what brings a category back to its name and its parent."""
    parent_id = values.get("parent_id", category.parent_id)
    name = values.get("name", category.name)
    return {"name": label_of(name) if parent_id else name, "parent_id": parent_id}


def _set_back(session: Session, label: str, thing: Collection | SavedView, values: Values) -> None:
    with unique_name_or_conflict(session, label, values.get("name", "")):
        for name, value in values.items():
            setattr(thing, name, value)
        thing.version += 1


def _unmake(session: Session, kind: str, number: int, pictures: Several[int]) -> str:
    thing, label = _find_locked(session, kind, number), KINDS[kind].label
    said = f"The {label} “{_name_of(thing)}” is gone again."
    if _holds_something(session, thing, pictures):
        raise Conflict(
            f"The {label} “{_name_of(thing)}” has pictures or parts by now, so nothing was taken back."
        )
    if isinstance(thing, ShareLink):
        shares.revoke(session, thing)
        return f"The gallery “{thing.title}” is closed, and its address opens nothing any more."
    if isinstance(thing, Collection):
        delete_undo.delete_collection(session, thing)
    elif isinstance(thing, SavedView):
        delete_undo.delete_view(session, thing)
    else:
        session.delete(thing)
        session.flush()
    return said


def _holds_something(session: Session, thing: Thing, pictures: Several[int]) -> bool:
    """Return whether others than some pictures were put into a thing, also such as are in the trash by now, or parts.

    Those some are the ones that it was made with.
    """
    if isinstance(thing, Collection):
        if not pictures:
            return thing.images > 0
        inside = select(CollectionImage.image_id).where(CollectionImage.collection_id == thing.id)
        return session.scalar(inside.where(CollectionImage.image_id.not_in(pictures)).limit(1)) is not None
    if not isinstance(thing, Category):
        return False
    lock_categories(session)
    filed = session.scalar(select(Image.id).where(Image.category_id == thing.id).limit(1))
    return filed is not None or bool(categories.subcategories_of(session, thing))


def _find_locked(session: Session, kind: str, number: int) -> Thing:
    """Return a thing and keep others from changing it; raises Conflict when it is gone.

    Of a category not the row is locked: whoever files a picture under it would wait for it with the picture held.
    """
    if kind == "category":
        lock_taxonomy(session)
    lock = None if kind == "category" else {"key_share": True}
    table = KINDS[kind].table
    thing = cast("Thing | None", session.get(table, number, populate_existing=True, with_for_update=lock))
    if thing is None or getattr(thing, "deleted_at", None) or getattr(thing, "revoked_at", None):
        raise Conflict(f"This {KINDS[kind].label} is gone by now, so nothing was taken back.")
    return thing


def _kind_of(thing: Thing) -> str:
    return next(name for name, kind in KINDS.items() if isinstance(thing, kind.table))


def _name_of(thing: Thing) -> str:
    return thing.title if isinstance(thing, ShareLink) else thing.name


def _as_json(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _from_json(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name == "expires_at" and value else value
