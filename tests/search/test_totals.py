"""How many pictures a list holds: exact as far as that is quick, a size beyond."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from artworks.search import counts
from artworks.search.counts import SearchEstimate
from artworks.search.filters import Filters
from tests.support.material import row


def test_a_total_is_exact_up_to_the_most_that_is_counted(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "MOST_EXACT", 3)
    for expected in ((1, True), (2, True), (3, True), (3, False), (3, False)):
        row(session)
        session.flush()
        assert counts.count_matches(session, Filters("missing:alt")) == expected


def test_of_many_matches_a_size_is_told_that_even_a_lucky_sample_stays_above(session: Session) -> None:
    seen = SearchEstimate(live=1_000_000, sampled=2_000, found=100)
    assert (seen.expected, seen.at_least, seen.many) == (50_000, 40_500, True)
    assert counts.count_matches(session, Filters("heron"), seen) == (40_000, False)
    assert counts.round_down(23_417) == 20_000
    # Of very many pictures a sample may meet one match, which proves nothing: they are counted.
    one = SearchEstimate(live=10_000_000, sampled=1_000, found=1, named={"heron": []})
    assert (one.expected, one.at_least, one.many) == (10_000, 0, True)
    row(session, post_title="Heron")
    session.flush()
    assert counts.count_matches(session, Filters("heron"), one) == (1, True)
