"""The places beside every page: who has which, where one is, and how many there are of what each holds."""

from __future__ import annotations

import re

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from artworks.library.place_counts import count_places
from artworks.library.waiting import MOST_COUNTED
from models import Collection, Image, LookAlike, ShareLink, StatusCount, Suggestion
from tests.support.material import row
from tests.support.people import as_role

FIRST = ["/", "/review", "/collections", "/shared"]
FURTHER = ["/batches", "/look-alikes", "/trash", "/usage"]


def places_of(client: FlaskClient, address: str = "/") -> str:
    """Return the places as they stand on a page."""
    found = re.search(r'<nav class="places".*?</nav>', client.get(address).text, re.DOTALL)
    assert found, address
    return found.group()


def waiting(client: FlaskClient) -> str:
    shown = client.get("/review/counts").get_json()["/review"]
    assert f"data-waiting-count>{shown}<" in places_of(client, "/collections")
    return str(shown)


@pytest.mark.parametrize(
    ("role", "first", "further"),
    [
        ("viewer", ["/", "/collections"], []),
        ("editor", FIRST, FURTHER),
        ("owner", FIRST, [*FURTHER, "/settings"]),
    ],
)
def test_each_role_has_its_places_on_every_page(
    app: APIFlask, session: Session, role: str, first: list[str], further: list[str]
) -> None:
    caller = as_role(app, session, role)
    for address in ("/", "/collections", "/account", "/images/4711"):
        before, more, after = places_of(caller, address).partition("More</span>")
        links = [re.findall(r'class="place" href="([^"]+)"', part) for part in (before, after)]
        assert (links, bool(more)) == ([first, further], bool(further)), address


@pytest.mark.parametrize(
    ("address", "current"),
    [
        ("/", ("page", "/")),
        ("/?status=new", ("page", "/")),
        ("/images/{image}", ("true", "/")),
        ("/tags", ("true", "/")),
        ("/review/{image}", ("true", "/review")),
        ("/settings/voice", ("true", "/settings")),
        ("/people", ("true", "/settings")),
        ("/account", None),
    ],
)
def test_the_place_one_is_at_is_marked(
    client: FlaskClient, session: Session, address: str, current: tuple[str, str] | None
) -> None:
    image = row(session)
    session.commit()
    marked = re.findall(
        r'class="place" href="([^"]+)" aria-current="([^"]+)"',
        places_of(client, address.format(image=image.id)),
    )
    assert marked == ([(current[1], current[0])] if current else [])


def test_the_review_has_its_count(client: FlaskClient, session: Session) -> None:
    assert waiting(client) == ""
    drafts = [row(session, status="draft") for _ in range(2)]
    others = [row(session), row(session, status="ready", post_title="Heron")]
    for image in (drafts[0], *others):
        session.add(Suggestion(image_id=image.id, fields={}, source="ai"))
    session.commit()
    # A draft with a suggestion is one picture.
    assert waiting(client) == "4"
    session.execute(update(Image).where(Image.id == others[0].id).values(trashed_at=Image.created_at))
    session.commit()
    assert waiting(client) == "3"
    session.execute(update(StatusCount).where(StatusCount.status == "draft").values(images=998))
    session.commit()
    assert waiting(client) == "999"
    session.execute(update(StatusCount).where(StatusCount.status == "draft").values(images=999))
    session.commit()
    assert waiting(client) == "999+"


def test_each_place_has_its_count(client: FlaskClient, session: Session) -> None:
    """Nothing is counted that its page does not offer: what was deleted, ended or decided."""
    assert "data-count" not in places_of(client)
    one, two, three = (row(session) for _ in range(3))
    held, deleted = Collection(name="Spring"), Collection(name="Gone", deleted_at=one.created_at)
    session.add_all([held, deleted])
    session.flush()
    for number, facts in enumerate(
        ({}, {"collection_id": held.id}, {"collection_id": deleted.id}, {"revoked_at": one.created_at})
    ):
        session.add(ShareLink(token_hash=str(number), nonce="", title="For Ruth", **facts))
    session.add(LookAlike(first_id=one.id, second_id=two.id, kind="looks", distance=1))
    kept = {"kind": "looks", "distance": 1, "kept_at": one.created_at}
    session.add(LookAlike(first_id=one.id, second_id=three.id, **kept))
    session.commit()
    session.execute(update(StatusCount).where(StatusCount.status == "new").values(images=1240))
    session.commit()
    shown = {"/": "1,240", "/collections": "1", "/shared": "2", "/look-alikes": "1"}
    assert dict(re.findall(r'href="([^"]+)"[^>]* data-count="([^"]+)"', places_of(client))) == shown
    assert client.get("/review/counts").get_json() == {**shown, "/review": ""}


def test_of_many_suggestions_no_more_are_counted_than_are_shown(session: Session) -> None:
    row(session, status="draft")
    columns = {"stored_filename", "original_filename", "status"}
    some = [dict.fromkeys(columns, f"{number}.jpg") | {"status": "new"} for number in range(MOST_COUNTED + 5)]
    ids = session.scalars(insert(Image).returning(Image.id), some).all()
    session.execute(insert(Suggestion), [{"image_id": one, "fields": {}, "source": "ai"} for one in ids])
    session.commit()
    assert count_places(session).waiting == MOST_COUNTED + 1


def test_a_page_about_an_error_counts_nothing(client: FlaskClient, session: Session) -> None:
    """The database may be what is wrong."""
    row(session, status="draft")
    session.commit()
    assert "data-waiting" in places_of(client)
    assert "data-waiting" not in places_of(client, "/nothing")
