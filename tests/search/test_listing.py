"""Filters, orders and pages: nothing twice, nothing left out, signs are text."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from artworks.core.errors import BadRequest, Invalid
from artworks.search import listing as search
from artworks.search.filters import SORTS, Filters
from artworks.search.listed_image import ListedImage
from artworks.search.listing import position_of
from models import Collection, CollectionImage, Image, Suggestion
from tests.support.examples import examples
from tests.support.material import row

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


PICTURES = st.tuples(st.sampled_from(TITLES), st.integers(0, 2))


@examples(10)
@given(
    before=st.lists(PICTURES, max_size=9),
    between=st.lists(st.lists(PICTURES, max_size=2), max_size=4),
    limit=st.integers(1, 4),
    sort=st.sampled_from(sorted(SORTS)),
)
def test_pages_hold_every_picture_once_in_every_order_while_others_are_added(
    session: Session,
    before: list[tuple[str, int]],
    between: list[list[tuple[str, int]]],
    limit: int,
    sort: str,
) -> None:
    """Whatever comes in between two pages, and wherever: nothing is doubled and nothing that was there is missing."""
    session.execute(delete(Image))

    def add(title: str, minute: int) -> int:
        image = row(session, post_title=title)
        image.created_at = image.updated_at = datetime(2026, 1, 1, 12, minute, tzinfo=UTC)
        session.flush()
        return image.id

    there = [add(*picture) for picture in before]
    filters = Filters(sort=sort)
    whole = [image.id for image in search.page(session, filters, 200).images]
    assert sorted(whole) == sorted(there)
    found: list[int] = []
    cursor, turn = None, 0
    while turn == 0 or cursor is not None:
        page = search.page(session, filters, limit, cursor)
        found += [image.id for image in page.images]
        for picture in between[turn] if turn < len(between) else ():
            add(*picture)
        cursor, turn = page.next, turn + 1
    assert len(found) == len(set(found))
    assert [number for number in found if number in set(there)] == whole
    session.rollback()


def test_the_trash_is_paged_by_the_time_of_trashing(session: Session) -> None:
    images = [row(session) for _ in range(5)]
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for place, image in enumerate(images):
        image.trashed_at = moment + timedelta(minutes=place // 2)
    session.flush()
    assert every(session, Filters(trashed=True)) == [images[place].id for place in (4, 3, 2, 1, 0)]
    assert every(session, Filters()) == []


def test_every_order_is_what_it_says_with_the_unnamed_last(session: Session) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    statuses = ("ready", "new", "draft", "new")
    for place, (title, status) in enumerate(zip(["b", "", "A", "c"], statuses, strict=True)):
        image = row(session, post_title=title, status=status)
        image.created_at = moment + timedelta(days=place)
        image.updated_at = moment - timedelta(days=place % 3)
        image.size_bytes = (place * 7) % 4
    session.flush()
    orders = {
        sort: [i.post_title for i in search.page(session, Filters(sort=sort), 9).images]
        for sort in SORTS.keys() - {"best", "arranged"}
    }
    assert orders == {
        "newest": ["c", "A", "", "b"],
        "oldest": ["b", "", "A", "c"],
        "title": ["A", "b", "c", ""],
        "title_down": ["c", "b", "A", ""],
        "status": ["c", "", "A", "b"],
        "status_down": ["b", "A", "", "c"],
        "edited": ["c", "b", "", "A"],
        "largest": ["", "A", "c", "b"],
    }


def collection(session: Session, *images: Image) -> str:
    """Put pictures into a collection, in that order, and give its id as a filter takes it."""
    found = Collection(name=f"Set {images[0].id}")
    session.add(found)
    session.flush()
    session.add_all(
        CollectionImage(collection_id=found.id, image_id=image.id, place=place)
        for place, image in enumerate(images)
    )
    session.flush()
    return str(found.id)


def test_a_collection_is_as_it_was_arranged(session: Session) -> None:
    images = [row(session, post_title=title) for title in "abcdef"]
    arranged = [images[place] for place in (3, 0, 5, 1)]
    filters = Filters(collection=collection(session, *arranged))
    assert filters.sort == "arranged"
    assert every(session, filters) == [image.id for image in arranged]
    assert every(session, filters.but(sort="title")) == [images[place].id for place in (0, 1, 3, 5)]
    near = position_of(session, filters, images[0])
    assert (near.previous, near.next, near.index) == (images[3].id, images[5].id, 2)
    assert Filters(sort="arranged").sort == "newest"


def test_the_best_match_comes_first_and_pages_go_on_from_it(session: Session) -> None:
    description = row(session, post_title="Dusk", description="Seen from the hide: a heron.")
    title = row(session, post_title="Heron")
    for _ in range(3):
        row(session, post_title="Nothing of the kind")
    tag = row(session, post_title="Reeds", hashtags="heron")
    session.flush()
    best = [title.id, tag.id, description.id]
    for limit in (1, 2, 3):
        assert every(session, Filters("heron"), limit) == best
    assert every(session, Filters("heron", sort="newest")) == [tag.id, title.id, description.id]


def test_a_picture_that_comes_in_between_is_neither_doubled_nor_in_the_way(session: Session) -> None:
    images = [row(session, post_title=f"heron {number}") for number in range(6)]
    session.flush()
    for filters in (Filters(), Filters("heron"), Filters(sort="title"), Filters(sort="edited")):
        first = search.page(session, filters, 3)
        row(session, post_title="heron 2b", description="heron heron heron")
        session.flush()
        second = search.page(session, filters, 50, first.next)
        found = [image.id for image in (*first.images, *second.images)]
        assert len(found) == len(set(found))
        assert {image.id for image in images} <= set(found)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ('"blue heron"', {"both", "phrase"}),
        ("heron -blue", {"plain"}),
        ('heron -"blue heron"', {"apart", "plain"}),
        ("prints heron", {"phrase"}),
        ("lino heron", {"phrase"}),
        ("category:prints", {"phrase"}),
        ("category:linocut", {"phrase"}),
        ("category:prints/linocut", {"phrase"}),
        ("-category:prints heron -status:draft", {"apart", "plain"}),
        ("status:draft", {"both"}),
        ("tag:water", {"both"}),
        ("tag:#WATER -heron", set()),
        ("has:tags", {"both"}),
        ("missing:alt heron", {"apart", "both", "phrase"}),
        ("has:alt", {"plain"}),
        ("by:me has:alt", {"plain"}),
        ("by:ai", set()),
        ("after:2026-05 heron", {"apart"}),
        ("before:2026-05-03", {"phrase"}),
        ("after:2026-05-03 before:2026-06 heron", {"both", "plain"}),
        ("size:>2mb", {"apart"}),
        ("size:<=2mb", {"plain"}),
        ("orientation:portrait", {"both"}),
        ("colour:teal", {"plain"}),
        ("heron status:nonsense", set()),
        ("before:someday", set()),
    ],
)
def test_filters_are_typed_into_the_search_box(session: Session, typed: str, found: set[str]) -> None:
    both = row(session, post_title="both", description="A blue heron.", hashtags="water", status="draft")
    phrase = row(session, post_title="phrase", description="Blue heron at dusk", category="Prints / Linocut")
    shelf = row(session, post_title="shelf", category="Prints").category_row
    apart = row(session, post_title="apart", description="A heron on blue ground")
    plain = row(session, post_title="plain", description="A heron", alt_text="A heron")
    session.flush()
    assert shelf
    assert phrase.category_row
    phrase.category_row.parent_id = shelf.id
    session.flush()
    session.execute(delete(Image).where(Image.post_title == "shelf"))
    for image, day in ((both, 5), (phrase, 2), (apart, 31 + 9), (plain, 6)):
        image.created_at = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(days=day - 1)
    apart.size_bytes, plain.size_bytes, both.size_bytes, phrase.size_bytes = 3 * 1024**2, 1024, None, None
    both.width, both.height = 30, 40
    plain.colour_names = ["teal"]
    session.flush()
    assert named(session, typed) == found


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


def test_a_tag_and_a_category_are_found_however_they_are_written(session: Session) -> None:
    painter = "👩🏽\u200d🎨"
    found = row(session, post_title="found", category="Oil  paint", hashtags=f"#{painter} #❤️ #Ａrt")
    same = row(session, post_title="same", category="oil\u3000paint")
    row(session, post_title="other", category="Oil paints", hashtags="#👩🎨 #👩🏿\u200d🎨 #arts #💙")
    assert found.category_id == same.category_id
    for tag in (f"#{painter}", painter, "❤", "#❤️", "＃ＡＲＴ", "a\u00adrt"):
        assert named(session, "", tag=tag) == named(session, f"tag:{tag}") == {"found"}, tag
    for name in ("oil paint", "OIL\u00a0 PA\u200bINT", "Oil  Paint"):
        assert named(session, "", category=name) == named(session, f'category:"{name}"') == {"found", "same"}
    row(session, post_title="marks", category='“Curly” 11x14" prints')
    assert (
        named(session, r'category:"“Curly” 11x14\" prints"')
        == named(session, 'curly 11x14" prin')
        == {"marks"}
    )
    assert named(session, "category:paint") == named(session, "tag:👩") == set()
    with pytest.raises(Invalid):
        row(session, category="\u200b \u3164")


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
    cursor([True, "x\0", 1]), cursor([1, "x", 1]), cursor([False, "\ud800", 1]), cursor([10**400, 1]),
    base64.urlsafe_b64encode(b"[" * 3000).decode(),
)  # fmt: skip


def test_a_cursor_that_is_not_ours_is_a_bad_request(session: Session) -> None:
    for sort in SORTS:
        words, collection = "heron" if sort == "best" else "", "1" if sort == "arranged" else ""
        filters = Filters(words, sort=sort, collection=collection)
        assert filters.sort == sort
        for cursor in FOREIGN:
            with pytest.raises(BadRequest):
                search.page(session, filters, 5, cursor)


def test_a_page_is_one_statement_with_category_and_suggestion(session: Session) -> None:
    row(session, category="Prints")
    session.commit()
    session.expunge_all()
    (image,) = search.page(session, Filters(), 5).images
    # Loading either of them later would raise.
    assert (image.category, image.suggestion) == ("Prints", None)


@pytest.mark.parametrize("query", ["canvas", "oil/canvas", "30.5", "signed", "example.org", "5"])
def test_words_joined_by_signs_are_found_one_by_one(session: Session, query: str) -> None:
    row(session, post_title="Found", description="Oil/canvas, 30.5 x-5 cm, on paper.Signed; see example.org")
    session.flush()
    assert named(session, query) == {"Found"}


@pytest.mark.parametrize(
    "given",
    [{}, {"sort": "title"}, {"q": "heron"}, {"q": "has:suggestion"}, {"q": "missing:suggestion category:shelf"},
     {"category": "Shelf"}, {"collection": "1"}],
)  # fmt: skip
def test_rows_have_what_the_pictures_have(session: Session, given: dict[str, Any]) -> None:
    for title, category in (("Heron", "Shelf"), ("Gull", ""), ("Heron too", "Shelf / Part")):
        row(session, post_title=title, category=category, hashtags="#bird").approved = ["post_title"]
    session.flush()
    session.add(Collection(id=1, name="Set"))
    session.flush()
    session.add(CollectionImage(collection_id=1, image_id=2, place=1.0))
    session.add(Suggestion(image_id=3, fields={}, source="ai"))
    session.flush()
    session.expire_all()
    filters = Filters(**given)
    pictures, rows = search.page(session, filters, 2), search.page_of_rows(session, filters, 2)
    assert len(pictures.images) > 0
    assert (rows.next, rows.count) == (pictures.next, pictures.count)
    same = [name for name in ListedImage.__slots__ if name != "suggestion"] + ["approved_fields"]
    for picture, shown in zip(pictures.images, rows.images, strict=True):
        assert {name: getattr(shown, name) for name in same} == {
            name: getattr(picture, name) for name in same
        }
        assert shown.suggestion == (picture.suggestion is not None)
