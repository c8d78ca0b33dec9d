"""Put categories in order: rename, move, merge and delete them. No picture is ever lost by it.

What changes pictures is one action that can be undone (artworks/bulk/undo.py), with what it did to the categories.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, literal, select, update
from sqlalchemy.orm import Session

from artworks.audit import log as audit
from artworks.core import versions
from artworks.core.errors import Conflict, Invalid, NotFound
from artworks.core.text import LIMITS, clean_name
from artworks.taxonomy import category_locks as category_sweep
from artworks.taxonomy import field_updates as rewrite
from artworks.taxonomy import queries as catalogue
from artworks.taxonomy.category_locks import Pair, alone, hold
from artworks.taxonomy.field_updates import Changed
from artworks.taxonomy.queries import SEPARATOR, label_of, path_of
from models import BulkEdit, Category

# "Stay where it is": no category has this id.
STAY = 0
Parts = Literal["up", "too"]


class NameTaken(Conflict):
    """There is a category of that name already; `other` is its id, so that merging can be offered."""

    def __init__(self, other: Category) -> None:
        super().__init__(f"There is a category “{other.name}” already. You can merge the two.", field="name")
        self.other = other.id


def find(session: Session, category_id: int) -> Category:
    """Read one category as it is now; raises NotFound."""
    query = select(Category).where(Category.id == category_id).execution_options(populate_existing=True)
    category = session.scalar(query) if 0 < category_id < 2**63 else None
    if category is None:
        raise NotFound("There is no such category. It may have been merged or deleted.")
    return category


def parts_of(session: Session, category: Category) -> list[Category]:
    """List the parts of a category from A to Z."""
    query = (
        select(Category)
        .where(Category.parent_id == category.id)
        .order_by(func.lower(Category.name))
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def pictures_in(session: Session, category: Category) -> int:
    """Return how many pictures outside the trash a category has, with its parts."""
    return category.images + sum(part.images for part in parts_of(session, category))


def create(session: Session, name: object) -> Category:
    """Make a category, and its shelf too; raises Invalid, and NameTaken when it is there."""
    given = clean_name(name)
    path = SEPARATOR.join(path_of(given))
    other = catalogue.by_name(session, given) or catalogue.by_name(session, path)
    if other is not None:
        raise NameTaken(other)
    made = catalogue.category_named(session, given)
    if made is None:
        raise Invalid("Give it a name.", field="name")
    made.by_person = True
    session.flush()
    return made


def change(
    session: Session,
    category_id: int,
    *,
    name: object = None,
    parent_id: int | None = STAY,
    version: int | None = None,
) -> Category:
    """Rename a category, or put it under another one (None: at the top); its parts take the new name along.

    A name with “ / ” says both. The pictures' own words do not change by it. Raises Stale, NotFound, Invalid, and
    NameTaken when there is a category of that name.
    """
    alone(session)
    category = find(session, category_id)
    before = category.name
    current = {name: getattr(category, name) for name in ("id", "name", "parent_id", "version")}
    versions.check(version, category.version, f"It is called “{before}” now.", current)
    label = catalogue.Listed(category.id, before, category.parent_id, 0, 0).label
    above: list[str] = []
    if name is not None:
        *above, label = path_of(clean_name(name))
    parent = _parent_held(session, category, parent_id, *above)
    parts = parts_of(session, category)
    if parent is not None:
        _check_parent(category, parent, parts, label)
    new = f"{parent.name}{SEPARATOR}{label}" if parent else label
    names = {category.id: new, **{part.id: f"{new}{SEPARATOR}{label_of(part.name)}" for part in parts}}
    _check_names(session, names)
    renamed = {one.name: names[one.id] for one in (category, *parts) if one.name != names[one.id]}
    rewrite.views(session, "category", renamed)
    moved = category.parent_id != (parent.id if parent else None)
    for one in (category, *parts):
        one.version += moved or one.name != names[one.id]
        one.name = names[one.id]
    # Its parts are called by it now, but what they are called themselves nobody has said by that; nor what it is
    # called itself, by moving it.
    category.by_person = category.by_person or name is not None
    category.parent_id = parent.id if parent else None
    session.flush()
    return category


def _parent_held(
    session: Session, category: Category, parent_id: int | None, named: str = ""
) -> Category | None:
    """Find or make the shelf that a category is to be under, and hold the categories from then on.

    `named` is the shelf that its new name begins with.
    """
    goal = category.parent_id if parent_id == STAY else parent_id
    if named:
        found = catalogue.by_name(session, named)
        if parent_id != STAY and (found is None or found.id != goal):
            raise Invalid("The name says another shelf than the one to move to.", field="name")
        goal = found.id if found else None
    parent = find(session, goal) if goal is not None else None
    new = bool(named) and parent is None
    if goal == category.parent_id and not new:
        hold(session)
        return parent
    # Its pictures follow it to the other shelf.
    category_sweep.sweep(session, others=[category.id])
    # Made only now: somebody who files a picture under that very name would wait for it, and the sweep for them.
    return catalogue.category_named(session, named) if new else parent


def _check_parent(category: Category, parent: Category, parts: Sequence[Category], label: str) -> None:
    if parent.id == category.id:
        raise Invalid("A category cannot be put under itself.", field="parent_id")
    if parent.parent_id is not None:
        raise Invalid(f"“{parent.name}” is a part itself, so nothing can be put under it.", field="parent_id")
    for name in (parent.name, label):
        # From an older library, where names could have that sign anywhere.
        if SEPARATOR in name:
            raise Invalid(f"Rename “{name}” first: it reads like a shelf with a part.", field="parent_id")
    if parts:
        raise Invalid(
            f"“{category.name}” has parts of its own, so it cannot become a part. Move those first.",
            field="parent_id",
        )


def _check_names(session: Session, names: dict[int, str]) -> None:
    """Refuse names that are too long or taken by others."""
    for name in names.values():
        if len(name) > LIMITS["category"]:
            raise Invalid(
                f"“{name[:100]}” would be {len(name)} characters long. The limit is {LIMITS['category']}.",
                field="name",
            )
    lowered = [func.lower(literal(name)) for name in names.values()]
    taken = select(Category).where(func.lower(Category.name).in_(lowered), Category.id.not_in(names))
    other = session.scalar(taken.limit(1))
    if other is not None:
        raise NameTaken(other)


def merge(session: Session, source_id: int, target_id: int) -> Changed:
    """Put the pictures and parts of one category into another, and delete the first.

    A part whose name the other one has too is merged with that. Every picture that changes its category gets a
    version and a revision. Raises NotFound and Invalid.
    """
    alone(session)
    source, target = find(session, source_id), find(session, target_id)
    if source.id == target.id:
        raise Invalid("Choose another category to merge into.", field="into")
    parts = parts_of(session, source)
    if parts and target.parent_id is not None:
        raise Invalid(
            f"“{source.name}” has parts, and “{target.name}” is a part itself. Move the parts first.",
            field="into",
        )
    there = {label_of(part.name).lower(): part for part in parts_of(session, target)}
    pairs: list[Pair] = [(source.id, source.name, target.id, target.name)]
    merged, moved = [source], []
    for part in parts:
        twin = there.get(label_of(part.name).lower())
        if twin is None:
            moved.append((part, f"{target.name}{SEPARATOR}{label_of(part.name)}"))
        else:
            merged.append(part)
            pairs.append((part.id, part.name, twin.id, twin.name))
    action = rewrite.begin(session, f"merged category “{source.name}” into “{target.name}”", "category")
    changed = _put_away(session, action, merged, pairs, moved, target.id)
    audit.record(session, "category merged", pairs[0][1], into=pairs[0][3], pictures=changed.live)
    return changed


def delete(session: Session, category_id: int, parts: Parts = "up") -> Changed:
    """Delete a category; its pictures stay, without a category, with a version and a revision each.

    Its parts go up to the top, or are deleted too. Raises NotFound, and NameTaken when a part cannot go up.
    """
    alone(session)
    category = find(session, category_id)
    below = parts_of(session, category)
    gone = [category, *(below if parts == "too" else ())]
    risen = [(part, label_of(part.name)) for part in below if parts == "up"]
    pairs: list[Pair] = [(one.id, one.name, None, "") for one in gone]
    action = rewrite.begin(session, f"deleted category “{category.name}”", "category")
    changed = _put_away(session, action, gone, pairs, risen, None)
    audit.record(session, "category deleted", pairs[0][1], parts=len(gone) - 1, pictures=changed.live)
    return changed


def _put_away(
    session: Session,
    action: BulkEdit,
    gone: Sequence[Category],
    pairs: Sequence[Pair],
    moved: Sequence[tuple[Category, str]],
    under: int | None,
) -> Changed:
    """Empty some categories as `pairs` say, move the other parts under another one with a new name, and delete them.

    What is needed to undo that is noted.
    """
    shelf, action_id = gone[0], action.id
    # Written down before the pictures move: from then on these rows would be read again, one by one.
    notes: dict[str, Any] = {
        "gone": [[one.id, one.name, one.parent_id, one.created_at.isoformat(), one.version] for one in gone],
        "moved": [[part.id, part.name, part.parent_id, name, under] for part, name in moved],
        "categories": {old: old_id for old_id, old, *_ in pairs},
        "category": {new: new_id for *_, new_id, new in pairs if new_id is not None},
    }
    names = {part_id: name for part_id, _old, _parent, name, _under in notes["moved"]}
    if names:
        _check_names(session, names)
    known = [*names, *(one.id for one in gone[1:])]
    changed = category_sweep.sweep(session, pairs, names, action_id=action_id)
    # From here on nobody else makes a category.
    _check_same(session, shelf, [old_id for old_id, *_ in pairs], known)
    if names:
        _check_names(session, names)
    # A view of a category that is only deleted shows nothing, until it is there again.
    renamed = {old: new for _old_id, old, new_id, new in pairs if new_id is not None}
    for part_id, old, _parent, name, _under in notes["moved"]:
        session.execute(
            update(Category)
            .where(Category.id == part_id)
            .values(name=name, parent_id=under, version=Category.version + 1)
        )
        renamed[old] = name
    views = rewrite.views(session, "category", renamed)
    session.execute(sql_delete(Category).where(Category.id.in_([old_id for old_id, *_ in pairs])))
    return rewrite.end(session, action, changed, **notes, views=views)


def _check_same(session: Session, shelf: Category, gone: Sequence[int], known: Sequence[int]) -> None:
    """Refuse to go on when one of those that go has a part that nobody looked at: it would be deleted unseen.

    Somebody has added it meanwhile, or it is a part of a part.
    """
    below = select(Category.id, Category.parent_id).where(Category.parent_id.in_(gone))
    found = dict(session.execute(below).all())
    deep = [above for part_id, above in found.items() if above and above != shelf.id and part_id not in known]
    if deep:
        raise Conflict(f"“{find(session, deep[0]).name}” has parts of its own. Move those first.")
    if set(found) != set(known):
        raise Conflict(f"“{shelf.name}” got a new part just now. Look again and try once more.")
