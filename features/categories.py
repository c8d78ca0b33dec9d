"""Put categories in order: rename, move, merge and delete them. No picture is ever lost by it.

An edit of a picture holds its row when it comes to the category, so whoever holds the categories must not wait for a
picture: the two would wait for each other. What is done here waits for neither for long, but lets go and begins anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Literal

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, literal, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from errors import Conflict, Invalid, NotFound
from features import audit, catalogue, rewrite
from features.catalogue import SEPARATOR, label_of, path_of
from features.names import clean_name
from features.rewrite import Changed
from features.words import LIMITS
from models import Category

# "Stay where it is": no category has this id.
STAY = 0
Parts = Literal["up", "too"]

# One after the other: any number, the same for all who put categories in order.
ALONE = text("SELECT pg_advisory_xact_lock(7240311)")
# Nobody makes, fills or counts a category until this transaction ends; reading goes on.
HOLD_ALL = text("LOCK TABLE category IN EXCLUSIVE MODE")
SOON = text("SET LOCAL lock_timeout = '500ms'")
PATIENT = text("SET LOCAL lock_timeout TO DEFAULT")
# All pictures of some categories, without waiting for those that somebody else is writing to.
HAVE_PICTURES = text(
    "SELECT (SELECT count(*) FROM image WHERE category_id = ANY(CAST(:ids AS bigint[]))) = (SELECT count(*) FROM "
    "(SELECT 1 FROM image WHERE category_id = ANY(CAST(:ids AS bigint[])) FOR UPDATE SKIP LOCKED) AS held)"
)
TRIES = 40
LOCK_TIMED_OUT = "55P03"
PAUSE_SECONDS = 0.02


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
    """Tell how many pictures outside the trash a category has, with its parts."""
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
    return made


def change(
    session: Session, category_id: int, *, name: object = None, parent_id: int | None = STAY
) -> Category:
    """Rename a category, or put it under another one (None: at the top); its parts take the new name along.

    A name with “ / ” says both. The pictures' own words do not change by it. Raises NotFound, Invalid, and NameTaken
    when there is a category of that name.
    """
    session.execute(ALONE)
    category = find(session, category_id)
    before = category.name
    label = catalogue.Listed(category.id, before, category.parent_id, 0, 0).label
    goal = category.parent_id if parent_id == STAY else parent_id
    if name is not None:
        *above, label = path_of(clean_name(name))
        goal = _parent_named(session, above, goal, free=parent_id == STAY) if above else goal
    parent = find(session, goal) if goal is not None else None
    if goal == category.parent_id:
        session.execute(HOLD_ALL)
    else:
        # Its pictures follow it to the other shelf.
        _sweep(session, [], [category.id])
    parts = parts_of(session, category)
    if parent is not None:
        _check_parent(category, parent, parts, label)
    new = f"{parent.name}{SEPARATOR}{label}" if parent else label
    names = {category.id: new, **{part.id: f"{new}{SEPARATOR}{label_of(part.name)}" for part in parts}}
    _check_names(session, names)
    for changed in (category, *parts):
        if changed.name != names[changed.id]:
            rewrite.views(session, "category", [changed.name], names[changed.id])
        changed.name = names[changed.id]
    category.parent_id = goal
    session.flush()
    return category


def _parent_named(session: Session, above: Sequence[str], goal: int | None, *, free: bool) -> int:
    """Find or make the shelf that a name begins with; `free` tells that no other one was asked for."""
    parent = catalogue.category_named(session, above[0])
    if parent is None or (not free and parent.id != goal):
        raise Invalid("The name says another shelf than the one to move to.", field="name")
    return parent.id


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
    session.execute(ALONE)
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
    pairs, moved = [(source.id, source.name, target.id, target.name)], {}
    for part in parts:
        twin = there.get(label_of(part.name).lower())
        if twin is None:
            moved[part.id] = f"{target.name}{SEPARATOR}{label_of(part.name)}"
        else:
            pairs.append((part.id, part.name, twin.id, twin.name))
    if moved:
        _check_names(session, moved)
    old_names = {part.id: part.name for part in parts}
    changed = _sweep(session, pairs, moved)
    _check_same(session, source, old_names)
    for part_id, name in moved.items():
        session.execute(update(Category).where(Category.id == part_id).values(name=name, parent_id=target_id))
        rewrite.views(session, "category", [old_names[part_id]], name)
    for _old_id, old_name, _new_id, new_name in pairs:
        rewrite.views(session, "category", [old_name], new_name)
    session.execute(sql_delete(Category).where(Category.id.in_([pair[0] for pair in pairs])))
    audit.record(session, "category merged", pairs[0][1], into=pairs[0][3], pictures=changed.live)
    return changed


def delete(session: Session, category_id: int, parts: Parts = "up") -> Changed:
    """Delete a category; its pictures stay, without a category, with a version and a revision each.

    Its parts go up to the top, or are deleted too. Raises NotFound, and NameTaken when a part cannot go up.
    """
    session.execute(ALONE)
    category = find(session, category_id)
    below = every = parts_of(session, category)
    gone = [(category.id, category.name, None, "")]
    if parts == "too":
        gone += [(part.id, part.name, None, "") for part in below]
        below = []
    if below:
        _check_names(session, {part.id: label_of(part.name) for part in below})
    risen = {part.id: (part.name, label_of(part.name)) for part in below}
    known = [part.id for part in every]
    changed = _sweep(session, gone, risen)
    _check_same(session, category, known)
    for part_id, (old, name) in risen.items():
        session.execute(update(Category).where(Category.id == part_id).values(name=name, parent_id=None))
        rewrite.views(session, "category", [old], name)
    session.execute(sql_delete(Category).where(Category.id.in_([old_id for old_id, *_ in gone])))
    audit.record(session, "category deleted", gone[0][1], parts=len(gone) - 1, pictures=changed.live)
    return changed


def _check_same(session: Session, category: Category, known: Iterable[int]) -> None:
    """Refuse to go on when somebody has added a part meanwhile, which would be deleted unseen."""
    if {part.id for part in parts_of(session, category)} != set(known):
        raise Conflict(f"“{category.name}” got a new part just now. Look again and try once more.")


def _sweep(
    session: Session, pairs: Sequence[tuple[int, str, int | None, str]], others: Iterable[int] = ()
) -> Changed:
    """Move all pictures from the first of each pair to the second, and hold the categories from then on.

    The pictures of `others` are held too. Raises Conflict when pictures are being changed all the time.
    """
    ids = [*(old_id for old_id, *_ in pairs), *others]
    for _ in range(TRIES):
        attempt = session.begin_nested()
        changed = _moved(session, pairs)
        if _held(session, ids):
            changed += _moved(session, pairs)
            attempt.commit()
            return changed
        attempt.rollback()
        time.sleep(PAUSE_SECONDS)
    raise Conflict("Pictures are being changed elsewhere right now. Nothing was done; try again in a moment.")


def _moved(session: Session, pairs: Sequence[tuple[int, str, int | None, str]]) -> Changed:
    changed = Changed()
    for old_id, old, new_id, new in pairs:
        changed += rewrite.category(session, old_id, new_id, old, new)
    return changed


def _held(session: Session, ids: Sequence[int]) -> bool:
    """Hold the table of categories and all pictures of some; tell whether that could be done at once."""
    session.execute(SOON)
    try:
        session.execute(HOLD_ALL)
    except OperationalError as error:
        if getattr(error.orig, "pgcode", "") != LOCK_TIMED_OUT:
            raise
        return False
    session.execute(PATIENT)
    return bool(session.scalar(HAVE_PICTURES, {"ids": list(ids)}))
