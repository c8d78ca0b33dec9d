"""Filters as WHERE clauses, each of them answered by an index."""

from __future__ import annotations

from collections.abc import Collection as Collection_
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, any_, cast, func, literal, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Text

from artworks.search.filters import SEARCH_FILTERS, Filters
from artworks.search.query import Query
from models import Category, Image

# Words of a search, and the ids of the categories that they name.
CategoriesByWord = Mapping[str, list[int]]


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
    clauses += [row.clause(value) for row, value in filters.rows if row.clause]
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
    for term in query.terms:
        clause = SEARCH_FILTERS[term.name].clause(term.value)
        clauses.append(clause.is_not(True) if term.negated else clause)
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
