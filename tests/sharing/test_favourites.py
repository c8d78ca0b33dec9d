"""What visitors of a shared gallery choose: whose it is, how much there can be, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from artworks.accounts import throttle
from artworks.bulk import undo
from artworks.collections import collection as collections
from artworks.core.actor import Actor
from artworks.core.errors import AppError, Conflict, Invalid, NotFound, RateLimited
from artworks.dependents import change_undo, delete_undo
from artworks.images import image as images
from artworks.sharing import favourites
from artworks.sharing import share_link as shares
from artworks.sharing.gallery import GalleryClosed
from models import Audit, Collection, Favourite, Image, ShareLink, Visitor
from tests.support.material import row, statements

SECRET = "a secret of the tests, 32 letters"
CLIENT = Actor(way="share", address="10.0.0.9")
Ids = list[int]


@pytest.fixture
def wall(session: Session) -> list[Image]:
    found = [row(session, f"{number}.jpg", post_title=f"Study {number}") for number in range(6)]
    session.commit()
    return found


@pytest.fixture
def share(session: Session, wall: list[Image]) -> ShareLink:
    made = shares.create(session, SECRET, {"title": "Coast"}, image_ids=[image.id for image in wall[:5]])
    session.commit()
    return made


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "ADDRESS", throttle.Limit(10_000))


def send(session: Session, share: ShareLink, ids: Ids, key: str = "k", **given: Any) -> Ids | None:
    given = {"actor": CLIENT, "name": "Ms. R.", **given}
    name = given.pop("name")
    choice = favourites.send(session, session.commit, share, key, name, ids, **given)
    session.commit()
    return list(choice.image_ids) if choice else None


def told(session: Session) -> list[str]:
    query = text("SELECT action FROM audit WHERE action LIKE 'favourites%' ORDER BY id")
    return list(session.scalars(query))


def test_a_choice_is_kept_in_the_order_of_the_gallery_and_sent_twice_is_kept_once(
    session: Session, share: ShareLink, wall: list[Image]
) -> None:
    first, second, third, _, fifth, outside = (image.id for image in wall)
    assert send(session, share, [fifth, first, outside, first, 4711]) == [first, fifth]
    assert send(session, share, [first, fifth]) == [first, fifth]
    assert send(session, share, [second, first], name="  Ruth \n R. ") == [first, second]
    assert send(session, share, [third], key="other") == [third]
    [(ruth, count), (_, one)] = sorted(
        favourites.list_visitors(session, [share.id])[share.id], key=lambda v: -v[1]
    )
    assert (ruth.name, count, one) == ("Ruth R.", 2, 1)
    assert told(session) == ["favourites sent"] * 3
    # The name is in no line that stays for good.
    assert "Ruth" not in str(session.query(Audit).with_entities(Audit.detail, Audit.target).all())
    # On a page that shows some of them, only those are decided about.
    assert send(session, share, [third], shown=[second, third]) == [first, third]


def test_nobody_reads_or_changes_what_another_one_chose(
    session: Session, share: ShareLink, wall: list[Image]
) -> None:
    send(session, share, [wall[0].id], key="mine")
    send(session, share, [wall[1].id], key="yours")
    mine = favourites.choice_of(session, share, "mine")
    assert mine
    assert mine.image_ids == (wall[0].id,)
    assert favourites.choice_of(session, share, "guessed") is None
    kept = str(session.execute(text("SELECT string_agg(visitor::text, ' ') FROM visitor")).scalar())
    assert "mine" not in kept
    other = shares.create(session, SECRET, {"title": "Other"}, image_ids=[wall[0].id])
    assert favourites.choice_of(session, other, "mine") is None
    with pytest.raises(NotFound):
        favourites.find(session, other, mine.visitor.id)


@pytest.mark.parametrize("name", ["", " \n ", "x" * 81, "nul\0", "\ud800", "\u200b"])
def test_a_visitor_has_a_name(session: Session, share: ShareLink, wall: list[Image], name: str) -> None:
    with pytest.raises(Invalid) as wrong:
        send(session, share, [wall[0].id], name=name)
    assert wrong.value.field == "name"
    session.rollback()
    assert session.query(Visitor).count() == 0


def test_nothing_chosen_takes_the_choice_back(session: Session, share: ShareLink, wall: list[Image]) -> None:
    with pytest.raises(Invalid, match="Choose a picture first"):
        send(session, share, [])
    session.rollback()
    send(session, share, [wall[0].id])
    assert send(session, share, []) is None
    assert (session.query(Visitor).count(), session.query(Favourite).count()) == (0, 0)
    assert told(session)[-1] == "favourites taken back"


@pytest.mark.parametrize("how", ["revoked", "ended", "deleted with its collection"])
def test_a_closed_gallery_takes_none(session: Session, wall: list[Image], how: str) -> None:
    collection = collections.create(session, "Harbour")
    collections.add(session, collection.id, [wall[0].id])
    share = shares.create(session, SECRET, {"title": "Coast"}, collection_id=collection.id)
    session.commit()
    assert send(session, share, [wall[0].id]) == [wall[0].id]
    if how == "revoked":
        shares.revoke(session, share)
    elif how == "ended":
        session.execute(text("UPDATE share_link SET expires_at = now()"))
    else:
        delete_undo.delete_collection(session, collection)
    session.commit()
    with pytest.raises(GalleryClosed):
        send(session, share, [], key="late")


def test_pictures_that_left_are_left_out_and_come_back_with_their_hearts(
    session: Session, share: ShareLink, wall: list[Image]
) -> None:
    send(session, share, [wall[0].id, wall[1].id])
    images.trash(session, wall[0])
    session.commit()
    choice = favourites.choice_of(session, share, "k")
    assert choice
    assert choice.image_ids == (wall[1].id,)
    [(visitor, count)] = favourites.list_visitors(session, [share.id])[share.id]
    assert count == 1
    shown = favourites.list_images(session, share, 10)
    assert [image.id for image in shown[visitor.id]] == [wall[1].id]
    # The browser still knows it, and it stays chosen.
    assert send(session, share, [wall[0].id, wall[1].id, wall[2].id]) == [wall[1].id, wall[2].id]
    # One that does not decides nothing about it.
    assert send(session, share, [wall[1].id], shown=[wall[1].id]) == [wall[1].id, wall[2].id]
    session.execute(text("UPDATE image SET trashed_at = NULL"))
    session.commit()
    again = favourites.choice_of(session, share, "k")
    assert again
    assert again.image_ids == (wall[0].id, wall[1].id, wall[2].id)
    session.execute(text("DELETE FROM image WHERE id = :id"), {"id": wall[1].id})
    session.execute(text("DELETE FROM share_link"))
    session.commit()
    assert (session.query(Visitor).count(), session.query(Favourite).count()) == (0, 0)


def test_whoever_takes_all_that_they_see_back_leaves_no_name(
    session: Session, share: ShareLink, wall: list[Image]
) -> None:
    send(session, share, [wall[0].id, wall[1].id])
    images.trash(session, wall[0])
    session.commit()
    assert send(session, share, [], shown=[wall[1].id]) is None
    assert session.query(Visitor).count() == 0


def at_once(engine: Engine, acts: list[Callable[[Session], object]]) -> list[object]:
    """Do some acts in sessions of their own, and return what each returned or raised."""

    def run(act: Callable[[Session], object]) -> object:
        with Session(engine, expire_on_commit=False) as own:
            try:
                return act(own)
            except AppError as error:
                return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_limits_hold_for_those_who_send_at_once(
    engine: Engine, session: Session, share: ShareLink, wall: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(favourites, "MOST_VISITORS", 3)
    monkeypatch.setattr(favourites, "MOST_FAVOURITES", 4)
    ids = [image.id for image in wall[:5]]

    def sender(key: str, chosen: Ids, **given: Any) -> Callable[[Session], object]:
        return lambda own: send(own, own.merge(share), chosen, key, **given)

    # One press twice is one visitor, also at the same moment.
    assert at_once(engine, [sender("a", ids[:1])] * 4) == [ids[:1]] * 4
    assert session.query(Visitor).count() == 1
    found = at_once(engine, [sender(key, ids[:1]) for key in "bcdef"])
    assert [type(one) for one in found].count(Conflict) == 3
    session.rollback()
    assert session.query(Visitor).count() == 3
    # Who is one of them goes on.
    assert send(session, share, ids[:2], "a") == ids[:2]
    # Two tabs that decide about pictures of their own have no more together either.
    found = at_once(engine, [sender("a", [one], shown=[one]) for one in ids[2:]])
    assert [type(one) for one in found].count(Invalid) == 1
    session.rollback()
    assert session.query(Favourite).count() == 4 + 2
    with pytest.raises(Invalid, match="At most"):
        send(session, share, ids, "a")


def test_sending_is_limited_for_each_address(
    session: Session, share: ShareLink, wall: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "ADDRESS", throttle.Limit(2))
    for _ in range(2):
        send(session, share, [wall[0].id])
    with pytest.raises(RateLimited):
        send(session, share, [wall[0].id])
    session.rollback()
    assert send(session, share, [wall[0].id], key="b", actor=Actor(way="share", address="10.9.9.9"))


def test_a_choice_becomes_a_collection_and_that_is_taken_back(
    engine: Engine, session: Session, share: ShareLink, wall: list[Image]
) -> None:
    chosen = [wall[3].id, wall[1].id]
    send(session, share, chosen)
    choice = favourites.choice_of(session, share, "k")
    assert choice
    made = favourites.make_collection(session, share, choice)
    action = change_undo.record_made(session, made, choice.image_ids)
    second = favourites.make_collection(session, share, choice)
    session.commit()
    assert (made.name, made.images, second.name) == ("Ms. R., Coast", 2, "Ms. R., Coast 2")
    begin = sessionmaker(engine, expire_on_commit=False).begin
    undo.undo(begin, action)
    session.expire_all()
    assert session.get_one(Collection, made.id).deleted_at is not None
    # Another picture was put into it since.
    kept = change_undo.record_made(session, second, choice.image_ids)
    collections.add(session, second.id, [wall[5].id])
    session.commit()
    with pytest.raises(Conflict):
        undo.undo(begin, kept)
    favourites.remove(session, share, choice.visitor)
    session.commit()
    assert (session.query(Favourite).count(), told(session)[-1]) == (0, "favourites deleted")


def test_the_visitors_of_many_galleries_are_read_in_one_statement(
    engine: Engine, session: Session, share: ShareLink, wall: list[Image]
) -> None:
    other = shares.create(session, SECRET, {"title": "Other"}, image_ids=[wall[0].id])
    session.commit()
    for one, key in ((share, "a"), (share, "b"), (other, "c")):
        send(session, one, [wall[0].id], key)
    ids = [share.id, other.id]
    with statements(engine) as sent:
        found = favourites.list_visitors(session, ids)
    assert len(sent) == 1
    assert [len(found[number]) for number in ids] == [2, 1]
