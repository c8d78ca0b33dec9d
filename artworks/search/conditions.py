"""Filters as WHERE clauses, each of them answered by an index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Collection as Collection_
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, any_, cast, func, literal, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Text

from artworks.search import palette as palettes
from artworks.search.filters import Filters
from artworks.search.query import Ask, Query
from models import Category, Collection, CollectionImage, Image, Suggestion

# Words of a search, and the ids of the categories that they name.
Named = Mapping[str, list[int]]
# As the index of sizes has it; an unknown size is none.
_SIZE = func.coalesce(Image.size_bytes, 0)


def conditions(
    filters: Filters, named: Named | None = None, common: Collection_[str] = ()
) -> list[ColumnElement[bool]]:
    """Return the WHERE clauses of the filters.

    `named` are the categories that words of the search name (`naming`), which lets the database judge better how many
    pictures match; without it they are looked up inside the query. Words of the search that are `common` are looked
    for in what the others found, without an index.
    """
    clauses: list[ColumnElement[bool]] = [
        Image.trashed_at.is_not(None) if filters.trashed else Image.trashed_at.is_(None)
    ]
    if filters.ids:
        clauses.append(Image.id.in_(filters.ids))
    if filters.status:
        clauses.append(Image.status == filters.status)
    if filters.category:
        clauses.append(_in_category(filters.category))
    if filters.tag:
        clauses.append(_tagged(filters.tag))
    if filters.collection:
        inside = select(CollectionImage.image_id).where(
            CollectionImage.collection_id == int(filters.collection)
        )
        there = select(Collection.id).where(
            Collection.id == int(filters.collection), Collection.deleted_at.is_(None)
        )
        clauses += [Image.id.in_(inside), there.exists()]
    if filters.colour:
        clauses.append(palettes.condition(filters.colour))
    return [*clauses, *_searched(filters.query, named, common)]


def document(asked: Query) -> ColumnElement[Any] | None:
    """Return the words and phrases of a search as a tsquery, for its rank; None when there are none."""
    terms = [_word(word) for word in asked.words] + [_phrase(phrase) for phrase in asked.phrases]
    return _tsquery(" & ".join(terms)) if terms else None


def naming(asked: Query) -> Select[Any]:
    """Return, for words of a search in their order, the ids of the categories that they name; none for most words."""
    words = (
        func.unnest(cast(list(asked.words), ARRAY(Text)))
        .table_valued("word", with_ordinality="place", name="asked")
        .render_derived()
    )
    ids = func.array_agg(Category.id)
    return select(words.c.place, ids).join(Category, _names(words.c.word)).group_by(words.c.place)


def _searched(asked: Query, named: Named | None, common: Collection_[str]) -> list[ColumnElement[bool]]:
    clauses = [
        # In a form that no index knows.
        found.is_(True) if word in common else found
        for word in asked.words
        for found in [has_word(word, None if named is None else named.get(word, []))]
    ]
    if asked.phrases:
        clauses.append(_matches(" & ".join(map(_phrase, asked.phrases))))
    if asked.without:
        # One look at the text for all of them.
        clauses.append(~_matches(" | ".join(map(_phrase, asked.without))))
    # What is unknown, as the size of an old row, is not what was asked for: it belongs to what is left.
    clauses += [_asked(ask).is_not(True) if ask.without else _asked(ask) for ask in asked.asks]
    if asked.signs:
        # Signs alone ("%%") are no words to an index: look for them as they stand.
        columns = (Image.post_title, Image.description)
        clauses.append(or_(*(column.contains(asked.signs, autoescape=True) for column in columns)))
    return clauses


def _word(word: str) -> str:
    # Quoted, so that nothing in it is read as an operator; words hold only letters, marks and digits.
    return f"'{word}':*"


def _phrase(words: tuple[str, ...]) -> str:
    return "(" + " <-> ".join(f"'{word}'" for word in words) + ")"


def _tsquery(terms: str) -> ColumnElement[Any]:
    # Folded like the text; the signs of the query language are no letters and stay.
    return func.to_tsquery("simple", func.image_plain(terms))


def _matches(terms: str) -> ColumnElement[bool]:
    return Image.search.bool_op("@@")(_tsquery(terms))


def _names(word: Any) -> ColumnElement[bool]:
    """Return whether a word begins a word of a category's name."""
    beginning = func.concat("% ", func.image_plain(func.lower(word)), "%")
    return literal_column("' '").concat(func.image_words(Category.name)).like(beginning)


def has_word(word: str, ids: list[int] | None) -> ColumnElement[bool]:
    """Let a word begin a word of the picture's text or of its category."""
    found = _matches(_word(word))
    if ids is None:
        # An array that is made once, so that both sides are looked up in their indexes.
        named = select(Category.id).where(_names(literal(word))).scalar_subquery()
        return or_(found, Image.category_id == any_(func.array(named, type_=ARRAY(BigInteger))))
    return or_(found, Image.category_id.in_(ids)) if ids else found


def _in_category(name: str) -> ColumnElement[bool]:
    """Look in a shelf with all its parts, or in a part that is named in full."""
    same = func.lower(Category.name) == func.lower(name)
    if " / " in name:
        return Image.category_id == select(Category.id).where(same).scalar_subquery()
    return Image.shelf_id == select(Category.id).where(same).scalar_subquery()


def _in_part(name: str) -> ColumnElement[bool]:
    """Look in the parts of any shelf that are called so."""
    parts = select(Category.id).where(
        func.right(func.lower(Category.name), len(f" / {name}")) == func.lower(f" / {name}")
    )
    return Image.category_id == any_(func.array(parts.scalar_subquery(), type_=ARRAY(BigInteger)))


def _tagged(tag: str) -> ColumnElement[bool]:
    return Image.hashtags_folded.contains(func.image_fold(cast(["#" + tag.lstrip("#")], ARRAY(Text))))


def _fact(fact: str) -> ColumnElement[bool]:
    return Image.facts.contains(cast([fact], ARRAY(Text)))


def _asked(ask: Ask) -> ColumnElement[bool]:
    """Return the clause of one filter of the search box."""
    value: Any = ask.value
    if ask.name in ("has", "missing"):
        if value == "suggestion":
            waits = select(Suggestion.image_id).where(Suggestion.image_id == Image.id).exists()
            return waits if ask.name == "has" else ~waits
        return _fact(f"{ask.name}:{value}")
    if ask.name in ("by", "orientation"):
        return _fact(f"{ask.name}:{value}")
    if ask.name == "collection":
        named = (
            select(Collection.id)
            .where(func.lower(Collection.name) == func.lower(value), Collection.deleted_at.is_(None))
            .scalar_subquery()
        )
        return Image.id.in_(select(CollectionImage.image_id).where(CollectionImage.collection_id == named))
    if ask.name == "size":
        sign, size = value
        compared = _SIZE.bool_op(sign)(size)
        return and_(compared, Image.size_bytes.is_not(None))
    if ask.name == "category":
        return or_(_in_category(value), _in_part(value))
    simple: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "status": lambda status: Image.status == status,
        "tag": _tagged,
        "colour": palettes.condition,
        "before": lambda moment: Image.created_at < moment,
        "after": lambda moment: Image.created_at >= moment,
    }
    return simple[ask.name](value)
