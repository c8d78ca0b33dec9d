"""Shared galleries: what can be shared, how addresses are made, and what a gallery shows in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from artworks.accounts import throttle
from artworks.adapters import password_hasher
from artworks.collections import collection as collections
from artworks.core import security
from artworks.core.actor import Actor
from artworks.core.errors import BadRequest, Conflict, Invalid, NotFound, RateLimited, Unauthorized
from artworks.dependents import delete_undo
from artworks.images import image as images
from artworks.sharing import gallery as galleries
from artworks.sharing import share_link as shares
from artworks.sharing.gallery import GalleryClosed
from models import Audit, Image, ShareLink
from tests.support.material import row, statements

SECRET = "a secret of the tests, 32 letters"
CLIENT = Actor(way="share", address="10.0.0.9")


@pytest.fixture
def wall(session: Session) -> list[Image]:
    """Return five pictures of the library."""
    found = [row(session, f"{number}.jpg", post_title=f"Study {number}") for number in range(5)]
    session.commit()
    return found


def made(session: Session, *chosen: Image, **given: Any) -> ShareLink:
    share = shares.create(session, SECRET, {"title": "Coast", **given}, image_ids=[one.id for one in chosen])
    session.commit()
    return share


def shown(session: Session, share: ShareLink) -> list[int]:
    return [image.id for image in galleries.list_images(session, share, 100).images]


def told(session: Session, action: str) -> list[Audit]:
    return list(session.query(Audit).filter(Audit.action == action).order_by(Audit.id))


def test_chosen_pictures_keep_the_order_they_were_chosen_in(session: Session, wall: list[Image]) -> None:
    chosen = [wall[3], wall[0], wall[4]]
    share = made(session, *chosen, wall[3])
    assert shown(session, share) == [one.id for one in chosen]
    assert (shares.find(session, share.id).images, shares.find(session, share.id).cover) == (3, wall[3].id)


def test_a_collection_is_shared_as_it_is_at_any_time(session: Session, wall: list[Image]) -> None:
    collection = collections.create(session, "Harbour")
    collections.add(session, collection.id, [wall[2].id, wall[1].id])
    share = shares.create(session, SECRET, {"title": "Coast"}, collection_id=collection.id)
    session.commit()
    assert shown(session, share) == [wall[2].id, wall[1].id]
    collections.add(session, collection.id, [wall[0].id], before=wall[2].id)
    session.commit()
    assert shown(session, share) == [wall[0].id, wall[2].id, wall[1].id]
    found = shares.find(session, share.id)
    assert (found.collection, found.images, found.cover) == ("Harbour", 3, wall[0].id)
    key = shares.key_of(share, SECRET) or ""
    number = share.id
    delete_undo.delete_collection(session, collection)
    session.commit()
    assert shares.by_key(session, key) is None
    with pytest.raises(NotFound):
        shares.find(session, number)


def test_pictures_in_the_trash_or_gone_are_left_out(session: Session, wall: list[Image]) -> None:
    images.trash(session, wall[0])
    session.commit()
    share = shares.create(
        session, SECRET, {"title": "Coast"}, image_ids=[wall[0].id, 4711, wall[1].id, wall[2].id]
    )
    images.trash(session, wall[1])
    session.commit()
    assert shown(session, share) == [wall[2].id]
    assert shares.find(session, share.id).images == 1
    with pytest.raises(Invalid):
        made(session, wall[0])


def test_one_of_a_collection_and_pictures_is_needed(session: Session, wall: list[Image]) -> None:
    collection = collections.create(session, "Harbour")
    for collection_id, ids in ((None, []), (collection.id, [wall[0].id])):
        with pytest.raises(Invalid):
            shares.create(session, SECRET, {"title": "X"}, collection_id=collection_id, image_ids=ids)
    with pytest.raises(NotFound):
        shares.create(session, SECRET, {"title": "X"}, collection_id=4711)
    with pytest.raises(Invalid, match="500"):
        shares.create(session, SECRET, {"title": "X"}, image_ids=range(1, 502))
    with pytest.raises(Invalid):
        shares.create(session, SECRET, {"title": "X"}, image_ids=[0])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": " \n "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"note": "x" * 2001}, "note"),
        ({"passcode": "abc"}, "passcode"),
        ({"passcode": " ab  "}, "passcode"),
        ({"passcode": "x" * 101}, "passcode"),
        ({"passcode": "abcd\ud800"}, "passcode"),
        ({"days": 0}, "days"),
        ({"days": 31}, "days"),
    ],
)
def test_what_does_not_fit_is_refused(
    session: Session, wall: list[Image], given: dict[str, Any], field: str
) -> None:
    share = made(session, wall[0])
    for act in (lambda: made(session, wall[0], **given), lambda: shares.change(session, share, given)):
        with pytest.raises(Invalid) as refused:
            act()
        assert refused.value.field == field
        session.rollback()
    assert session.query(ShareLink).count() == 1


def test_the_address_is_not_kept_and_can_be_shown_again(session: Session, wall: list[Image]) -> None:
    share = made(session, wall[0])
    key = shares.key_of(share, SECRET)
    assert key
    assert len(key) == 43
    kept = str(session.execute(text("SELECT share_link::text FROM share_link")).scalar())
    assert key not in kept
    assert share.token_hash == security.hash_key(key)
    assert shares.by_key(session, key) is share
    assert shares.key_of(made(session, wall[0]), SECRET) != key


def test_with_another_secret_the_address_cannot_be_shown_but_works(
    session: Session, wall: list[Image]
) -> None:
    share = made(session, wall[0])
    key = shares.key_of(share, SECRET)
    assert key
    assert shares.key_of(share, "another secret") is None
    assert shares.by_key(session, key) is share
    shares.renew(session, share, "another secret")
    session.commit()
    new = shares.key_of(share, "another secret")
    assert new
    assert shares.by_key(session, new) is share
    assert shares.by_key(session, key) is None


def test_an_ended_gallery_opens_again_with_a_new_end_and_a_revoked_one_never(
    session: Session, wall: list[Image]
) -> None:
    share = made(session, wall[0], days=7)
    key = shares.key_of(share, SECRET) or ""
    assert share.expires_at
    assert timedelta(days=6) < share.expires_at - datetime.now(UTC) <= timedelta(days=7)
    share.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    session.commit()
    assert (shares.state(share), shares.by_key(session, key)) == ("ended", None)
    shares.change(session, share, {"days": None})
    session.commit()
    assert (shares.state(share), shares.by_key(session, key)) == ("open", share)
    shares.revoke(session, share)
    shares.revoke(session, share)
    session.commit()
    assert (shares.state(share), shares.by_key(session, key)) == ("revoked", None)
    with pytest.raises(Conflict):
        shares.change(session, share, {"title": "Y"})
    with pytest.raises(Conflict):
        shares.renew(session, share, SECRET)
    assert len(told(session, "gallery revoked")) == 1


def test_what_is_not_given_stays(session: Session, wall: list[Image]) -> None:
    share = made(session, wall[0], note="By the sea", passcode="harbour", with_words=True, days=30)
    before = (share.note, share.passcode_hash, share.expires_at, share.with_words)
    shares.change(session, share, {"title": "  New \n name ", "with_originals": True})
    session.commit()
    assert (share.note, share.passcode_hash, share.expires_at, share.with_words) == before
    assert (share.title, share.with_originals) == ("New name", True)
    shares.change(session, share, {"passcode": ""})
    assert share.passcode_hash is None


def test_what_is_done_is_written_down_without_a_secret(session: Session, wall: list[Image]) -> None:
    share = made(session, wall[0], passcode="harbour", days=7)
    shares.change(session, share, {"with_words": True, "passcode": "lighthouse"})
    shares.change(session, share, {"with_words": True})
    shares.renew(session, share, SECRET)
    with pytest.raises(Unauthorized):
        galleries.check_passcode(session, session.commit, share, "sandcastle", CLIENT)
    assert [len(told(session, f"gallery {what}")) for what in ("shared", "changed", "passcode failed")] == [
        1,
        2,
        1,
    ]
    (failed,) = told(session, "gallery passcode failed")
    assert (failed.target, failed.way, failed.address) == ("Coast", "share", "10.0.0.9")
    everything = str(session.execute(text("SELECT string_agg(audit::text, ' ') FROM audit")).scalar())
    for secret in (
        "harbour",
        "lighthouse",
        "sandcastle",
        str(shares.key_of(share, SECRET)),
        share.token_hash,
    ):
        assert secret not in everything


def test_a_passcode_is_hashed_and_one_spelling_is_as_good_as_another(
    session: Session, wall: list[Image]
) -> None:
    share = made(session, wall[0], passcode=" Ａbcd ")
    assert str(share.passcode_hash).startswith("$argon2id$")
    galleries.check_passcode(session, session.commit, share, "Abcd", CLIENT)
    for wrong in ("abcd", "", "Abcd" * 100_000, "Abc\0", "\ud800"):
        with pytest.raises(Unauthorized):
            galleries.check_passcode(session, session.commit, share, wrong, CLIENT)


def test_guesses_at_a_passcode_are_limited_for_the_gallery_and_the_address(
    session: Session, wall: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    share, other = made(session, wall[0], passcode="harbour"), made(session, wall[0], passcode="harbour")
    monkeypatch.setattr(password_hasher, "matches", lambda _kept, given: given == "harbour")
    for number in range(throttle.ACCOUNT.most):
        with pytest.raises(Unauthorized):
            galleries.check_passcode(
                session, session.commit, share, "wrong", Actor(address=f"10.0.0.{number}")
            )
    for passcode in ("wrong", "harbour"):
        with pytest.raises(RateLimited):
            galleries.check_passcode(session, session.commit, share, passcode, Actor(address="10.0.1.1"))
        session.rollback()
    galleries.check_passcode(session, session.commit, other, "harbour", CLIENT)


def test_unknown_keys_are_counted_for_the_address(session: Session, wall: list[Image]) -> None:
    share = made(session, wall[0])
    key = shares.key_of(share, SECRET) or ""
    for number in range(throttle.ADDRESS.most):
        with pytest.raises(GalleryClosed):
            galleries.open_by(session, session.commit, f"made-up-{number}", "10.0.0.9")
    with pytest.raises(RateLimited):
        galleries.open_by(session, session.commit, "made-up", "10.0.0.9")
    session.rollback()
    # Whoever has an address that is right is not kept out by a guesser in the same house.
    assert galleries.open_by(session, session.commit, key, "10.0.0.9") is share


def test_pages_follow_each_other_without_a_gap(session: Session, wall: list[Image]) -> None:
    share = made(session, *wall)
    first = galleries.list_images(session, share, 2)
    second = galleries.list_images(session, share, 2, first.next)
    last = galleries.list_images(session, share, 2, second.next)
    ids = [image.id for page in (first, second, last) for image in page.images]
    assert ids == [one.id for one in wall]
    assert [(page.before, page.total) for page in (first, second, last)] == [(0, 5), (2, 5), (4, 5)]
    assert last.next is None
    for wrong in (4711, 0):
        with pytest.raises(BadRequest):
            galleries.list_images(session, share, 2, wrong)


def test_a_picture_knows_its_number_and_what_is_beside_it(session: Session, wall: list[Image]) -> None:
    share = made(session, wall[4], wall[0], wall[2], wall[1])
    images.trash(session, wall[0])
    session.commit()
    hung = galleries.gallery_image(session, share, wall[2].id)
    assert (hung.number, hung.total, hung.previous, hung.next) == (2, 3, wall[4].id, wall[1].id)
    ends = (
        galleries.gallery_image(session, share, wall[4].id),
        galleries.gallery_image(session, share, wall[1].id),
    )
    assert [(end.previous, end.next) for end in ends] == [(None, wall[2].id), (wall[2].id, None)]
    for wrong in (wall[0].id, wall[3].id, 4711, 0, 2**70):
        with pytest.raises(GalleryClosed):
            galleries.gallery_image(session, share, wrong)


def test_a_visit_is_counted_once(session: Session, wall: list[Image]) -> None:
    share = made(session, wall[0])
    for _ in range(3):
        galleries.count_view(session, share)
    session.commit()
    session.refresh(share)
    assert share.opened == 1
    assert share.opened_at
    session.execute(text("UPDATE share_link SET opened_at = now() - interval '6 minutes'"))
    galleries.count_view(session, share)
    session.commit()
    session.refresh(share)
    assert share.opened == 2


def test_the_list_is_one_statement_with_the_newest_first(
    engine: Engine, session: Session, wall: list[Image]
) -> None:
    found = [made(session, wall[number % 5], title=f"Number {number}").id for number in range(5)]
    with statements(engine) as seen:
        first = shares.list_shares(session, 3)
    assert len(seen) == 1
    rest = shares.list_shares(session, 3, first[-1].share.id)
    assert [one.share.id for one in (*first, *rest)] == found[::-1]
    assert [one.images for one in first] == [1, 1, 1]
