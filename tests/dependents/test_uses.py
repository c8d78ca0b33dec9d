"""What hangs on a collection, a category, tags and pictures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from artworks.collections import collection as collections
from artworks.core.transactions import TransactionFactory
from artworks.dependents import uses
from artworks.dependents.uses import Uses
from artworks.images import image as images
from artworks.library import saved_views
from artworks.search.filters import Filters
from artworks.sharing import share_link as shares
from artworks.taxonomy import categories
from artworks.taxonomy import queries as taxonomy
from artworks.voice import voice
from artworks.voice.settings import Choices
from models import Batch, BatchItem, Suggestion

SECRET = "of-the-test"


def share(session: Session, title: str, **of: object) -> int:
    return shares.create(session, SECRET, {"title": title}, **of).id  # type: ignore[arg-type]


def titles(found: Uses) -> list[str]:
    return [gallery.title for gallery in found.galleries]


def test_of_a_collection(begin: TransactionFactory, add: Callable[..., int]) -> None:
    ids = [add(), add()]
    with begin() as session:
        coast, other = collections.create(session, "Coast"), collections.create(session, "Other")
        collections.add(session, coast.id, ids)
        opened, ended, revoked = (share(session, name, collection_id=coast.id) for name in ("A", "B", "C"))
        share(session, "D", collection_id=other.id)
        share(session, "E", image_ids=ids)
        shares.find(session, ended).share.expires_at = datetime(2020, 1, 1, tzinfo=UTC)
        shares.revoke(session, shares.find(session, revoked).share)
        saved_views.create(session, "Mine", Filters(collection=str(coast.id), status="new"))
        saved_views.create(session, "Not mine", Filters(collection=str(other.id)))
    with begin() as session:
        found = uses.of_collection(session, collections.find(session, coast.id))
        assert (found.pictures, titles(found), found.views) == (2, ["B", "A"], ("Mine",))
        assert [gallery.id for gallery in found.open] == [opened]


def test_of_a_category_alone_and_with_its_parts(begin: TransactionFactory, add: Callable[..., int]) -> None:
    add(category="Prints"), add(category="Prints / Linocut")
    with begin() as session:
        saved_views.create(session, "All", Filters(category="PRINTS"))
        saved_views.create(session, "Part", Filters(category="Prints / Linocut"))
        saved_views.create(session, "Other", Filters(category="Paper"))
        prints = taxonomy.by_name(session, "Prints")
        assert prints is not None
        alone = uses.of_category(session, prints)
        whole = uses.of_category(session, prints, categories.subcategories_of(session, prints))
        assert alone == Uses(pictures=1, views=("All",))
        assert whole == Uses(pictures=2, parts=1, views=("All", "Part"))


def test_of_tags_with_the_voice_that_asks_for_them(
    begin: TransactionFactory, add: Callable[..., int]
) -> None:
    add(hashtags="heron dusk")
    with begin() as session:
        saved_views.create(session, "Herons", Filters(tag="Heron"))
        saved_views.create(session, "Dusk", Filters(tag="#dusk"))
        voice.save(session, Choices(always_hashtags=("#Heron", "#art")))
        assert uses.of_tags(session, ["#heron"]) == Uses(views=("Herons",), always=("#Heron",))
        assert uses.of_tags(session, ["heron", "#Dusk"]).views == ("Dusk", "Herons")
        assert uses.of_tags(session, ["#other"]) == Uses()


@pytest.mark.parametrize("trashed", [False, True])
def test_of_pictures_outside_and_inside_the_trash(
    begin: TransactionFactory, add: Callable[..., int], *, trashed: bool
) -> None:
    one, two, other = add(), add(), add()
    with begin() as session:
        coast, gone = collections.create(session, "Coast"), collections.create(session, "Gone")
        for collection in (coast, gone):
            collections.add(session, collection.id, [one, two])
        share(session, "Of the collection", collection_id=coast.id)
        share(session, "Of the deleted one", collection_id=gone.id)
        share(session, "Of one", image_ids=[one])
        share(session, "Of the other", image_ids=[other])
        gone.deleted_at = datetime.now(UTC)
        session.add(Suggestion(image_id=two, fields={}, source="ai"))
        session.add(Suggestion(image_id=other, fields={}, source="ai"))
        for state, item in (
            ("running", "waiting"),
            ("paused", "working"),
            ("running", "done"),
            ("done", "waiting"),
        ):
            batch = Batch(state=state)
            session.add(batch)
            session.flush()
            session.add_all(
                BatchItem(batch_id=batch.id, image_id=number, state=item) for number in (one, two)
            )
    with begin() as session:
        if trashed:
            for number in (one, two):
                images.trash(session, images.find(session, number))
    filters = Filters(trashed=True) if trashed else Filters(ids=(one, two))
    with begin() as session:
        found = uses.of_pictures(session, filters)
        assert (found.pictures, found.collections, found.suggestions, found.batches) == (2, 1, 1, 2)
        assert titles(found) == ["Of one", "Of the collection"]
        assert uses.of_pictures(session, Filters(ids=(add(),), trashed=trashed)) == Uses(
            pictures=0 if trashed else 1
        )
