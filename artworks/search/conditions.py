"""Filters as WHERE clauses, each of them answered by an index."""

from __future__ import annotations

from collections.abc import Collection as Collection_
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, any_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Text

from artworks.search.filters import SEARCH_FILTERS, Filters
from artworks.search.query import Query
from models import Category, Image

# Words of a search, and the ids of the categories that they name.
CategoriesByWord = Mapping[str, list[int]]
# Variation selectors: drawn as text, and as an emoji.
MARKS_OF_EMOJI = "\ufe0e\ufe0f"


def conditions(
    filters: Filters, named: CategoriesByWord | None = None, common: Collection_[str] = ()
) -> list[ColumnElement[bool]]:
    """Return the WHERE clauses of the filters.

    `named` are the categories that words of the search name (`categories_by_word`), which lets the database
    judge better how many pictures match; without it they are looked up inside the query. Words of the search that are
    `common` are looked for in what the others found, without an index.
    """
    words = [
        # In a form that no index knows.
        found.is_(True) if word in common else found
        for word in filters.query.words
        for found in [has_word(word, None if named is None else named.get(word, []))]
    ]
    return [*conditions_beside_words(filters), *words]


def conditions_beside_words(filters: Filters) -> list[ColumnElement[bool]]:
    """Return the same without the words of the search."""
    clauses: list[ColumnElement[bool]] = [
        Image.trashed_at.is_not(None) if filters.trashed else Image.trashed_at.is_(None)
    ]
    if filters.ids:
        clauses.append(Image.id.in_(filters.ids))
    clauses += [row.clause(value) for row, value in filters.rows if row.clause]
    return [*clauses, *_query_clauses(filters.query)]


def ranking_query(query: Query) -> ColumnElement[Any] | None:
    """Return the words and phrases of a search as a tsquery, for its rank; None when there are none."""
    terms = [_word(word) for word in query.words] + [_phrase(phrase) for phrase in query.phrases]
    return reduce(lambda one, other: one.op("&&")(other), terms) if terms else None


def categories_by_word(words: BindParameter[Sequence[str]]) -> Select[Any]:
    """Return, for words of a search in their order, the ids of the categories that they name; none for most words."""
    asked_for = (
        func.unnest(cast(words, ARRAY(Text)))
        .table_valued("word", with_ordinality="place", name="asked")
        .render_derived()
    )
    # Each word is made a query once, and not for each category.
    asked = select(asked_for.c.place, _word(asked_for.c.word).label("query")).cte("queries")
    asked = asked.prefix_with("MATERIALIZED", dialect="postgresql")
    found = Category.search.bool_op("@@")(asked.c.query)
    return select(asked.c.place, func.array_agg(Category.id)).join(Category, found).group_by(asked.c.place)


def _query_clauses(query: Query) -> list[ColumnElement[bool]]:
    clauses = []
    if query.phrases:
        clauses.append(_matches(reduce(lambda one, other: one.op("&&")(other), map(_phrase, query.phrases))))
    if query.without:
        # One look at the text for all of them.
        clauses.append(~_matches(reduce(lambda one, other: one.op("||")(other), map(_phrase, query.without))))
    # What is unknown, as the size of an old row, is not what was asked for: it belongs to what is left.
    for term in query.terms:
        clause = SEARCH_FILTERS[term.name].clause(term.value)
        clauses.append(clause.is_not(True) if term.negated else clause)
    if query.punctuation:
        clauses.append(_has_signs(query.punctuation))
    return clauses


def _has_signs(signs: str) -> ColumnElement[bool]:
    """Return the clause that signs alone ("%%", "🎨"), which are no words to an index, stand in a text as they are."""
    tags = func.array_to_string(Image.hashtags, " ")
    texts = (Image.post_title, Image.description, Image.key_points, tags, Image.original_filename)
    # An emoji is the same whether it is marked as one or not.
    unmarked = (func.translate(text, MARKS_OF_EMOJI, "") for text in texts)
    wanted = signs.translate(dict.fromkeys(map(ord, MARKS_OF_EMOJI))) or signs
    return or_(*(text.contains(wanted, autoescape=True) for text in unmarked))


def _word(word: Any) -> ColumnElement[Any]:
    return func.search_query(word, True)


def _phrase(words: tuple[str, ...]) -> ColumnElement[Any]:
    return func.search_query(" ".join(words), False)


def _matches(terms: ColumnElement[Any]) -> ColumnElement[bool]:
    return Image.search.bool_op("@@")(terms)


def has_word(word: str, ids: list[int] | None) -> ColumnElement[bool]:
    """Return the clause that a word begins a word of the picture's text or of its category."""
    found = _matches(_word(word))
    if ids is None:
        # An array that is made once, so that both sides are looked up in their indexes.
        named = select(Category.id).where(Category.search.bool_op("@@")(_word(word))).scalar_subquery()
        return or_(found, Image.category_id == any_(func.array(named, type_=ARRAY(BigInteger))))
    return or_(found, Image.category_id.in_(ids)) if ids else found
