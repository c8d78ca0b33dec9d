"""A deleted collection and a deleted view come back whole; until then nobody sees them, and galleries are closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from artworks import maintenance
from artworks.bulk import undo as bulk_undo
from artworks.bulk.undo import UndoResult
from artworks.collections import collection as collections
from artworks.core.errors import Conflict, NotFound
from artworks.core.limits import SessionLimits
from artworks.core.transactions import TransactionFactory
from artworks.dependents import delete_undo
from artworks.images import image as images
from artworks.library import saved_views, sidebar
from artworks.search import listing as search
from artworks.search.filters import Filters
from artworks.sharing import gallery as galleries
from artworks.sharing import share_link as shares
from models import BulkEdit, Collection, CollectionImage, Image, ShareLink
from tests.search.test_counts import assert_counts_are_right

SECRET = "of-the-test"
LIMITS = SessionLimits(timedelta(days=1), timedelta(days=1))


@pytest.fixture
def ids(add: Callable[..., int]) -> list[int]:
    return [add() for _ in range(4)]


@pytest.fixture
def coast(begin: TransactionFactory, ids: list[int]) -> int:
    """Make a collection in an order of its own, with a saved view of it."""
    with begin() as session:
        collection = collections.create(session, "Coast", "By the sea.")
        collections.add(session, collection.id, [ids[2], ids[0], ids[3]])
        saved_views.create(session, "Of the coast", Filters(collection=str(collection.id)))
        return collection.id


def shared(begin: TransactionFactory, coast: int, title: str = "For Ann") -> tuple[int, str]:
    """Share the collection with a passcode; give the gallery's id and its key."""
    with begin() as session:
        share = shares.create(session, SECRET, {"title": title, "passcode": "low tide"}, collection_id=coast)
        return share.id, shares.key_of(share, SECRET) or ""


def delete(begin: TransactionFactory, coast: int) -> int:
    with begin() as session:
        return delete_undo.delete_collection(session, collections.find(session, coast, lock=True)).id


def order(session: Session, coast: int) -> list[int]:
    return [image.id for image in collections.pictures(session, coast, 100).images]


def test_a_collection_comes_back_in_its_order_with_its_galleries_at_the_same_address(
    begin: TransactionFactory, coast: int, ids: list[int], engine: Engine
) -> None:
    number, key = shared(begin, coast)
    revoked, _key = shared(begin, coast, "Old")
    with begin() as session:
        shares.revoke(session, shares.find(session, revoked).share)
    action = delete(begin, coast)
    with begin() as session:
        assert shares.by_key(session, key) is None
        assert shares.list_shares(session, 10) == []
    undone = bulk_undo.undo(begin, action)
    assert undone.also == (
        "The collection “Coast” is back in its order. 1 shared gallery is open again at the same address."
    )
    with begin() as session:
        assert order(session, coast) == [ids[2], ids[0], ids[3]]
        assert (collections.find(session, coast).note, collections.find(session, coast).images) == (
            "By the sea.",
            3,
        )
        share = shares.by_key(session, key)
        assert share is not None
        assert share.id == number
        assert share.passcode_hash
        assert [image.id for image in galleries.list_images(session, share, 10).images] == [
            ids[2],
            ids[0],
            ids[3],
        ]
        assert shares.state(shares.find(session, revoked).share) == "revoked"
    assert_counts_are_right(engine)
    with pytest.raises(Conflict, match="already"):
        bulk_undo.undo(begin, action)


def test_nobody_sees_a_deleted_collection(begin: TransactionFactory, coast: int, ids: list[int]) -> None:
    delete(begin, coast)
    with begin() as session:
        for find in (collections.find, collections.read):
            with pytest.raises(NotFound):
                find(session, coast)
        assert collections.list_with_covers(session, 10) == []
        assert collections.list_by_name(session, 10) == []
        assert collections.names_of(session, [coast]) == {}
        assert collections.choices(session, ids[0]) == []
        assert sidebar.read_sidebar(session).collections == []
        for filters in (Filters(collection=str(coast)), Filters(q="collection:coast")):
            page = search.page(session, filters, 10)
            assert list(page.images) == []
            assert search.count_of(session, filters, page) == (0, True)
        with pytest.raises(NotFound):
            shares.create(session, SECRET, {"title": "X"}, collection_id=coast)
        with pytest.raises(NotFound):
            collections.add(session, coast, [ids[1]])


def test_its_name_is_free_and_is_asked_for_when_it_comes_back(begin: TransactionFactory, coast: int) -> None:
    action = delete(begin, coast)
    with begin() as session:
        other = collections.create(session, "COAST").id
    with pytest.raises(Conflict, match="Rename that one"):
        bulk_undo.undo(begin, action)
    with begin() as session:
        collections.edit(session, collections.find(session, other), "Shore")
    assert bulk_undo.undo(begin, action).also.startswith("The collection “Coast” is back")
    with begin() as session:
        assert {one.name for one in collections.list_by_name(session, 10)} == {"Coast", "Shore"}


def test_pictures_that_went_meanwhile_are_missing_and_counted_right(
    begin: TransactionFactory, coast: int, ids: list[int], engine: Engine
) -> None:
    action = delete(begin, coast)
    with begin() as session:
        images.trash(session, images.find(session, ids[0]))
        session.delete(session.get_one(Image, ids[3]))
    bulk_undo.undo(begin, action)
    with begin() as session:
        assert order(session, coast) == [ids[2]]
        assert collections.find(session, coast).images == 1
        images.untrash(session, images.find(session, ids[0], trashed=True))
    with begin() as session:
        assert order(session, coast) == [ids[2], ids[0]]
    assert_counts_are_right(engine)


def test_after_30_days_it_is_gone_for_good_with_its_galleries(
    begin: TransactionFactory, coast: int, engine: Engine
) -> None:
    shared(begin, coast)
    action = delete(begin, coast)
    with begin() as session:
        maintenance.remove_expired(session, LIMITS)
    with begin() as session:
        session.get_one(Collection, coast).deleted_at = datetime.now(UTC) - timedelta(days=30, minutes=1)
    with begin() as session:
        maintenance.remove_expired(session, LIMITS)
    with begin() as session:
        for table in (Collection, CollectionImage, ShareLink):
            assert session.scalars(select(table)).all() == []
    with pytest.raises(Conflict, match="for good"):
        bulk_undo.undo(begin, action)
    assert_counts_are_right(engine)


def test_a_view_comes_back_unless_its_name_is_taken(begin: TransactionFactory, coast: int) -> None:
    with begin() as session:
        view = saved_views.listed(session)[0]
        before = (view.id, view.name, view.filters, view.version, view.created_at)
        action = delete_undo.delete_view(session, view).id
    with begin() as session:
        assert saved_views.listed(session) == []
        other = saved_views.create(session, "of the Coast", Filters(status="new")).id
    with pytest.raises(Conflict, match="another view"):
        bulk_undo.undo(begin, action)
    with begin() as session:
        saved_views.edit(session, saved_views.find(session, other), "Other")
    assert bulk_undo.undo(begin, action) == UndoResult(0, 0, also="The view “Of the coast” is back.")
    with begin() as session:
        view = saved_views.find(session, before[0])
        assert (view.id, view.name, view.filters, view.version, view.created_at) == before
        assert session.get_one(BulkEdit, action).undone_at
