"""What merging and deleting did besides the words of pictures, taken back: categories, spellings of tags, saved views.

Whatever was changed since stays as it is. All of it may be done twice: an undo that broke off begins again with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from features import catalogue
from features.catalogue import SEPARATOR, label_of
from features.category_sweep import alone, hold, sweep
from features.tags import HOLD
from features.words import LIMITS
from models import Category

# A tag that was not renamed went away with its last picture, and is back with the first spelling that came along.
SPELL = text("""
UPDATE tag SET shown = was.before
FROM unnest(CAST(:folded AS text[]), CAST(:before AS text[]), CAST(:after AS text[])) AS was(folded, before, after)
WHERE tag.folded = was.folded AND tag.images > 0 AND coalesce(was.after = tag.shown, true)
""")
VIEW = text("""
UPDATE saved_view SET filters = filters || jsonb_build_object(CAST(:filter AS text), CAST(:before AS text))
WHERE id = :id AND filters->>:filter = :after
""")


def bring_categories_back(session: Session, noted: Mapping[str, Any]) -> dict[int, int]:
    """Make categories again that an action took away, and put the parts back under them.

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
    for old_id, name, parent_id, created_at in gone:
        now[old_id] = _made_again(session, old_id, name, now.get(parent_id, parent_id), created_at)
    for part_id, name, parent_id, new_name, new_parent_id in moved:
        part = session.get(Category, part_id)
        if part is None or part.parent_id != new_parent_id or label_of(part.name) != label_of(new_name):
            continue
        back = _name_under(session, name, now.get(parent_id, parent_id))
        if back and catalogue.by_name(session, back) is None:
            part.name, part.parent_id = back, now.get(parent_id, parent_id)
            session.flush()
    return now


def _made_again(session: Session, old_id: int, name: str, parent_id: int | None, created_at: str) -> int:
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
    }
    session.execute(insert(Category).values(row))
    return old_id


def _name_under(session: Session, name: str, parent_id: int) -> str:
    """Give the name of a part under its shelf, which may have another one by now; empty when there is no place."""
    shelf = session.get(Category, parent_id)
    found = f"{shelf.name}{SEPARATOR}{label_of(name)}" if shelf and shelf.parent_id is None else ""
    return found if len(found) <= LIMITS["category"] else ""


def bring_names_back(session: Session, noted: Mapping[str, Any]) -> None:
    """Spell tags as they were spelled, and let saved views filter by what they filtered by; after the pictures."""
    spelled: Sequence[Sequence[str | None]] = noted.get("spelled", [])
    if spelled:
        folded, before, after = (list(column) for column in zip(*spelled, strict=True))
        session.execute(HOLD, {"tags": folded})
        session.execute(SPELL, {"folded": folded, "before": before, "after": after})
    for view_id, name, before_name, after_name in noted.get("views", []):
        session.execute(VIEW, {"id": view_id, "filter": name, "before": before_name, "after": after_name})
