"""What is found out about a search before its list is read: how much it finds, judged by a sample of the library.

The database's own guess is of no use here: it knows nothing of words that begin so, and takes words for independent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import inf, sqrt
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, literal, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.util import ClauseAdapter

from artworks.search.conditions import categories_by_word, conditions, conditions_beside_words, has_word
from artworks.search.filters import Filters
from artworks.search.pagination import NEWEST
from models import Image, StatusCount

# Up to so many pictures a library is small: looking at all of them takes no time to speak of.
SMALL = 10_000
# Pictures in the sample; they take some 4 ms.
SAMPLED = 1_000
# More matches than these are many: too many to rank.
MANY = 3_000
# Memory for what the index of words finds, for one statement. In less, a word of every tenth picture of a million is
# remembered by whole blocks of the disk, and all the pictures in these are looked through again.
WORK_MEMORY_MB = 32
# To look for a word in a picture that another word has found takes as long as to find it in so many by the index.
COMMON = 35
# To look through one of the newest pictures takes as long as to find so many by the index, or to read so many that it
# has found; half as long as to look for a common word in one of these.
FOUND, READ, LOOKED_AT = 17, 3, 0.5


@dataclass(frozen=True)
class SearchEstimate:
    """What is known before a list is read.

    `live` counts the pictures outside the trash. Of `sampled` of them `found` match; both are 0 in a small library,
    which is not sampled. `named` has the categories that words of the search name, `common` the words that are too
    common to be looked up. To find all by the index of words takes as long as to look through `by_index` pictures.
    """

    live: int = 0
    sampled: int = 0
    found: int = 0
    named: Mapping[str, list[int]] | None = None
    common: frozenset[str] = frozenset()
    by_index: float = inf

    @property
    def large(self) -> bool:
        """Return whether it would take long to look at every picture."""
        return self.live > SMALL

    @property
    def expected(self) -> int:
        """How many pictures match by the sample."""
        return self.found * self.live // max(self.sampled, 1)

    @property
    def at_least(self) -> int:
        """How many match even if the sample was a lucky one: less two standard deviations (of a root: one)."""
        return int(max(sqrt(self.found) - 1, 0) ** 2 * self.live / max(self.sampled, 1))

    @property
    def many(self) -> bool:
        """Return whether too many match to rank them."""
        return self.expected > MANY


def estimate(session: Session, filters: Filters) -> SearchEstimate:
    """Return what is known of a list before it is read: one statement, and one more in a large library."""
    words = filters.query.words
    total, ids, *_ = session.execute(_look_round(), {"words": list(words)}).one()
    found = SearchEstimate(
        int(total), named={word: (ids or {}).get(str(at), []) for at, word in enumerate(words, 1)}
    )
    return _with_sample(session, filters, found) if found.large else found


@cache
def _look_round() -> Select[Any]:
    """Return the first statement of an estimate; it is made once, which takes longer than to answer it."""
    live = select(func.coalesce(func.sum(StatusCount.images), 0)).scalar_subquery()
    named = categories_by_word(bindparam("words")).subquery()
    pairs = select(func.jsonb_object_agg(named.c[0], named.c[1])).scalar_subquery()
    # One list must not take every core.
    alone = func.set_config("max_parallel_workers_per_gather", "0", True)
    return select(live, pairs, alone, _enough_memory())


def _enough_memory() -> ColumnElement[str]:
    """Return what raises `work_mem` for this transaction, unless the operator gives more."""
    given, least = func.current_setting("work_mem"), f"{WORK_MEMORY_MB}MB"
    more = func.pg_size_bytes(given) > func.pg_size_bytes(least)
    return func.set_config("work_mem", case((more, given), else_=least), True)


# The same pictures every time, so that a page says the same when it is loaded again; whole blocks of the disk in any of
# its parts.
SAMPLE = Image.__table__.tablesample(func.system(bindparam("percent")), name="sample", seed=literal(1))


def percent_sampled(live: int) -> float:
    """Return how much of a library is in the sample."""
    return min(100.0, 100 * SAMPLED / live)


def _with_sample(session: Session, filters: Filters, estimated: SearchEstimate) -> SearchEstimate:
    """Return the estimate with what matches in a sample of the library."""
    words, named = filters.query.words, estimated.named or {}
    # Each word is looked for once, as every look reads the text of the picture again.
    clauses = [
        and_(*conditions_beside_words(filters)),
        *(has_word(word, named.get(word, [])) for word in words),
    ]
    adapted = [ClauseAdapter(SAMPLE).traverse(clause) for clause in clauses]
    looked_at = select(*(clause.label(f"is_{at}") for at, clause in enumerate(adapted)))
    looked_at = looked_at.where(SAMPLE.c.trashed_at.is_(None))
    flags = looked_at.cte("looked_at").prefix_with("MATERIALIZED", dialect="postgresql").c
    _beside, *each_word = flags
    # What all the words find is read, whichever of it the other filters leave.
    asked = (and_(*flags), and_(true(), *each_word), *each_word)
    counts = select(func.count(), *(func.count().filter(flag) for flag in asked))
    sampled, found, by_words, *each = session.execute(
        counts, {"percent": percent_sampled(estimated.live)}
    ).one()
    # A word that the sample has not met may still be in some.
    rarest = max(min(each, default=0), 0.5)
    common = {word for word, some in zip(words, each, strict=False) if some > COMMON * rarest}
    estimated = replace(estimated, sampled=sampled, found=found, common=frozenset(common))
    by_index = _cost_by_index(estimated, by_words, dict(zip(words, each, strict=False)))
    return replace(estimated, by_index=by_index)


def _cost_by_index(estimated: SearchEstimate, by_words: int, each: Mapping[str, int]) -> float:
    """Return how many pictures could be looked through while the index finds what the words match, and it is read."""
    looked_up = [some for word, some in each.items() if word not in estimated.common]
    if not looked_up:
        return inf
    read = min(looked_up) / LOOKED_AT if estimated.common else by_words / READ
    return (sum(looked_up) / FOUND + read) * estimated.live / max(estimated.sampled, 1)


MOST_EXACT = 10_000
# In a large library fewer are counted: each may cost a look at a hundred others.
MOST_COUNTED = 400


def count_matches(
    session: Session, filters: Filters, estimated: SearchEstimate | None = None
) -> tuple[int, bool]:
    """Count what matches; the flag says whether the number is exact.

    Kept counts answer a list of one filter or none; others are counted up to 10,000, in a large library to 400.
    Of a search that many match only the size is returned, as a sample has it.
    """
    kept = _stored_count(session, filters)
    if kept is not None:
        return kept, True
    estimated = estimated or estimate(session, filters)
    if estimated.many and estimated.at_least:
        return round_down(estimated.at_least), False
    most = MOST_COUNTED if estimated.large and not filters.query.ranks else MOST_EXACT
    # In the order of an index: where many match, it ends soon, and where few do, the order costs nothing.
    matching = select(Image.id).where(*conditions(filters, estimated.named)).order_by(*NEWEST.order_by())
    some = matching.limit(most + 1).subquery()
    count = session.scalar(select(func.count()).select_from(some)) or 0
    return min(count, most), count <= most


def round_down(count: int) -> int:
    """Return a number rounded down to its first digit: 23,417 is 20,000 and more."""
    digit: int = 10 ** (len(str(count)) - 1)
    return count // digit * digit


def _stored_count(session: Session, filters: Filters) -> int | None:
    """Read the count that the database keeps for a list of one filter or none; None when it keeps none."""
    if filters.trashed or filters.ids or len(filters.rows) > 1:
        return None
    if not filters.rows:
        return int(session.scalar(select(func.sum(StatusCount.images))) or 0)
    ((row, value),) = filters.rows
    return int(session.scalar(row.count(value)) or 0) if row.count else None
