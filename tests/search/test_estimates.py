"""A sample of a large library tells how a search is answered: few matches ranked, many newest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from artworks.search import counts
from artworks.search import listing as search
from artworks.search.conditions import conditions
from artworks.search.counts import SearchEstimate
from artworks.search.filters import Filters
from tests.search.test_listing import every
from tests.support.material import row, statements


@pytest.fixture
def large(session: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Session on a library of 12 pictures that counts as large and is sampled whole; three matches are many.

    The index of words is slow.
    """
    monkeypatch.setattr(counts, "SMALL", 4)
    monkeypatch.setattr(counts, "MANY", 3)
    monkeypatch.setattr(counts, "FOUND", 0.1)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for place in range(12):
        words = {"post_title": "Heron"} if place % 3 == 0 else {"description": "heron"}
        notes = "rare" if place in (1, 6) else ""
        row(session, **words, key_points=notes).created_at = moment + timedelta(place)
    session.commit()
    return session


def test_the_sample_tells_what_matches_by_the_filters_and_by_words(large: Session) -> None:
    seen = counts.estimate(large, Filters("heron rare"))
    assert (seen.live, seen.sampled, seen.found, seen.expected) == (12, 12, 2, 2)
    assert counts.estimate(large, Filters("heron", status="ready")).found == 0
    assert counts.estimate(large, Filters("missing:alt -rare")).found == 10
    assert counts.estimate(large, Filters("elephant")).at_least == 0


def test_a_search_has_memory_enough_and_no_less_than_the_operator_gives(session: Session) -> None:
    def given() -> str:
        counts.estimate(session, Filters("heron"))
        return str(session.scalar(text("SHOW work_mem")))

    assert given() == "32MB"
    session.rollback()
    session.execute(text("SET LOCAL work_mem = '100MB'"))
    assert given() == "100MB"
    session.rollback()
    assert session.scalar(text("SHOW work_mem")) == "4MB"


def test_a_small_library_is_not_sampled(session: Session, engine: Engine) -> None:
    row(session, post_title="Heron", category="Heronries")
    session.commit()
    with statements(engine) as sent:
        seen = counts.estimate(session, Filters("heron"))
    assert len(sent) == 1
    assert (seen.live, seen.sampled, seen.large, seen.many) == (1, 0, False, False)
    assert seen.named
    assert len(seen.named["heron"]) == 1


def test_what_is_in_the_trash_is_not_in_the_sample(large: Session) -> None:
    thrown = row(large, post_title="Heron")
    thrown.trashed_at = datetime.now(UTC)
    large.commit()
    assert counts.estimate(large, Filters("heron")).sampled == 12


def test_many_matches_come_newest_first(large: Session) -> None:
    filters = Filters("heron")
    assert every(large, filters, 3) == list(range(12, 0, -1))
    # How many there are is told as about so many.
    seen = counts.estimate(large, filters)
    first = search.page(large, filters, 3, None, seen)
    assert search.count_of(large, filters, first, seen) == (max(counts.round_down(seen.at_least), 4), False)
    # Never less than what stands on the page, and one more.
    lucky = SearchEstimate(live=12, sampled=3, found=1, named={"heron": []})
    assert lucky.many
    assert search.page(large, filters, 3, None, lucky).count == 4


def test_what_the_index_finds_quicker_is_sorted(large: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    filters = Filters("heron")
    assert counts.estimate(large, filters).by_index == 12 / 0.1 + 12 / 3
    monkeypatch.setattr(counts, "FOUND", 17)
    seen = counts.estimate(large, filters)
    assert seen.by_index == 12 / 17 + 12 / 3
    # What the word finds is read, though the status leaves nothing of it.
    assert counts.estimate(large, Filters("heron", status="ready")).by_index == seen.by_index
    assert every(large, filters, 3) == list(range(12, 0, -1))
    first = search.page(large, filters, 3, None, seen)
    assert (first.count, first.exact) == (12, True)
    # With a common word left to a look at each picture that the rare one has found.
    monkeypatch.setattr(counts, "COMMON", 5)
    assert counts.estimate(large, Filters("heron rare")).by_index == 2 / 17 + 2 / 0.5
    # A filter alone is nothing that this index finds.
    assert counts.estimate(large, Filters("missing:alt")).by_index == float("inf")


def test_few_matches_are_ranked_whatever_is_new(large: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(every(large, Filters("rare"), 3)) == {2, 7}
    monkeypatch.setattr(counts, "MANY", 100)
    monkeypatch.setattr(search, "MANY", 100)
    assert set(every(large, Filters("heron"), 3)[:4]) == {10, 7, 4, 1}
    few = search.page(large, Filters("heron"), 3)
    assert (few.count, few.exact) == (12, True)


def test_many_old_matches_are_ranked_as_far_as_that_is_quick(
    large: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Twice the page among the newest would be 8 of 12; fewer may be looked through.
    monkeypatch.setattr(search, "PROBED_MOST", 6)
    monkeypatch.setattr(search, "MANY", 6)
    some = search.page(large, Filters("heron"), 3)
    assert (some.count, some.exact, len(some.images)) == (6, False, 3)
    # Looked through in vain: they should be among the newest and are not.
    monkeypatch.setattr(search, "PROBED_MOST", 8)
    lucky = SearchEstimate(live=12, sampled=12, found=12, named={"rare": []})
    assert {image.id for image in search.page(large, Filters("rare"), 3, None, lucky).images} == {2, 7}


def test_a_common_word_beside_a_rare_one_is_looked_for_without_the_index(
    large: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = Filters("heron rare")
    assert counts.estimate(large, filters).common == frozenset()
    whole = every(large, filters)
    monkeypatch.setattr(counts, "COMMON", 5)
    seen = counts.estimate(large, filters)
    assert seen.common == {"heron"}
    (clause,) = (str(one) for one in conditions(filters, seen.named, seen.common) if "IS true" in str(one))
    assert "@@" in clause
    assert every(large, filters) == whole
    assert set(whole) == {2, 7}
    # One word alone is what there is.
    assert counts.estimate(large, Filters("heron")).common == frozenset()
