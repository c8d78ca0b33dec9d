"""A pair of look-alikes decided and taken back: words and places go to the kept one, and only those come back."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from artworks.collections import collection as collections
from artworks.duplicates import pairs as duplicate_pairs
from artworks.images import image as images
from artworks.taxonomy import categories
from models import BulkEdit, Image, LookAlike, Revision
from tests.duplicates.test_detection import put
from tests.duplicates.test_keeping import pair_of
from tests.fakes.storage import MemoryStorage
from tests.search.test_counts import assert_counts_are_right
from tests.support.factories import picture
from tests.support.material import row


@pytest.fixture
def three(session: Session) -> tuple[Image, Image, Image]:
    """Return a picture without words and two with some that look like it."""
    kept, first, second = (
        row(session),
        row(session, post_title="Heron", category="Inks"),
        row(session, description="A heron.", hashtags="heron"),
    )
    for other in (first, second):
        session.add(LookAlike(first_id=kept.id, second_id=other.id, kind="looks", distance=1))
    session.commit()
    return kept, first, second


def decide(session: Session, kept: Image, other: Image) -> None:
    duplicate_pairs.keep(session, kept.id, other.id, "first")
    session.commit()


def take_back(session: Session, kept: Image, other: Image) -> Image:
    duplicate_pairs.undo(session, kept.id, other.id)
    session.commit()
    return images.find(session, kept.id)


@pytest.mark.parametrize("noted", [True, False])
def test_undoing_one_pair_leaves_the_words_of_another(
    session: Session, three: tuple[Image, Image, Image], noted: bool
) -> None:
    kept, first, second = three
    for other in (first, second):
        decide(session, kept, other)
    if not noted:
        # As it was before what is taken over was noted.
        session.execute(update(Revision).values(bulk_edit_id=None))
        session.commit()
    now = take_back(session, kept, first)
    assert (now.post_title, now.category, now.description, now.hashtags) == ("", "", "A heron.", ["#heron"])
    assert now.origins == {"description": "person", "hashtags": "person"}
    now = take_back(session, kept, second)
    assert (now.description, now.hashtags, now.origins) == ("", [], {})


def test_an_older_note_of_places_alone_still_gives_words_back(
    session: Session, three: tuple[Image, Image, Image]
) -> None:
    kept, first, _ = three
    show = collections.create(session, "Show").id
    collections.add(session, show, [first.id])
    session.commit()
    decide(session, kept, first)
    note = session.scalars(select(BulkEdit)).one()
    note.more = {**note.more, "took": {name: note.more["took"][name] for name in ("kept", "places")}}
    session.commit()
    take_back(session, kept, first)
    assert (kept.post_title, members(session, show)) == ("", [first.id])


def test_a_picture_thrown_away_by_hand_takes_no_words_along_when_it_comes_back(
    session: Session, three: tuple[Image, Image, Image]
) -> None:
    kept, first, second = three
    images.trash(session, first)
    session.commit()
    decide(session, kept, second)
    take_back(session, kept, first)
    assert first.trashed_at is None
    assert kept.description == "A heron."


def test_of_the_words_that_were_taken_over_only_those_changed_since_outlive_undo(
    session: Session, three: tuple[Image, Image, Image]
) -> None:
    kept, first, _ = three
    decide(session, kept, first)
    # Another name of the category is no change of the picture.
    categories.change(session, kept.category_id or 0, name="Pens")
    images.edit(session, kept, kept.version, {"post_title": "Mine", "alt_text": "Mine too"})
    session.commit()
    now = take_back(session, kept, first)
    assert (now.post_title, now.category, now.alt_text) == ("Mine", "", "Mine too")


def test_the_same_words_from_another_picture_stay(
    session: Session, three: tuple[Image, Image, Image]
) -> None:
    kept, first, second = three
    images.edit(session, second, second.version, {"post_title": "Heron"})
    decide(session, kept, first)
    images.edit(session, kept, kept.version, {"post_title": ""})
    decide(session, kept, second)
    now = take_back(session, kept, first)
    assert (now.post_title, now.category) == ("Heron", "")


def test_the_one_that_is_kept_takes_over_places_in_collections_and_gives_them_back(
    engine: Engine, session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    first, second = pair_of(session, storage, tmp_path)
    [third] = put(session, storage, tmp_path, picture())
    show, shop, own = (collections.create(session, name).id for name in ("Show", "Shop", "Own"))
    for collection_id, ids in (
        (show, [second.id, third]),
        (shop, [third, second.id, first.id]),
        (own, [first.id]),
    ):
        collections.add(session, collection_id, ids)
    session.commit()
    duplicate_pairs.keep(session, first.id, second.id, "first", take_words=False)
    session.commit()
    assert members(session, show) == [first.id, third]
    # Where it was already it stays.
    assert members(session, shop) == [third, first.id]
    assert members(session, own) == [first.id]
    assert images.find(session, first.id).version == 1
    assert_counts_are_right(engine)
    duplicate_pairs.undo(session, first.id, second.id)
    session.commit()
    assert members(session, show) == [second.id, third]
    assert members(session, shop) == [third, second.id, first.id]
    assert_counts_are_right(engine)


def test_out_of_the_trash_a_picture_is_in_its_collections_as_before(
    engine: Engine, session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    first, second = pair_of(session, storage, tmp_path)
    show = collections.create(session, "Show").id
    collections.add(session, show, [second.id])
    session.commit()
    duplicate_pairs.keep(session, first.id, second.id, "first")
    images.untrash(session, second)
    session.commit()
    assert members(session, show) == [first.id, second.id]
    # Thrown away by hand since: to take that back takes nothing from the other one.
    images.trash(session, second)
    session.commit()
    duplicate_pairs.undo(session, first.id, second.id)
    session.commit()
    assert members(session, show) == [first.id, second.id]
    assert_counts_are_right(engine)


def test_a_place_that_was_changed_since_outlives_undo(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    first, second = pair_of(session, storage, tmp_path)
    [third] = put(session, storage, tmp_path, picture())
    show = collections.create(session, "Show").id
    collections.add(session, show, [second.id, third])
    duplicate_pairs.keep(session, first.id, second.id, "first")
    collections.move(session, show, first.id, after=third)
    session.commit()
    duplicate_pairs.undo(session, first.id, second.id)
    assert members(session, show) == [second.id, third, first.id]


def members(session: Session, collection_id: int) -> list[int]:
    return [image.id for image in collections.pictures(session, collection_id, 50).images]
