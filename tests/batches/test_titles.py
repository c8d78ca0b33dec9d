"""Titles in a batch are distinct, whatever the model writes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from sqlalchemy import Engine, func, insert, update
from sqlalchemy.orm import Session, sessionmaker

from artworks.batches import titles
from models import Batch, BatchItem, Image

Add = Callable[[], int]


@pytest.fixture
def batch_id(session: Session) -> int:
    batch = Batch()
    session.add(batch)
    session.commit()
    return batch.id


@pytest.fixture
def add(session: Session) -> Add:
    numbers = count()

    def make() -> int:
        name = f"{next(numbers)}.jpg"
        image_id = session.scalar(
            insert(Image).values(original_filename=name, stored_filename=name).returning(Image.id)
        )
        session.commit()
        return image_id or 0

    return make


def test_the_second_of_a_title_gets_a_numeral(session: Session, batch_id: int, add: Add) -> None:
    given = [
        titles.reserve_distinct(session, batch_id, add(), title) for title in ("Dusk", "dusk", "Dusk", "Dawn")
    ]
    assert given == ["Dusk", "dusk II", "Dusk III", "Dawn"]


def test_a_picture_may_keep_its_own_title(session: Session, batch_id: int, add: Add) -> None:
    image_id = add()
    assert [titles.reserve_distinct(session, batch_id, image_id, "Dusk") for _ in range(2)] == [
        "Dusk",
        "Dusk",
    ]


def test_a_numeral_that_is_taken_is_passed_over(session: Session, batch_id: int, add: Add) -> None:
    for title in ("Dusk", "Dusk II", "Dusk III"):
        assert titles.reserve_distinct(session, batch_id, add(), title) == title
    assert titles.reserve_distinct(session, batch_id, add(), "Dusk") == "Dusk IV"


def test_a_title_of_full_length_makes_room_for_its_numeral(session: Session, batch_id: int, add: Add) -> None:
    long = "x" * titles.LONGEST
    titles.reserve_distinct(session, batch_id, add(), long)
    second = titles.reserve_distinct(session, batch_id, add(), long)
    assert len(second) == titles.LONGEST
    assert second.endswith("x II")


def test_many_at_once_never_take_the_same(engine: Engine, batch_id: int, add: Add) -> None:
    begin = sessionmaker(engine).begin

    def one(image_id: int) -> str:
        with begin() as session:
            return titles.reserve_distinct(session, batch_id, image_id, "Untitled")

    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(one, [add() for _ in range(24)]))
    assert len({title.lower() for title in given}) == 24


def test_numerals() -> None:
    assert [titles.roman(n) for n in (1, 4, 9, 14, 40, 90, 400, 944, 2026)] == [
        "I", "IV", "IX", "XIV", "XL", "XC", "CD", "CMXLIV", "MMXXVI",
    ]  # fmt: skip


def test_only_titles_that_a_person_stands_for_go_into_other_prompts(
    session: Session, batch_id: int, add: Add
) -> None:
    """A title that AI wrote may be what the writing inside a picture told it to write."""
    for title, status, origin, approved in (
        ("Only AI's", "draft", "ai", []),
        ("Mine", "draft", "person", []),
        ("Changed", "draft", "ai_edited", []),
        ("Ready", "ready", "ai", []),
        ("Taken", "draft", "ai", ["post_title"]),
        ("Taken elsewhere", "draft", "ai", ["alt_text"]),
    ):
        image_id = add()
        values = {"status": status, "origins": {"post_title": origin}, "approved": approved}
        session.execute(update(Image).where(Image.id == image_id).values(post_title=title, **values))
        item = BatchItem(batch_id=batch_id, image_id=image_id, state="done", finished_at=func.now())
        session.add(item)
        session.commit()
    assert titles.titles_in_use(session, batch_id) == ("Taken", "Ready", "Changed", "Mine")
