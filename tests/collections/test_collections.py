"""Collections below the web: their order whatever is moved, their counts whoever changes them at once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, insert, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from artworks.collections import collection as collections
from artworks.collections import positions as places
from artworks.core.errors import BadRequest, Conflict, Invalid, NotFound
from artworks.dependents import delete_undo
from artworks.images import image as images
from models import Collection, CollectionImage, Image
from tests.search.test_counts import assert_counts_are_right
from tests.support.examples import examples
from tests.support.material import naughty, row, statements

COUNT = 8


@pytest.fixture
def ids(session: Session) -> list[int]:
    """Return the ids of eight pictures."""
    found = [row(session, f"{number}.jpg").id for number in range(COUNT)]
    session.commit()
    return found


@pytest.fixture
def coast(session: Session, ids: list[int]) -> int:
    """Return a collection of the eight pictures."""
    collection = collections.create(session, "Coast")
    collections.add(session, collection.id, ids)
    session.commit()
    return collection.id


@pytest.fixture
def others(database_url: str) -> Iterator[Engine]:
    """Yield an engine for transactions that run at once."""
    engine = create_engine(database_url, poolclass=NullPool)
    yield engine
    engine.dispose()


def order(session: Session, collection_id: int) -> list[int]:
    """List the pictures of a collection, page after page."""
    found: list[int] = []
    after = None
    while True:
        page = collections.pictures(session, collection_id, 3, after)
        found += [image.id for image in page.images]
        after = page.next
        if after is None:
            return found


def count(session: Session, collection_id: int) -> int:
    session.expire_all()
    return collections.read(session, collection_id).collection.images


def test_pictures_are_appended_in_the_order_given_and_only_once(session: Session, ids: list[int]) -> None:
    number = collections.create(session, "Coast").id
    first = collections.add(session, number, [ids[3], ids[1], ids[3]])
    assert vars(first) == {"added": 2, "already": 0, "missing": 0}
    second = collections.add(session, number, [ids[0], ids[1], 4711, ids[2]])
    assert vars(second) == {"added": 2, "already": 1, "missing": 1}
    session.commit()
    assert order(session, number) == [ids[3], ids[1], ids[0], ids[2]]
    assert count(session, number) == 4


def test_pictures_are_added_at_a_place(session: Session, ids: list[int]) -> None:
    number = collections.create(session, "Coast").id
    collections.add(session, number, ids[:2])
    collections.add(session, number, ids[2:4], before=ids[0])
    collections.add(session, number, ids[4:6], after=ids[0])
    assert order(session, number) == [ids[2], ids[3], ids[0], ids[4], ids[5], ids[1]]
    with pytest.raises(Conflict):
        collections.add(session, number, ids[6:7], before=ids[7])


def test_a_picture_in_the_trash_is_not_added_and_keeps_its_place_for_later(
    session: Session, ids: list[int], coast: int, engine: Engine
) -> None:
    images.trash(session, images.find(session, ids[1]))
    session.commit()
    assert (order(session, coast), count(session, coast)) == ([ids[0], *ids[2:]], COUNT - 1)
    other = collections.create(session, "Other").id
    assert collections.add(session, other, [ids[1]]).missing == 1
    images.untrash(session, images.find(session, ids[1], trashed=True))
    session.commit()
    assert (order(session, coast), count(session, coast)) == (ids, COUNT)
    assert_counts_are_right(engine)


def test_pictures_are_taken_out_and_stay_in_the_library(
    session: Session, ids: list[int], coast: int, engine: Engine
) -> None:
    assert collections.remove(session, coast, [ids[0], ids[0], ids[5], 4711]) == 2
    assert collections.remove(session, coast, [ids[0]]) == 0
    session.commit()
    assert order(session, coast) == [*ids[1:5], *ids[6:]]
    assert images.find(session, ids[0])
    assert_counts_are_right(engine)


def test_a_deleted_collection_leaves_its_pictures(
    session: Session, ids: list[int], coast: int, engine: Engine
) -> None:
    delete_undo.delete_collection(session, collections.find(session, coast, lock=True))
    session.commit()
    assert len(session.scalars(select(Image.id)).all()) == COUNT
    assert_counts_are_right(engine)
    with pytest.raises(NotFound):
        collections.find(session, coast)


def test_moving_to_the_ends_and_in_between(session: Session, ids: list[int], coast: int) -> None:
    a, b, c, *rest = ids
    collections.move(session, coast, c, before=a)
    assert order(session, coast) == [c, a, b, *rest]
    collections.move(session, coast, c)
    assert order(session, coast) == [a, b, *rest, c]
    collections.move(session, coast, a, after=b)
    assert order(session, coast) == [b, a, *rest, c]
    collections.move(session, coast, a, before=a)
    collections.move(session, coast, a, after=b)
    assert order(session, coast) == [b, a, *rest, c]


def test_moving_one_place_passes_over_what_is_in_the_trash(
    session: Session, ids: list[int], coast: int
) -> None:
    images.trash(session, images.find(session, ids[1]))
    collections.shift(session, coast, ids[0], later=True)
    assert order(session, coast) == [ids[2], ids[0], *ids[3:]]
    collections.shift(session, coast, ids[0], later=False)
    collections.shift(session, coast, ids[0], later=False)
    assert order(session, coast) == [ids[0], *ids[2:]]
    collections.shift(session, coast, ids[-1], later=True)
    assert order(session, coast)[-1] == ids[-1]


def test_where_no_room_is_left_the_places_are_numbered_afresh(
    session: Session, ids: list[int], coast: int
) -> None:
    expected = list(ids)
    # Always into the second place: the gap halves each time, and twice it gets too small.
    for turn in range(70):
        moving = expected[2 + turn % 2]
        collections.move(session, coast, moving, after=expected[0])
        expected.remove(moving)
        expected.insert(1, moving)
        assert order(session, coast) == expected
    kept = sorted(session.scalars(select(CollectionImage.place)))
    assert all(later - one >= places.SMALLEST_GAP for one, later in pairwise(kept))


def test_equal_places_are_told_apart(session: Session, ids: list[int], coast: int) -> None:
    for one in session.scalars(select(CollectionImage)):
        one.place = 1.0
    session.flush()
    assert order(session, coast) == ids
    collections.move(session, coast, ids[7], before=ids[4])
    assert order(session, coast) == [*ids[:4], ids[7], *ids[4:7]]


moves = st.lists(
    st.tuples(
        st.integers(0, COUNT - 1), st.sampled_from(["before", "after", "end"]), st.integers(0, COUNT - 1)
    ),
    max_size=40,
)


@examples(10)
@given(moves=moves)
def test_any_moves_give_the_order_of_a_list(
    session: Session, ids: list[int], coast: int, moves: list[tuple[int, str, int]]
) -> None:
    expected = order(session, coast)
    for moving, where, beside in moves:
        number, other = ids[moving], ids[beside]
        if where == "end":
            collections.move(session, coast, number)
            expected.remove(number)
            expected.append(number)
            continue
        collections.move(session, coast, number, **{where: other})
        if number != other:
            expected.remove(number)
            expected.insert(expected.index(other) + (where == "after"), number)
    assert order(session, coast) == expected


def test_moves_at_once_all_arrive_and_lose_nothing(
    session: Session, ids: list[int], coast: int, others: Engine, engine: Engine
) -> None:
    def move(seed: int) -> None:
        mine = random.Random(seed)
        for _ in range(25):
            one, other = mine.sample(ids, 2)
            with Session(others) as own:
                collections.move(own, coast, one, after=other)
                own.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(move, range(4)))
    assert sorted(order(session, coast)) == ids
    assert len(set(session.scalars(select(CollectionImage.place)))) == COUNT
    assert_counts_are_right(engine)


def test_a_second_change_of_an_order_waits_for_the_first(ids: list[int], coast: int, others: Engine) -> None:
    with Session(others) as first, Session(others) as second:
        collections.move(first, coast, ids[0], after=ids[3])
        for change in (
            lambda: collections.move(second, coast, ids[1], after=ids[3]),
            lambda: collections.shift(second, coast, ids[1], later=True),
            lambda: collections.add(second, coast, ids),
            lambda: collections.remove(second, coast, ids[:1]),
        ):
            second.execute(text("SET LOCAL lock_timeout = '100ms'"))
            with pytest.raises(OperationalError):
                change()
            second.rollback()


def test_pictures_that_come_and_go_and_are_trashed_at_once_are_counted_right(
    session: Session, ids: list[int], coast: int, others: Engine, engine: Engine
) -> None:
    def change(seed: int) -> None:
        mine = random.Random(seed)
        for _ in range(20):
            some = mine.sample(ids, 4)
            with Session(others) as own:
                if seed == 0:
                    image = images.find(own, some[0], trashed=None)
                    (images.trash if image.trashed_at is None else images.untrash)(own, image)
                elif mine.random() < 0.5:
                    collections.add(own, coast, some)
                else:
                    collections.remove(own, coast, some)
                own.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change, range(4)))
    assert_counts_are_right(engine)


def test_names_are_one_line_and_unique_whatever_the_case(session: Session) -> None:
    first = collections.create(session, "  The  Coast\n in June ", " Lino. ")
    assert (first.name, first.note) == ("The Coast in June", "Lino.")
    with pytest.raises(Conflict) as told:
        collections.create(session, "the coast in june")
    assert told.value.field == "name"
    second = collections.create(session, "Café")
    with pytest.raises(Conflict):
        collections.edit(session, second, "THE COAST IN JUNE", "Never kept.")
    collections.edit(session, second, "cafe\u0301")
    collections.edit(session, second, note="By the sea.")
    session.commit()
    assert [(one.name, one.note) for one in collections.list_by_name(session, 9)] == [
        ("café", "By the sea."),
        ("The Coast in June", "Lino."),
    ]


@pytest.mark.parametrize("name", ["", " \n ", "\u200b", "x" * 81, "a\0b", "\ud800", None, 3])
def test_names_that_cannot_be_kept(session: Session, name: object) -> None:
    with pytest.raises(Invalid) as told:
        collections.create(session, name)
    assert told.value.field == "name"


def test_two_of_one_name_at_once_make_one(session: Session, others: Engine) -> None:
    def create(_: int) -> bool:
        with Session(others) as own:
            try:
                collections.create(own, "Coast")
                own.commit()
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(create, range(8))) == 1
    assert len(collections.list_by_name(session, 9)) == 1


def test_naughty_names_come_back_as_they_were(session: Session) -> None:
    for given_name in naughty():
        try:
            made = collections.create(session, given_name[:80])
        except (Invalid, Conflict):
            continue
        session.flush()
        assert session.scalar(select(Collection.name).where(Collection.id == made.id)) == made.name


def test_the_list_has_covers_and_counts_in_one_statement(
    session: Session, ids: list[int], coast: int, engine: Engine
) -> None:
    for name in ("abc", "Zebra", "Empty"):
        number = collections.create(session, name).id
        if name != "Empty":
            collections.add(session, number, [ids[2], ids[1]])
    images.trash(session, images.find(session, ids[2]))
    session.commit()
    session.expire_all()
    with statements(engine) as sent:
        found = collections.list_with_covers(session, 10)
        told = [(one.collection.name, one.collection.images, one.cover) for one in found]
    assert len(sent) == 1
    assert told == [("abc", 1, ids[1]), ("Coast", 7, ids[0]), ("Empty", 0, None), ("Zebra", 1, ids[1])]
    assert [one.collection.name for one in collections.list_with_covers(session, 2, "ABC")] == [
        "Coast",
        "Empty",
    ]
    assert collections.names_of(session, [coast, 4711, 2**70]) == {coast: "Coast"}


def test_the_collections_of_a_picture(session: Session, ids: list[int], coast: int) -> None:
    collections.create(session, "Abc")
    found = [(one.name, one.inside) for one in collections.choices(session, ids[0])]
    assert found == [("Coast", True), ("Abc", False)]


def test_a_large_collection_is_filled_by_few_statements(session: Session, engine: Engine) -> None:
    template = row(session)
    session.flush()
    kept = ("media_type", "rendition_type", "width", "height", "size_bytes")
    facts = {name: getattr(template, name) for name in kept}
    session.execute(
        insert(Image),
        [{"original_filename": "n.jpg", "stored_filename": f"n{n}.jpg", **facts} for n in range(3000)],
    )
    session.commit()
    every = list(session.scalars(select(Image.id).order_by(Image.id.desc())))
    number = collections.create(session, "All").id
    session.commit()
    with statements(engine) as sent:
        assert collections.add(session, number, every).added == 3001
        session.commit()
    assert len(sent) <= 6
    assert [image.id for image in collections.pictures(session, number, 3).images] == every[:3]
    with pytest.raises(Invalid):
        collections.add(session, number, range(1, collections.MOST_IDS + 2))


def test_what_is_not_there(session: Session, ids: list[int], coast: int) -> None:
    other = collections.create(session, "Other").id
    for number in (0, -1, 4711, 2**63):
        for call in (collections.find, collections.read):
            with pytest.raises(NotFound):
                call(session, number)
        with pytest.raises(NotFound):
            collections.add(session, number, ids)
    with pytest.raises(NotFound):
        collections.move(session, other, ids[0])
    with pytest.raises(NotFound):
        collections.shift(session, other, ids[0], later=True)
    with pytest.raises(Conflict):
        collections.move(session, coast, ids[0], before=4711)
    with pytest.raises(BadRequest):
        collections.pictures(session, coast, 3, 4711)
    for wrong in ([0], [2**63]):
        with pytest.raises(Invalid):
            collections.remove(session, coast, wrong)
