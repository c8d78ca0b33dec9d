"""Categories and tags: their rows, and how many pictures each one has."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, cast, false, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from artworks.core.database import split_page
from artworks.core.errors import Conflict, Invalid
from artworks.core.fields import LIMITS
from artworks.texts.folding import bare_tag, fold, folded_name, is_seen, with_other_slash
from models import VOUCHED, Category, Image, Tag

SEPARATOR = " / "
# A slash without spaces is a part of a word: "AC/DC", "1/2", "oil/canvas" are one level.
BETWEEN = re.compile(r"\s+/\s+")
LEVELS = 2
TRIES = 3


@dataclass(frozen=True)
class CategorySummary:
    """A category in a list, or a subcategory of the one before it; `total` counts its subcategories too."""

    id: int
    name: str
    parent_id: int | None
    images: int
    total: int
    version: int = 1

    @property
    def label(self) -> str:
        """Its own name, without that of its parent."""
        return label_of(self.name) if self.parent_id else self.name


@dataclass(frozen=True)
class CategoryPage:
    """Some categories, each followed by its subcategories, and the name to go on after when there are more."""

    categories: Sequence[CategorySummary]
    next: str | None


def path_of(name: str) -> list[str]:
    """Return the levels of a name, at most two; raises Invalid for more, and for a name too long or of nothing seen."""
    path = [level for level in BETWEEN.split(name) if is_seen(level)]
    if not path:
        raise Invalid("Give the category a name.", field="category")
    if len(path) > LEVELS:
        raise Invalid(
            "A category can have parts, but a part has none of its own. Use one “ / ” at most.",
            field="category",
        )
    if len(SEPARATOR.join(path)) > LIMITS["category"]:
        raise Invalid(
            f"The category is {len(SEPARATOR.join(path))} characters long. The limit is {LIMITS['category']}.",
            field="category",
        )
    return path


def label_of(name: str) -> str:
    """Return the last level of a name."""
    return name.rpartition(SEPARATOR)[2]


def by_name(session: Session, name: str, *, lock: bool = False) -> Category | None:
    """Return the category of a whole name, however it is written; `lock` keeps it from being deleted meanwhile."""
    query = select(Category).where(folded_name(Category.name) == folded_name(name))
    return session.scalar(query.with_for_update(read=True, key_share=True) if lock else query)


def by_other_slash(session: Session, name: str, *, lock: bool = False) -> Category | None:
    """Return the category whose name differs in the spaces around its slash: "a/b" is "a / b" where that exists."""
    found = (by_name(session, other, lock=lock) for other in with_other_slash(name))
    return next(filter(None, found), None)


def find_or_create(
    session: Session, name: str, *, lock: bool = False, before_making: Callable[[], object] | None = None
) -> Category | None:
    """Return the category of a name, found or made; None for an empty name. Two at once make one.

    "Prints / Linocut" is the subcategory Linocut of Prints, which is made too. `lock` keeps it from being merged
    or deleted until the transaction ends; only for those who wait for no picture after it. `before_making` is called
    before one is made, which others then wait for. Raises Invalid for a third level.
    """
    if not name:
        return None
    # As it stands first: an older library may have names that would not be made today.
    found = by_name(session, name, lock=lock) or by_other_slash(session, name, lock=lock)
    if found is not None:
        return found
    path = path_of(name)
    if before_making is not None:
        before_making()
    for _ in range(TRIES):
        _add_missing(session, path)
        found = by_name(session, SEPARATOR.join(path), lock=lock)
        if found is not None:
            return found
    raise Conflict("This category was changed elsewhere just now. Try again.", field="category")


def _add_missing(session: Session, path: Sequence[str]) -> None:
    """Add what is missing of a path, in one statement for each level."""
    parent, *rest = path
    session.execute(insert(Category).values(name=parent).on_conflict_do_nothing())
    if not rest:
        return
    # The name is put together by the statement that adds the row: a category that is renamed at that moment keeps it
    # waiting, and is then found under its new name or not at all.
    rows = select(Category.name + SEPARATOR + literal(rest[0]), Category.id).where(
        folded_name(Category.name) == folded_name(parent), Category.parent_id.is_(None)
    )
    into = [Category.name, Category.parent_id]
    session.execute(insert(Category).from_select(into, rows).on_conflict_do_nothing())


def category_names(session: Session, limit: int = 200) -> list[str]:
    """List the names of the categories in use, most used first."""
    query = (
        select(Category.name)
        .where(Category.images > 0)
        .order_by(Category.images.desc(), folded_name(Category.name))
        .limit(limit)
    )
    return list(session.scalars(query))


def vouched_names(session: Session, limit: int) -> list[str]:
    """List the names of the categories in use that a person stands for, most used first.

    A name that only AI wrote may come from the writing inside one picture, and goes into no other picture's prompt.
    Somebody stands for it who named the category, or wrote, changed or approved it on a picture.
    """
    return list(session.scalars(vouched_query(limit)))


def vouched_query(limit: int) -> Select[str]:
    """Return the query of `vouched_names`."""
    # One look at the index for each category; EXISTS could be answered by reading all such pictures at once.
    one = select(literal(True)).where(Image.category_id == Category.id, VOUCHED).limit(1)
    on_a_picture = func.coalesce(one.scalar_subquery(), false())
    return (
        select(Category.name)
        .where(Category.images > 0, or_(Category.by_person, on_a_picture))
        .order_by(Category.images.desc(), folded_name(Category.name))
        .limit(limit)
    )


def categories_in_use(session: Session, limit: int = 1000, *, empty: bool = False) -> list[CategorySummary]:
    """List categories, most used first, each followed by its subcategories; without a picture only where `empty`."""
    return [
        summary_of(**row) for row in session.execute(categories_in_use_query(limit, empty=empty)).mappings()
    ]


def summary_of(
    *, id: int, name: str, parent_id: int | None, images: int, total: int, version: int, **_: Any
) -> CategorySummary:
    """Return the summary of a row of `categories_in_use_query`."""
    return CategorySummary(id, name, parent_id, images, images if parent_id else total, version)


def categories_in_use_query(limit: int, *, empty: bool = False) -> Select[Any]:
    """Return the query of `categories_in_use`."""
    parent = aliased(Category)
    total = func.sum(Category.images).over(partition_by=func.coalesce(Category.parent_id, Category.id))
    rows = (
        select(
            *_COLUMNS, folded_name(func.coalesce(parent.name, Category.name)).label("parent_name"),
            cast(total, BigInteger).label("total"),
        )
        .outerjoin(parent, parent.id == Category.parent_id)
        .subquery()
    )  # fmt: skip
    query = select(rows).limit(limit)
    if not empty:
        query = query.where(rows.c.total > 0, or_(rows.c.images > 0, rows.c.parent_id.is_(None)))
    return query.order_by(
        rows.c.total.desc(), rows.c.parent_name, func.coalesce(rows.c.parent_id, rows.c.id),
        rows.c.parent_id.is_not(None), rows.c.images.desc(), folded_name(rows.c.name),
    )  # fmt: skip


def page_of_categories(session: Session, limit: int, after: str = "") -> CategoryPage:
    """Read a page of categories from A to Z with their subcategories, empty ones too; `after` is the last `next`."""
    name = folded_name(Category.name)
    query = select(*_COLUMNS).where(Category.parent_id.is_(None)).order_by(name).limit(limit + 1)
    if after:
        query = query.where(name > folded_name(after))
    tops, last = split_page(session.execute(query).all(), limit)
    subcategories: dict[int, list[Any]] = {top.id: [] for top in tops}
    parts = select(*_COLUMNS).where(Category.parent_id.in_(subcategories)).order_by(name)
    for part in session.execute(parts):
        subcategories[part.parent_id].append(part)
    listed = []
    for top in tops:
        total = top.images + sum(part.images for part in subcategories[top.id])
        listed.append(CategorySummary(top.id, top.name, None, top.images, total, top.version))
        listed += [
            CategorySummary(part.id, part.name, part.parent_id, part.images, part.images, part.version)
            for part in subcategories[top.id]
        ]
    return CategoryPage(listed, last.name if last else None)


_COLUMNS = (Category.id, Category.name, Category.parent_id, Category.images, Category.version)


def most_used_tags(prefix: str, limit: int) -> Select[str, int, int]:
    """Return the query for tags that begin with `prefix`, most used first, with their counts and versions.

    A tag is shown as it was written first, or as it was renamed.
    """
    return (
        select(Tag.shown, Tag.images, Tag.version)
        .where(Tag.images > 0, begins_with(prefix))
        .order_by(Tag.images.desc(), Tag.folded)
        .limit(limit)
    )


def begins_with(prefix: str) -> ColumnElement[bool]:
    """Return the condition that a tag begins with `prefix`, with or without `#`, however it is written."""
    if not prefix:
        return true()
    return Tag.folded.startswith("#" + fold(bare_tag(prefix)), autoescape=True)
