"""Filters as WHERE clauses, each of them answered by an index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Collection as Collection_
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, any_, cast, func, literal, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Text

from artworks.search import palette
from artworks.search.filters import Filters
from artworks.search.query import FilterTerm, Query
from models import Category, Collection, CollectionImage, Image, Suggestion

# Words of a search, and the ids of the categories that they name.
CategoriesByWord = Mapping[str, list[int]]
# As the index of sizes has it; an unknown size is none.
_SIZE = func.coalesce(Image.size_bytes, 0)


def conditions(
    filters: Filters, named: CategoriesByWord | None = None, common: Collection_[str] = ()
) -> list[ColumnElement[bool]]:
    """Return the WHERE clauses of the filters.

    `named` are the categories that words of the search name (`categories_by_word`), which lets the database
    judge better how many pictures match; without it they are looked up inside the query. Words of the search that are
    `common` are looked for in what the others found, without an index.
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
        clauses.append(_has_tag(filters.tag))
    if filters.collection:
        inside = select(CollectionImage.image_id).where(
            CollectionImage.collection_id == int(filters.collection)
        )
        there = select(Collection.id).where(
            Collection.id == int(filters.collection), Collection.deleted_at.is_(None)
        )
        clauses += [Image.id.in_(inside), there.exists()]
    if filters.colour:
        clauses.append(palette.has_colour(filters.colour))
    return [*clauses, *_query_clauses(filters.query, named, common)]


def ranking_query(query: Query) -> ColumnElement[Any] | None:
    """Return the words and phrases of a search as a tsquery, for its rank; None when there are none."""
    terms = [_word(word) for word in query.words] + [_phrase(phrase) for phrase in query.phrases]
    return _tsquery(" & ".join(terms)) if terms else None


def categories_by_word(query: Query) -> Select[Any]:
    """Return, for words of a search in their order, the ids of the categories that they name; none for most words."""
    words = (
        func.unnest(cast(list(query.words), ARRAY(Text)))
        .table_valued("word", with_ordinality="place", name="asked")
        .render_derived()
    )
    ids = func.array_agg(Category.id)
    return select(words.c.place, ids).join(Category, _name_begins(words.c.word)).group_by(words.c.place)


def _query_clauses(
    query: Query, named: CategoriesByWord | None, common: Collection_[str]
) -> list[ColumnElement[bool]]:
    clauses = [
        # In a form that no index knows.
        found.is_(True) if word in common else found
        for word in query.words
        for found in [has_word(word, None if named is None else named.get(word, []))]
    ]
    if query.phrases:
        clauses.append(_matches(" & ".join(map(_phrase, query.phrases))))
    if query.without:
        # One look at the text for all of them.
        clauses.append(~_matches(" | ".join(map(_phrase, query.without))))
    # What is unknown, as the size of an old row, is not what was asked for: it belongs to what is left.
    clauses += [
        _term_clause(term).is_not(True) if term.negated else _term_clause(term) for term in query.terms
    ]
    if query.punctuation:
        # Signs alone ("%%") are no words to an index: look for them as they stand.
        columns = (Image.post_title, Image.description)
        clauses.append(or_(*(column.contains(query.punctuation, autoescape=True) for column in columns)))
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


def _name_begins(word: Any) -> ColumnElement[bool]:
    """Return the clause that a word begins a word of a category's name."""
    beginning = func.concat("% ", func.image_plain(func.lower(word)), "%")
    return literal_column("' '").concat(func.image_words(Category.name)).like(beginning)


def has_word(word: str, ids: list[int] | None) -> ColumnElement[bool]:
    """Return the clause that a word begins a word of the picture's text or of its category."""
    found = _matches(_word(word))
    if ids is None:
        # An array that is made once, so that both sides are looked up in their indexes.
        named = select(Category.id).where(_name_begins(literal(word))).scalar_subquery()
        return or_(found, Image.category_id == any_(func.array(named, type_=ARRAY(BigInteger))))
    return or_(found, Image.category_id.in_(ids)) if ids else found


def _in_category(name: str) -> ColumnElement[bool]:
    """Return the clause for a category with its subcategories, or for a subcategory that is named in full."""
    same = func.lower(Category.name) == func.lower(name)
    if " / " in name:
        return Image.category_id == select(Category.id).where(same).scalar_subquery()
    return Image.shelf_id == select(Category.id).where(same).scalar_subquery()


def _in_subcategory(name: str) -> ColumnElement[bool]:
    """Return the clause for the subcategories of any category that are called so."""
    parts = select(Category.id).where(
        func.right(func.lower(Category.name), len(f" / {name}")) == func.lower(f" / {name}")
    )
    return Image.category_id == any_(func.array(parts.scalar_subquery(), type_=ARRAY(BigInteger)))


def _has_tag(tag: str) -> ColumnElement[bool]:
    return Image.hashtags_folded.contains(func.image_fold(cast(["#" + tag.lstrip("#")], ARRAY(Text))))


def _has_fact(fact: str) -> ColumnElement[bool]:
    return Image.facts.contains(cast([fact], ARRAY(Text)))


def _term_clause(term: FilterTerm) -> ColumnElement[bool]:
    """Return the clause of one filter of the search box."""
    value: Any = term.value
    if term.name in ("has", "missing"):
        if value == "suggestion":
            waits = select(Suggestion.image_id).where(Suggestion.image_id == Image.id).exists()
            return waits if term.name == "has" else ~waits
        return _has_fact(f"{term.name}:{value}")
    if term.name in ("by", "orientation"):
        return _has_fact(f"{term.name}:{value}")
    if term.name == "collection":
        named = (
            select(Collection.id)
            .where(func.lower(Collection.name) == func.lower(value), Collection.deleted_at.is_(None))
            .scalar_subquery()
        )
        return Image.id.in_(select(CollectionImage.image_id).where(CollectionImage.collection_id == named))
    if term.name == "size":
        sign, size = value
        compared = _SIZE.bool_op(sign)(size)
        return and_(compared, Image.size_bytes.is_not(None))
    if term.name == "category":
        return or_(_in_category(value), _in_subcategory(value))
    simple: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "status": lambda status: Image.status == status,
        "tag": _has_tag,
        "colour": palette.has_colour,
        "before": lambda moment: Image.created_at < moment,
        "after": lambda moment: Image.created_at >= moment,
    }
    return simple[term.name](value)
