"""Filters, orders and pages: nothing twice, nothing left out, signs are text."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from errors import BadRequest, Invalid
from features import search
from features.search import SORTS, Filters
from models import Image
from tests.material import row

TITLES = ("", "", "heron", "Heron", "HERON", "äther", "Zebra", "日本", "a b", "a")


def every(session: Session, filters: Filters, limit: int = 2) -> list[int]:
    """Walk through all pages and give the ids in order."""
    found: list[int] = []
    cursor = None
    for _ in range(50):
        page = search.page(session, filters, limit, cursor)
        found += [image.id for image in page.images]
        cursor = page.next
        if cursor is None:
            return found
    raise AssertionError("the pages never end")


def named(session: Session, query: str, **filters: Any) -> set[str]:
    """Search and give the titles."""
    return {image.post_title for image in search.page(session, Filters(query, **filters), 200).images}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.sampled_from(TITLES), st.integers(0, 2)), max_size=9), limit=st.integers(1, 4)
)
def test_pages_hold_every_picture_once_in_every_order(
    session: Session, rows: list[tuple[str, int]], limit: int
) -> None:
    session.execute(delete(Image))
    for title, minute in rows:
        image = row(session, post_title=title)
        image.created_at = datetime(2026, 1, 1, 12, minute, tzinfo=UTC)
    session.flush()
    for sort in SORTS:
        filters = Filters(sort=sort)
        whole = [image.id for image in search.page(session, filters, 200).images]
        assert every(session, filters, limit) == whole
        assert len(whole) == len(rows) == len(set(whole))
    session.rollback()


@pytest.mark.parametrize("sort", SORTS)
def test_pages_show_what_was_there_once_while_pictures_are_added(session: Session, sort: str) -> None:
    before = {row(session, post_title=title).id for title in TITLES}
    found: list[int] = []
    cursor, filters = None, Filters(sort=sort)
    for turn in range(100):
        page = search.page(session, filters, 2, cursor)
        found += [image.id for image in page.images]
        row(session, post_title=TITLES[turn % len(TITLES)]).created_at = datetime.now(UTC)
        session.flush()
        if (cursor := page.next) is None or before <= set(found):
            break
    assert before <= set(found)
    assert len(found) == len(set(found))


def test_the_trash_is_paged_by_the_time_of_trashing(session: Session) -> None:
    images = [row(session) for _ in range(5)]
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for place, image in enumerate(images):
        image.trashed_at = moment + timedelta(minutes=place // 2)
    session.flush()
    assert every(session, Filters(trashed=True)) == [images[place].id for place in (4, 3, 2, 1, 0)]
    assert every(session, Filters()) == []


def test_orders_are_newest_oldest_and_title_with_the_unnamed_last(session: Session) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for place, title in enumerate(["b", "", "A", "c"]):
        row(session, post_title=title).created_at = moment + timedelta(days=place)
    session.flush()
    orders = {
        sort: [i.post_title for i in search.page(session, Filters(sort=sort), 9).images] for sort in SORTS
    }
    assert orders == {
        "newest": ["c", "A", "", "b"],
        "oldest": ["b", "", "A", "c"],
        "title": ["A", "b", "c", ""],
    }


def test_a_word_is_found_by_its_beginning_in_any_case_and_field(session: Session) -> None:
    row(session, "IMG_2043.jpeg", post_title="one")
    row(session, post_title="Élan vital")
    row(session, post_title="three", description="A heron at dusk")
    row(session, post_title="four", key_points="linocut, 30 x 40 cm", hashtags=["#water_lilies"])
    session.flush()
    looked = {q: named(session, q) for q in ("2043", "ÉLAN", "e\u0301lan", "hero dus", "linoc", "lilies")}
    assert looked == {
        "2043": {"one"}, "ÉLAN": {"Élan vital"}, "e\u0301lan": {"Élan vital"}, "hero dus": {"three"},
        "linoc": {"four"}, "lilies": {"four"},
    }  # fmt: skip


def test_signs_in_a_search_are_text_and_never_an_error(session: Session) -> None:
    for title in ("100 % cotton", "under_score", "back\\slash", "it's", "plain", "** stars"):
        row(session, post_title=title)
    session.flush()
    assert named(session, "%") == {"100 % cotton"}
    assert named(session, "**") == {"** stars"}
    assert named(session, "\\") == {"back\\slash"}
    assert named(session, "it's") == {"it's"}
    for query in (
        "'",
        "''",
        "a & b",
        "!plain",
        "plain:*",
        "(",
        "<->",
        ".*",
        "[a-z]+",
        "\0",
        "🎨",
        "x" * 5000,
    ):
        named(session, query)
    assert named(session, "!plain") == {"plain"}
    assert named(session, "plai.*") == {"plain"}


def test_category_tag_and_status_narrow_together_whatever_the_case(session: Session) -> None:
    row(session, post_title="wanted", category="Prints", hashtags="Éclair heron", status="ready")
    row(session, post_title="other tag", category="Prints", hashtags="eclair", status="ready")
    row(session, post_title="other shelf", category="Paper", hashtags="éclair", status="ready")
    row(session, post_title="other status", category="Prints", hashtags="éclair")
    session.flush()
    for tag in ("éclair", "#ÉCLAIR"):
        assert named(session, "", category="PRINTS", tag=tag, status="ready") == {"wanted"}
    assert named(session, "", tag="écl") == set()
    assert named(session, "", category="%") == set()


def test_a_filter_or_order_that_does_not_exist_is_refused() -> None:
    for wrong in ({"status": "gone"}, {"sort": "random"}):
        with pytest.raises(Invalid):
            Filters(**wrong)  # type: ignore[arg-type]


def cursor(place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


FOREIGN = (
    "x", "é", "[" * 3000, cursor([]), cursor({}), cursor(5), cursor([None, 1]), cursor(["2026-01-01", 1]),
    cursor(["2026-01-01T00:00:00+00:00", -1]), cursor(["2026-01-01T00:00:00+00:00", True]),
    cursor(["2026-01-01T00:00:00+00:00", 2**63]), cursor(["0001-01-01T00:00:00+23:59", 1]),
    cursor(["9999-12-31T23:59:59-23:59", 1]), cursor(["2026-01-01T00:00:00+00:00:01.5", 1]),
    cursor([True, "x\0", 1]), cursor([1, "x", 1]), cursor([False, "\ud800", 1]),
    base64.urlsafe_b64encode(b"[" * 3000).decode(),
)  # fmt: skip


def test_a_cursor_that_is_not_ours_is_a_bad_request(session: Session) -> None:
    for sort in SORTS:
        for text in FOREIGN:
            with pytest.raises(BadRequest):
                search.page(session, Filters(sort=sort), 5, text)


def test_a_page_is_one_statement_with_category_and_suggestion(session: Session) -> None:
    row(session, category="Prints")
    session.commit()
    session.expunge_all()
    (image,) = search.page(session, Filters(), 5).images
    # Loading either of them later would raise.
    assert (image.category, image.suggestion) == ("Prints", None)


def test_a_total_is_exact_up_to_the_most_that_is_counted(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_EXACT", 3)
    for expected in ((1, True), (2, True), (3, True), (3, False), (3, False)):
        row(session)
        session.flush()
        assert search.total(session, Filters()) == expected


def test_neighbours_are_those_of_the_filtered_order(session: Session) -> None:
    images = {title: row(session, post_title=title, hashtags="x") for title in "bdac"}
    stranger = row(session, post_title="bb")
    session.flush()
    near = search.neighbours(session, Filters(tag="x", sort="title"), images["b"])
    assert (near.previous, near.next) == (images["a"].id, images["c"].id)
    assert (near.index, near.total) == (2, 4)
    last = search.neighbours(session, Filters(tag="x", sort="title"), images["d"])
    assert (last.previous, last.next, last.index) == (images["c"].id, None, 4)
    # A picture that no longer fits the filter still has a way on, but no place.
    apart = search.neighbours(session, Filters(tag="x", sort="title"), stranger)
    assert (apart.previous, apart.next, apart.index) == (images["b"].id, images["c"].id, None)


@pytest.mark.parametrize("query", ["canvas", "oil/canvas", "30.5", "signed", "example.org", "5"])
def test_words_joined_by_signs_are_found_one_by_one(session: Session, query: str) -> None:
    row(session, post_title="Found", description="Oil/canvas, 30.5 x-5 cm, on paper.Signed; see example.org")
    session.flush()
    assert named(session, query) == {"Found"}
