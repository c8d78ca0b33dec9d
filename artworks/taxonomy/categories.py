"""Put categories in order: rename, move, merge and delete them. No picture is ever lost by it.

What changes pictures is one action that can be undone (artworks/bulk/undo.py), with what it did to the categories.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import delete as sql_delete
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from artworks.audit import log as audit
from artworks.core import versions
from artworks.core.database import one_or_404
from artworks.core.errors import Conflict, Invalid
from artworks.core.fields import LIMITS
from artworks.core.text import clean_name
from artworks.edits import field_updates
from artworks.edits.field_updates import UpdateCount
from artworks.taxonomy import category_locks, name_history, renames
from artworks.taxonomy import queries as taxonomy
from artworks.taxonomy.category_locks import CategoryMove, lock_categories, lock_taxonomy
from artworks.taxonomy.merge_undo import MovedSubcategory, RemovedCategory
from artworks.taxonomy.queries import SEPARATOR, label_of, path_of
from artworks.texts.folding import fold, folded_name
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
    return one_or_404(
        session, query, category_id, "There is no such category. It may have been merged or deleted."
    )


def subcategories_of(session: Session, category: Category) -> list[Category]:
    """List the subcategories of a category from A to Z."""
    query = (
        select(Category)
        .where(Category.parent_id == category.id)
        .order_by(folded_name(Category.name))
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def count_images(session: Session, category: Category) -> int:
    """Return how many pictures outside the trash a category has, with its subcategories."""
    return category.images + sum(part.images for part in subcategories_of(session, category))


def create(session: Session, name: object) -> Category:
    """Make a category, and its parent too; raises Invalid, and NameTaken when it is there."""
    given = clean_name(name)
    path = SEPARATOR.join(path_of(given))
    other = (
        taxonomy.by_name(session, given)
        or taxonomy.by_name(session, path)
        or taxonomy.by_other_slash(session, given)
    )
    if other is not None:
        raise NameTaken(other)
    created = taxonomy.find_or_create(session, given)
    if created is None:
        raise Invalid("Give it a name.", field="name")
    created.by_person = True
    session.flush()
    return created


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
    lock_taxonomy(session)
    category = find(session, category_id)
    before = category.name
    current = {name: getattr(category, name) for name in ("id", "name", "parent_id", "version")}
    versions.check(version, category.version, f"It is called “{before}” now.", current)
    label = taxonomy.CategorySummary(category.id, before, category.parent_id, 0, 0).label
    parents: list[str] = []
    if name is not None:
        *parents, label = path_of(clean_name(name))
    parent = _lock_parent(session, category, parent_id, *parents)
    subcategories = subcategories_of(session, category)
    if parent is not None:
        _check_parent(category, parent, subcategories, label)
    new = f"{parent.name}{SEPARATOR}{label}" if parent else label
    names = {
        category.id: new,
        **{part.id: f"{new}{SEPARATOR}{label_of(part.name)}" for part in subcategories},
    }
    _check_names(session, names)
    renamed = {one.name: names[one.id] for one in (category, *subcategories) if one.name != names[one.id]}
    renames.rename_in_views(session, "category", renamed)
    moved = category.parent_id != (parent.id if parent else None)
    for one in (category, *subcategories):
        one.version += moved or one.name != names[one.id]
        one.name = names[one.id]
    # Its parts are called by it now, but what they are called themselves nobody has said by that; nor what it is
    # called itself, by moving it.
    category.by_person = category.by_person or name is not None
    category.parent_id = parent.id if parent else None
    session.flush()
    name_history.record(session, "category", renamed)
    return category


def _lock_parent(
    session: Session, category: Category, parent_id: int | None, named: str = ""
) -> Category | None:
    """Return the parent that a category is to be under, found or made, with the table of categories locked.

    `named` is the parent category that its new name begins with.
    """
    goal = category.parent_id if parent_id == STAY else parent_id
    if named:
        found = taxonomy.by_name(session, named)
        if parent_id != STAY and (found is None or found.id != goal):
            raise Invalid("The name says another shelf than the one to move to.", field="name")
        goal = found.id if found else None
    parent = find(session, goal) if goal is not None else None
    new = bool(named) and parent is None
    if goal == category.parent_id and not new:
        lock_categories(session)
        return parent
    # Its pictures follow it to the other parent category.
    category_locks.move_images(session, others=[category.id])
    # Made only now: somebody who files a picture under that very name would wait for it, and `move_images` for them.
    return taxonomy.find_or_create(session, named) if new else parent


def _check_parent(
    category: Category, parent: Category, subcategories: Sequence[Category], label: str
) -> None:
    if parent.id == category.id:
        raise Invalid("A category cannot be put under itself.", field="parent_id")
    if parent.parent_id is not None:
        raise Invalid(f"“{parent.name}” is a part itself, so nothing can be put under it.", field="parent_id")
    for name in (parent.name, label):
        # From an older library, where names could have that sign anywhere.
        if SEPARATOR in name:
            raise Invalid(f"Rename “{name}” first: it reads like a category with a part.", field="parent_id")
    if subcategories:
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
    keys = [folded_name(name) for name in names.values()]
    taken = select(Category).where(folded_name(Category.name).in_(keys), Category.id.not_in(names))
    other = session.scalar(taken.limit(1))
    if other is not None:
        raise NameTaken(other)


def merge(session: Session, source_id: int, target_id: int) -> UpdateCount:
    """Put the pictures and parts of one category into another, and delete the first.

    A part whose name the other one has too is merged with that. Every picture that changes its category gets a
    version and a revision. Raises NotFound and Invalid.
    """
    lock_taxonomy(session)
    source, target = find(session, source_id), find(session, target_id)
    if source.id == target.id:
        raise Invalid("Choose another category to merge into.", field="into")
    subcategories = subcategories_of(session, source)
    if subcategories and target.parent_id is not None:
        raise Invalid(
            f"“{source.name}” has parts, and “{target.name}” is a part itself. Move the parts first.",
            field="into",
        )
    existing = {fold(label_of(part.name)): part for part in subcategories_of(session, target)}
    moves: list[CategoryMove] = [CategoryMove(source.id, source.name, target.id, target.name)]
    merged, moved = [source], []
    for part in subcategories:
        twin = existing.get(fold(label_of(part.name)))
        if twin is None:
            moved.append((part, f"{target.name}{SEPARATOR}{label_of(part.name)}"))
        else:
            merged.append(part)
            moves.append(CategoryMove(part.id, part.name, twin.id, twin.name))
    action = field_updates.start_action(
        session, f"merged category “{source.name}” into “{target.name}”", ["category", "status"]
    )
    changed = _remove_categories(session, action, merged, moves, moved, target.id)
    audit.record(session, "category merged", moves[0].source, into=moves[0].target, pictures=changed.live)
    return changed


def delete(session: Session, category_id: int, parts: Parts = "up") -> UpdateCount:
    """Delete a category; its pictures stay, without a category, with a version and a revision each.

    Its parts go up to the top, or are deleted too. Raises NotFound, and NameTaken when a part cannot go up.
    """
    lock_taxonomy(session)
    category = find(session, category_id)
    subcategories = subcategories_of(session, category)
    removed = [category, *(subcategories if parts == "too" else ())]
    raised = [(part, label_of(part.name)) for part in subcategories if parts == "up"]
    moves: list[CategoryMove] = [CategoryMove(one.id, one.name) for one in removed]
    action = field_updates.start_action(
        session, f"deleted category “{category.name}”", ["category", "status"]
    )
    changed = _remove_categories(session, action, removed, moves, raised, None)
    audit.record(session, "category deleted", moves[0].source, parts=len(removed) - 1, pictures=changed.live)
    return changed


def _remove_categories(
    session: Session,
    action: BulkEdit,
    gone: Sequence[Category],
    moves: Sequence[CategoryMove],
    moved: Sequence[tuple[Category, str]],
    under: int | None,
) -> UpdateCount:
    """Empty some categories as `moves` say, move the other subcategories under another one, and delete them.

    What is needed to undo that is noted.
    """
    top, action_id = gone[0], action.id
    # Written down before the pictures move: from then on these rows would be read again, one by one.
    removed = [
        RemovedCategory(one.id, one.name, one.parent_id, one.created_at.isoformat(), one.version)
        for one in gone
    ]
    raised = [MovedSubcategory(part.id, part.name, part.parent_id, name, under) for part, name in moved]
    notes: dict[str, Any] = {
        "gone": removed,
        "moved": raised,
        "categories": {one.source: one.source_id for one in moves},
        "category": {one.target: one.target_id for one in moves if one.target_id is not None},
    }
    names = {one.id: one.new_name for one in raised}
    if names:
        _check_names(session, names)
    known = [*names, *(one.id for one in gone[1:])]
    changed = category_locks.move_images(session, moves, names, action_id=action_id)
    # From here on nobody else makes a category.
    _check_no_new_subcategories(session, top, [one.source_id for one in moves], known)
    if names:
        _check_names(session, names)
    # A view of a category that is only deleted shows nothing, until it is there again.
    renamed = {one.source: one.target for one in moves if one.target_id is not None}
    for part in raised:
        session.execute(
            update(Category)
            .where(Category.id == part.id)
            .values(name=part.new_name, parent_id=under, version=Category.version + 1)
        )
        renamed[part.name] = part.new_name
    views = renames.rename_in_views(session, "category", renamed)
    session.execute(sql_delete(Category).where(Category.id.in_([one.source_id for one in moves])))
    done = field_updates.finish_action(session, action, changed, **notes, views=views)
    new_names = {**{one.source: one.target for one in moves}, **{part.name: part.new_name for part in raised}}
    name_history.record(session, "category", new_names, done.bulk_edit_id)
    return done


def _check_no_new_subcategories(
    session: Session, top: Category, gone: Sequence[int], known: Sequence[int]
) -> None:
    """Refuse to go on when one of those that go has a part that nobody looked at: it would be deleted unseen.

    Somebody has added it meanwhile, or it is a part of a part.
    """
    below = select(Category.id, Category.parent_id).where(Category.parent_id.in_(gone))
    found = dict(session.execute(below).all())
    deep = [above for part_id, above in found.items() if above and above != top.id and part_id not in known]
    if deep:
        raise Conflict(f"“{find(session, deep[0]).name}” has parts of its own. Move those first.")
    if set(found) != set(known):
        raise Conflict(f"“{top.name}” got a new part just now. Look again and try once more.")
