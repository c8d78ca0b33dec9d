"""What merging and deleting did besides the words of pictures, taken back: categories, spellings of tags, saved views.

Whatever was changed since stays as it is. All of it may be done twice: an undo that broke off begins again with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from artworks.core.text import LIMITS
from artworks.taxonomy import field_updates as rewrite
from artworks.taxonomy import queries as catalogue
from artworks.taxonomy.category_locks import alone, hold, sweep
from artworks.taxonomy.queries import SEPARATOR, label_of
from artworks.taxonomy.tags import HOLD
from models import Category

# A tag that was not renamed went away with its last picture, and is back with the first spelling that came along.
SPELL = text("""
UPDATE tag SET shown = was.before, version = tag.version + 1
FROM unnest(CAST(:folded AS text[]), CAST(:before AS text[]), CAST(:after AS text[])) AS was(folded, before, after)
WHERE tag.folded = was.folded AND tag.images > 0 AND coalesce(was.after = tag.shown, true)
""")
# Held in the order of their ids before the first is written, as everybody does who writes several.
VIEWS = text("""
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


def bring_categories_back(session: Session, noted: Mapping[str, Any]) -> dict[int, int]:
    """Make categories again that an action took away, and put the parts back under them, with their saved views.

    Each has the number it had, unless there is another one of its name by now: then that stands for it. Gives the
    number that each has now, by its old one. Raises Conflict when pictures are being changed all the time.
    """
    gone, moved = noted.get("gone", []), noted.get("moved", [])
    if not gone and not moved:
        return {}
    alone(session)
    if moved:
        # Their pictures follow them to the other shelf.
        sweep(session, others=[part_id for part_id, *_ in moved])
    else:
        hold(session)
    now: dict[int, int] = {}
    for old_id, name, parent_id, created_at, *more in gone:
        again = _made_again(session, old_id, name, now.get(parent_id, parent_id), created_at, *more)
        now[old_id] = again
    _put_back(session, moved, now)
    return now


def _put_back(session: Session, moved: Sequence[Sequence[Any]], now: Mapping[int, int]) -> None:
    """Put parts back under their shelves, where there is a place for them by now."""
    ids = [part_id for part_id, *_ in moved]
    # One that went to the top may have parts of its own by now: as a part it could not have them.
    shelves = set(session.scalars(select(Category.parent_id).where(Category.parent_id.in_(ids))))
    renamed: dict[str, str] = {}
    for part_id, name, parent_id, new_name, new_parent_id in moved:
        part = session.get(Category, part_id)
        if part is None or part.parent_id != new_parent_id or label_of(part.name) != label_of(new_name):
            continue
        back = _name_under(session, name, now.get(parent_id, parent_id))
        if back and part_id not in shelves and catalogue.by_name(session, back) is None:
            renamed[part.name] = back
            part.name, part.parent_id = back, now.get(parent_id, parent_id)
            part.version += 1
            session.flush()
    rewrite.views(session, "category", renamed)


def _made_again(
    session: Session, old_id: int, name: str, parent_id: int | None, created_at: str, version: int = 1
) -> int:
    if session.get(Category, old_id) is not None:
        return old_id
    wanted = name if parent_id is None else _name_under(session, name, parent_id)
    # Without its shelf a part is made with a new one.
    other = catalogue.by_name(session, wanted) if wanted else catalogue.category_named(session, name)
    if other is not None:
        return other.id
    row = {
        "id": old_id,
        "name": wanted,
        "parent_id": parent_id,
        "created_at": datetime.fromisoformat(created_at),
        "version": version,
    }
    session.execute(insert(Category).values(row))
    return old_id


def _name_under(session: Session, name: str, parent_id: int) -> str:
    """Return the name of a part under its shelf, which may have another one by now; empty when there is no place."""
    shelf = session.get(Category, parent_id)
    found = f"{shelf.name}{SEPARATOR}{label_of(name)}" if shelf and shelf.parent_id is None else ""
    return found if len(found) <= LIMITS["category"] else ""


def bring_names_back(session: Session, noted: Mapping[str, Any], back: Mapping[str, int]) -> None:
    """Spell tags as they were spelled, and let saved views filter by what they filtered by; after the pictures.

    `back` gives the category that each name before stands for by now.
    """
    spelled: Sequence[Sequence[str | None]] = noted.get("spelled", [])
    if spelled:
        folded, before, after = (list(column) for column in zip(*spelled, strict=True))
        session.execute(HOLD, {"tags": folded})
        session.execute(SPELL, {"folded": folded, "before": before, "after": after})
    views: Sequence[View] = noted.get("views", [])
    if any(filter_name == "category" for _id, filter_name, *_ in views):
        # Or one could be renamed between the look at its name and the change of the view.
        alone(session)
        views = _named_now(session, noted, back, views)
    if views:
        ids, filters, befores, afters = (list(column) for column in zip(*views, strict=True))
        session.execute(VIEWS, {"ids": ids, "filters": filters, "before": befores, "after": afters})


def _named_now(
    session: Session, noted: Mapping[str, Any], back: Mapping[str, int], views: Sequence[View]
) -> list[View]:
    """Return saved views with the names that their categories have by now, before and after.

    One of a part that was moved has followed it already and is only spelled as it was.
    """
    moved = [(part_id, old, new) for part_id, old, _parent, new, _under in noted.get("moved", [])]
    sources = {old.lower(): number for old, number in back.items()}
    sources |= {old.lower(): part_id for part_id, old, _new in moved}
    targets = {**noted.get("category", {}), **{new: part_id for part_id, _old, new in moved}}
    query = select(Category.id, Category.name).where(Category.id.in_({*sources.values(), *targets.values()}))
    names = dict(session.execute(query).all())
    found: list[View] = []
    for view_id, filter_name, before, after in views:
        source, target = names.get(sources.get(before.lower(), 0)), names.get(targets.get(after, 0))
        if target is not None:
            same = source is None or source.lower() == before.lower()
            found.append((view_id, filter_name, before if same else source, target))
    return found
