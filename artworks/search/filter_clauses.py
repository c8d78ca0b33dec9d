"""What single filters mean to the database: WHERE clauses, each answered by an index, and the counts that it keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, any_, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Text

from artworks.texts.folding import folded_name, folded_tag, with_other_slash
from models import Category, Collection, CollectionImage, Image, StatusCount, Suggestion, Tag

# As the index of sizes has it; an unknown size is none.
_SIZE = func.coalesce(Image.size_bytes, 0)


def in_category(name: str) -> ColumnElement[bool]:
    """Return the clause for a category with its subcategories, or for a subcategory that is named in full."""
    same = folded_name(Category.name) == folded_name(name)
    if " / " in name:
        return Image.category_id == select(Category.id).where(same).scalar_subquery()
    return Image.shelf_id == select(Category.id).where(same).scalar_subquery()


def in_category_or_subcategory(name: str) -> ColumnElement[bool]:
    """Return the clause for a category as above, or for the subcategories of any category that are called so."""
    ending = literal(" / ").concat(folded_name(name))
    parts = select(Category.id).where(func.right(folded_name(Category.name), func.length(ending)) == ending)
    in_part = Image.category_id == any_(func.array(parts.scalar_subquery(), type_=ARRAY(BigInteger)))
    return or_(*map(in_category, [name, *with_other_slash(name)]), in_part)


def has_tag(tag: str) -> ColumnElement[bool]:
    """Return the clause for a hashtag, with or without its #, however it is written."""
    return Image.hashtags_folded.contains(folded_tag(tag))


def has_status(status: str) -> ColumnElement[bool]:
    """Return the clause for a status."""
    return Image.status == status


def has_fact(name: str) -> Callable[[str], ColumnElement[bool]]:
    """Return what gives the clause for a fact such as "orientation:portrait", which `image_facts` has."""
    return lambda value: Image.facts.contains(cast([f"{name}:{value}"], ARRAY(Text)))


def has_part(part: str) -> ColumnElement[bool]:
    """Return the clause for pictures with something in a field, or with a suggestion."""
    return _suggestion_waits() if part == "suggestion" else has_fact("has")(part)


def lacks_part(part: str) -> ColumnElement[bool]:
    """Return the clause for pictures with nothing in a field, or without a suggestion."""
    return ~_suggestion_waits() if part == "suggestion" else has_fact("missing")(part)


def _suggestion_waits() -> ColumnElement[bool]:
    return select(Suggestion.image_id).where(Suggestion.image_id == Image.id).exists()


def in_collection(collection_id: str) -> ColumnElement[bool]:
    """Return the clause for a collection that is not deleted, by its id."""
    number = int(collection_id)
    inside = select(CollectionImage.image_id).where(CollectionImage.collection_id == number)
    there = select(Collection.id).where(Collection.id == number, Collection.deleted_at.is_(None))
    return and_(Image.id.in_(inside), there.exists())


def in_collection_named(name: str) -> ColumnElement[bool]:
    """Return the clause for a collection that is not deleted, by its name."""
    named = (
        select(Collection.id)
        .where(folded_name(Collection.name) == folded_name(name), Collection.deleted_at.is_(None))
        .scalar_subquery()
    )
    return Image.id.in_(select(CollectionImage.image_id).where(CollectionImage.collection_id == named))


def added_before(moment: datetime) -> ColumnElement[bool]:
    """Return the clause for pictures that were added before a moment."""
    return Image.created_at < moment


def added_since(moment: datetime) -> ColumnElement[bool]:
    """Return the clause for pictures that were added at a moment or after it."""
    return Image.created_at >= moment


def has_size(bound: tuple[str, int]) -> ColumnElement[bool]:
    """Return the clause for a sign and a number of bytes."""
    sign, size = bound
    return and_(_SIZE.bool_op(sign)(size), Image.size_bytes.is_not(None))


def count_of_status(status: str) -> Select[Any]:
    """Select the kept count of a status."""
    return select(StatusCount.images).where(StatusCount.status == status)


def count_of_tag(tag: str) -> Select[Any]:
    """Select the kept count of a hashtag."""
    return select(Tag.images).where(Tag.folded == any_(folded_tag(tag)))


def count_of_collection(collection_id: str) -> Select[Any]:
    """Select the kept count of a collection."""
    same = Collection.id == int(collection_id)
    return select(Collection.images).where(same, Collection.deleted_at.is_(None))


def count_of_category(name: str) -> Select[Any]:
    """Select the kept counts of a category and its subcategories."""
    same = select(Category.id).where(folded_name(Category.name) == folded_name(name)).scalar_subquery()
    inside = Category.id == same
    if " / " not in name:
        inside |= Category.parent_id == same
    return select(func.sum(Category.images)).where(inside)
