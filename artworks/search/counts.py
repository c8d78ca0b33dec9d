"""What is found out about a search before its list is read: how much it finds, judged by a sample of the library.

The database's own guess is of no use here: it knows nothing of words that begin so, and takes words for independent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt

from sqlalchemy import and_, func, literal, null, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.util import ClauseAdapter

from artworks.search.conditions import conditions, has_word, naming
from artworks.search.filters import Filters
from models import Image, StatusCount

# Up to so many pictures a library is small: looking at all of them takes no time to speak of.
SMALL = 10_000
# Pictures in the sample; they take some 4 ms.
SAMPLED = 1_000
# More matches than these are many: too many to rank.
MANY = 3_000
# To look for a word in a picture that another word has found takes as long as to find it in so many by the index.
COMMON = 50


@dataclass(frozen=True)
class Survey:
    """What is known before a list is read.

    `live` counts the pictures outside the trash. Of `sampled` of them `found` match; both are 0 in a small library,
    which is not sampled. `named` has the categories that words of the search name, `common` the words that are too
    common to be looked up.
    """

    live: int = 0
    sampled: int = 0
    found: int = 0
    named: Mapping[str, list[int]] | None = None
    common: frozenset[str] = frozenset()

    @property
    def large(self) -> bool:
        """Return whether it would take long to look at every picture."""
        return self.live > SMALL

    @property
    def expected(self) -> int:
        """How many pictures should match."""
        return self.found * self.live // max(self.sampled, 1)

    @property
    def at_least(self) -> int:
        """How many match even if the sample was a lucky one: less two standard deviations (of a root: one)."""
        return int(max(sqrt(self.found) - 1, 0) ** 2 * self.live / max(self.sampled, 1))

    @property
    def many(self) -> bool:
        """Return whether too many match to rank them."""
        return self.expected > MANY


def survey(session: Session, filters: Filters) -> Survey:
    """Look round before a list is read: one statement, and one more in a large library."""
    words = filters.query.words
    live = select(func.coalesce(func.sum(StatusCount.images), 0)).scalar_subquery()
    named = naming(filters.query).subquery()
    pairs = select(func.jsonb_object_agg(named.c[0], named.c[1])).scalar_subquery() if words else null()
    # One list must not take every core.
    alone = func.set_config("max_parallel_workers_per_gather", "0", True)
    total, ids, _ = session.execute(select(live, pairs, alone)).one()
    seen = Survey(int(total), named={word: (ids or {}).get(str(at), []) for at, word in enumerate(words, 1)})
    return _sampled(session, filters, seen) if seen.large else seen


def _sampled(session: Session, filters: Filters, seen: Survey) -> Survey:
    """Look through a sample of the library, read from whole blocks of the disk in any of its parts."""
    words, named = filters.query.words, seen.named or {}
    # The same pictures every time, so that a page says the same when it is loaded again.
    how = func.system(min(100.0, 100 * SAMPLED / seen.live))
    sample = Image.__table__.tablesample(how, name="sample", seed=literal(1))
    clauses = [and_(*conditions(filters, named))]
    # A single word is what there is.
    clauses += [has_word(word, named.get(word, [])) for word in words] if len(words) > 1 else []
    adapted = [ClauseAdapter(sample).traverse(clause) for clause in clauses]
    looked_at = select(*(clause.label(f"is_{at}") for at, clause in enumerate(adapted)))
    looked_at = looked_at.where(sample.c.trashed_at.is_(None))
    flags = looked_at.cte("looked_at").prefix_with("MATERIALIZED", dialect="postgresql").c
    counts = select(func.count(), *(func.count().filter(flag) for flag in flags))
    sampled, found, *each = session.execute(counts).one()
    # A word that the sample has not met may still be in some.
    rarest = max(min(each, default=0), 0.5)
    common = {word for word, some in zip(words, each, strict=False) if some > COMMON * rarest}
    return replace(seen, sampled=sampled, found=found, common=frozenset(common))
