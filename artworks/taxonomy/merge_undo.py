"""What merging and deleting did besides the words of pictures, taken back: categories, spellings of tags, saved views.

Whatever was changed since stays as it is. All of it may be done twice: an undo that broke off begins again with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from artworks.core.fields import LIMITS
from artworks.taxonomy import name_history, renames
from artworks.taxonomy import queries as taxonomy
from artworks.taxonomy.category_locks import lock_categories, lock_taxonomy, move_images
from artworks.taxonomy.queries import SEPARATOR, label_of
from artworks.taxonomy.tags import LOCK_TAGS
from artworks.texts.folding import fold
from models import Category

# A tag that was not renamed went away with its last picture, and is back with the first spelling that came along.
RESTORE_SPELLING = text("""
UPDATE tag SET shown = was.before, version = tag.version + 1
FROM unnest(CAST(:folded AS text[]), CAST(:before AS text[]), CAST(:after AS text[])) AS was(folded, before, after)
WHERE tag.folded = was.folded AND tag.images > 0 AND coalesce(was.after = tag.shown, true)
""")
# Held in the order of their ids before the first is written, as everybody does who writes several.
RESTORE_VIEWS = text("""
WITH was AS (
    SELECT v.id, names.filter, names.before FROM saved_view AS v
    JOIN unnest(
        CAST(:ids AS bigint[]), CAST(:filters AS text[]), CAST(:before AS text[]), CAST(:after AS text[])
    ) AS names(id, filter, before, after) ON names.id = v.id
    WHERE v.filters->>names.filter = names.after ORDER BY v.id FOR UPDATE OF v
)
UPDATE saved_view SET filters = filters || jsonb_build_object(was.filter, was.before), version = version + 1
FROM was WHERE was.id = saved_view.id
""")
# A saved view, what it filters by, the name before and the one after.
View = Sequence[Any]


class RemovedCategory(NamedTuple):
    """A category that an action deleted, as `bulk_edit.more` keeps it; an older one has no version there."""

    id: int
    name: str
    parent_id: int | None
    created_at: str
    version: int = 1


class MovedSubcategory(NamedTuple):
    """A subcategory that an action put under another category or at the top, as `bulk_edit.more` keeps it."""

    id: int
    name: str
    parent_id: int | None
    new_name: str
    new_parent_id: int | None


def restore_categories(session: Session, action_id: int, noted: Mapping[str, Any]) -> dict[int, int]:
    """Make categories again that an action took away, and put the parts back under them, with their saved views.

    Each has the number it had, unless there is another one of its name by now: then that stands for it. Return
    the number that each has now, by its old one. Raises Conflict when pictures are being changed all the time.
    What the action recorded about names is forgotten.
    """
    name_history.forget(session, action_id)
    removed = [RemovedCategory(*row) for row in noted.get("gone", [])]
    moved = _moved(noted)
    if not removed and not moved:
        return {}
    lock_taxonomy(session)
    if moved:
        # Their pictures follow them to the other parent category.
        move_images(session, others=[one.id for one in moved])
    else:
        lock_categories(session)
    now: dict[int, int] = {}
    for one in removed:
        parent_id = now.get(one.parent_id, one.parent_id) if one.parent_id is not None else None
        now[one.id] = _restore_category(session, one._replace(parent_id=parent_id))
    _restore_subcategories(session, moved, now)
    _record_names(session, {one.name: now[one.id] for one in removed} | {one.name: one.id for one in moved})
    return now


def _record_names(session: Session, numbers: Mapping[str, int]) -> None:
    """Record names that do not come back as they were, as that of a part whose parent has another name by now."""
    rows = session.execute(select(Category.id, Category.name).where(Category.id.in_(numbers.values())))
    names = dict(rows.all())
    others = {old: names[number] for old, number in numbers.items() if number in names}
    changed = {old: new for old, new in others.items() if fold(old) != fold(new)}
    name_history.record(session, "category", changed)


def _moved(noted: Mapping[str, Any]) -> list[MovedSubcategory]:
    return [MovedSubcategory(*row) for row in noted.get("moved", [])]


def _restore_subcategories(
    session: Session, moved: Sequence[MovedSubcategory], now: Mapping[int, int]
) -> None:
    """Put subcategories back under their parents, where that can be by now."""
    ids = [one.id for one in moved]
    # One that went to the top may have parts of its own by now: as a part it could not have them.
    parents = set(session.scalars(select(Category.parent_id).where(Category.parent_id.in_(ids))))
    renamed: dict[str, str] = {}
    for one in moved:
        part = session.get(Category, one.id)
        if (
            part is None
            or part.parent_id != one.new_parent_id
            or label_of(part.name) != label_of(one.new_name)
        ):
            continue
        # It had a parent, or nothing would have moved it.
        parent_id = now.get(one.parent_id or 0, one.parent_id or 0)
        back = _name_under(session, one.name, parent_id)
        if back and one.id not in parents and taxonomy.by_name(session, back) is None:
            renamed[part.name] = back
            part.name, part.parent_id = back, parent_id
            part.version += 1
            session.flush()
    renames.rename_in_views(session, "category", renamed)


def _restore_category(session: Session, removed: RemovedCategory) -> int:
    if session.get(Category, removed.id) is not None:
        return removed.id
    name, parent_id = removed.name, removed.parent_id
    current_name = name if parent_id is None else _name_under(session, name, parent_id)
    # Without its parent a subcategory is made with a new one.
    other = (
        taxonomy.by_name(session, current_name) if current_name else taxonomy.find_or_create(session, name)
    )
    if other is not None:
        return other.id
    row = {
        "id": removed.id,
        "name": current_name,
        "parent_id": parent_id,
        "created_at": datetime.fromisoformat(removed.created_at),
        "version": removed.version,
    }
    session.execute(insert(Category).values(row))
    return removed.id


def _name_under(session: Session, name: str, parent_id: int) -> str:
    """Return the name of a subcategory under its parent as that is called by now; empty when it cannot be there."""
    parent = session.get(Category, parent_id)
    found = f"{parent.name}{SEPARATOR}{label_of(name)}" if parent and parent.parent_id is None else ""
    return found if len(found) <= LIMITS["category"] else ""


def restore_names(session: Session, noted: Mapping[str, Any], back: Mapping[str, int]) -> None:
    """Spell tags as they were spelled, and let saved views filter by what they filtered by; after the pictures.

    `back` gives the category that each name before stands for by now.
    """
    spelled: Sequence[Sequence[str | None]] = noted.get("spelled", [])
    if spelled:
        folded, before, after = (list(column) for column in zip(*spelled, strict=True))
        session.execute(LOCK_TAGS, {"tags": folded})
        session.execute(RESTORE_SPELLING, {"folded": folded, "before": before, "after": after})
    views: Sequence[View] = noted.get("views", [])
    if any(filter_name == "category" for _id, filter_name, *_ in views):
        # Or one could be renamed between the look at its name and the change of the view.
        lock_taxonomy(session)
        views = _with_current_names(session, noted, back, views)
    if views:
        ids, filters, befores, afters = (list(column) for column in zip(*views, strict=True))
        session.execute(RESTORE_VIEWS, {"ids": ids, "filters": filters, "before": befores, "after": afters})


def _with_current_names(
    session: Session, noted: Mapping[str, Any], back: Mapping[str, int], views: Sequence[View]
) -> list[View]:
    """Return saved views with the names that their categories have by now, before and after.

    One of a part that was moved has followed it already and is only spelled as it was.
    """
    moved = _moved(noted)
    sources = {fold(old): number for old, number in back.items()}
    sources |= {fold(one.name): one.id for one in moved}
    targets = {**noted.get("category", {}), **{one.new_name: one.id for one in moved}}
    query = select(Category.id, Category.name).where(Category.id.in_({*sources.values(), *targets.values()}))
    names = dict(session.execute(query).all())
    found: list[View] = []
    for view_id, filter_name, before, after in views:
        source, target = names.get(sources.get(fold(before), 0)), names.get(targets.get(after, 0))
        if target is not None:
            same = source is None or fold(source) == fold(before)
            found.append((view_id, filter_name, before if same else source, target))
    return found
