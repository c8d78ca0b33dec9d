"""What waits for a person's word, in an order that nothing they do in the review changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from artworks.images import image as images
from artworks.images import suggestions
from artworks.library import review_queue
from artworks.library.review_queue import ReviewPosition, ReviewQueue
from artworks.search.filters import Filters
from models import Batch, BatchItem, Image
from tests.support.material import row, statements

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
MANY = """
INSERT INTO image (original_filename, stored_filename, status, created_at)
SELECT 'a.jpg', 'stored-' || n, CASE WHEN n % 50 = 0 THEN 'draft' ELSE 'ready' END,
       timestamptz '2026-01-01' + n * interval '1 second'
FROM generate_series(1, 20000) AS n
"""


def waiting(session: Session, name: str, minute: int = 0, **words: Any) -> Image:
    """Add a draft."""
    image = row(session, name, **words)
    image.status, image.created_at = "draft", START + timedelta(minutes=minute)
    session.flush()
    return image


def suggest(session: Session, image: Image) -> None:
    suggestions.suggest(session, image, {"post_title": "Better"}, source="openai", note="", feedback="")


def names(session: Session, queue: ReviewQueue, limit: int = 2) -> list[str]:
    """Walk through the queue page by page and give the file names."""
    found: list[str] = []
    place = None
    for _ in range(50):
        page = review_queue.following(session, queue, place, limit)
        found += [image.original_filename for image in page]
        if not page:
            return found
        place = ReviewPosition(page[-1].created_at, page[-1].id)
    raise AssertionError("the pages never end")


def place(image: Image) -> ReviewPosition:
    return ReviewPosition(image.created_at, image.id)


def test_drafts_and_suggestions_wait_and_nothing_else(session: Session) -> None:
    waiting(session, "draft")
    suggest(session, waiting(session, "draft with a suggestion"))
    ready = waiting(session, "ready with a suggestion")
    ready.status = "ready"
    suggest(session, ready)
    suggest(session, row(session, "new with a suggestion"))
    row(session, "new")
    waiting(session, "ready").status = "ready"
    trashed = waiting(session, "in the trash")
    suggest(session, trashed)
    images.trash(session, trashed)
    session.flush()
    expected = {"draft", "draft with a suggestion", "ready with a suggestion", "new with a suggestion"}
    found = names(session, ReviewQueue())
    assert set(found) == expected
    assert len(found) == len(expected)
    assert review_queue.count(session, ReviewQueue()) == (4, True)


@pytest.mark.parametrize(("sort", "expected"), [("newest", "cba"), ("oldest", "abc"), ("title", "cba")])
def test_the_order_is_that_of_the_library(session: Session, sort: str, expected: str) -> None:
    for minute, name in enumerate("abc"):
        waiting(session, name, minute, post_title="zyx"[minute])
    assert "".join(names(session, ReviewQueue(Filters(sort=sort)), 1)) == expected


def test_of_one_moment_every_picture_comes_once(session: Session) -> None:
    for name in "abcde":
        suggest(session, waiting(session, name))
    for sort in ("newest", "oldest"):
        assert sorted(names(session, ReviewQueue(Filters(sort=sort)))) == list("abcde")


def test_a_place_holds_after_its_picture_left_the_queue(session: Session) -> None:
    first, second, third = (waiting(session, name, minute) for minute, name in enumerate("abc"))
    second.status = "ready"
    session.flush()
    where = review_queue.position_of(session, second.id)
    assert where == place(second)
    assert [image.id for image in review_queue.following(session, ReviewQueue(), where, 5)] == [first.id]
    before = review_queue.preceding(session, ReviewQueue(), where)
    assert before is not None
    assert before.id == third.id
    assert review_queue.preceding(session, ReviewQueue(), place(third)) is None
    assert review_queue.position_of(session, 4711) is None


def test_editing_moves_nothing(session: Session) -> None:
    first = waiting(session, "a", 1)
    waiting(session, "b", 0)
    images.edit(session, first, first.version, {"post_title": "Another"})
    assert names(session, ReviewQueue()) == ["a", "b"]


def test_what_waits_before_is_counted(session: Session) -> None:
    made = [waiting(session, name, minute) for minute, name in enumerate("abcd")]
    assert [review_queue.count_before(session, ReviewQueue(), place(image)) for image in made] == [3, 2, 1, 0]
    oldest = ReviewQueue(Filters(sort="oldest"))
    assert [review_queue.count_before(session, oldest, place(image)) for image in made] == [0, 1, 2, 3]


def test_filters_of_the_library_narrow_the_queue(session: Session) -> None:
    waiting(session, "a", category="Prints", hashtags=["#fog"])
    suggested = waiting(session, "b", category="Prints")
    suggested.status = "ready"
    suggest(session, suggested)
    waiting(session, "c", post_title="Heron")
    for filters, expected in (
        (Filters(category="prints"), {"a", "b"}),
        (Filters(tag="fog"), {"a"}),
        (Filters(q="heron"), {"c"}),
        (Filters(status="ready"), {"b"}),
        (Filters(status="new"), set()),
    ):
        assert set(names(session, ReviewQueue(filters))) == expected
        assert review_queue.count(session, ReviewQueue(filters)) == (len(expected), True)


def test_one_batch_is_reviewed_alone(session: Session) -> None:
    mine, other = waiting(session, "a"), waiting(session, "b")
    batches = [Batch(total=1), Batch(total=1)]
    session.add_all(batches)
    session.flush()
    for batch, image in zip(batches, (mine, other), strict=True):
        session.add(BatchItem(batch_id=batch.id, image_id=image.id, state="done"))
    session.add(BatchItem(batch_id=batches[0].id, image_id=None, state="done"))
    session.flush()
    assert names(session, ReviewQueue(batch=batches[0].id)) == ["a"]
    assert names(session, ReviewQueue(batch=4711)) == []
    assert ReviewQueue(batch=1).narrows
    assert not ReviewQueue().narrows


def test_a_page_with_its_words_is_one_statement(session: Session, engine: Engine) -> None:
    for minute in range(4):
        suggest(session, waiting(session, f"{minute}", minute, category="Prints"))
    session.expire_all()
    with statements(engine) as sent:
        page = review_queue.following(session, ReviewQueue(), None, 3)
        assert [(image.category, bool(image.suggestion)) for image in page] == [("Prints", True)] * 3
    assert len(sent) == 1


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_the_index_of_the_statuses_answers_from_any_place_on(
    session: Session, engine: Engine, sort: str
) -> None:
    """In the order of the index there is nothing to sort: a page in the middle reads no more rows than it shows."""
    session.execute(text(MANY))
    session.execute(text("ANALYZE image"))
    where = ReviewPosition(datetime(2026, 1, 1, 2, tzinfo=UTC), 7200)
    query = review_queue.nearest(ReviewQueue(Filters(sort=sort)), where, 3, back=False)
    written = query.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True})
    plan = "\n".join(session.scalars(text(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {written}")))
    assert "using image_status" in plan
    assert "Seq Scan on image" not in plan
    assert "Index Cond: ((status = 'draft'::text) AND (ROW(created_at, id)" in plan
    session.rollback()
