"""The owner's page of people: inviting, changing, removing; only for owners, by hand, from our own page."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from artworks.accounts import invitations
from models import OneTimeLink, Person, PersonSession, db
from tests.support.people import (
    PASSWORD,
    add_person,
    as_role,
    session_cookie,
    signed_in,
    with_token,
)
from tests.web.conftest import MakeApp

EMAIL = "nina@studio.example"
INVITATION = {"email": EMAIL, "name": "Nina", "role": "editor", "share": "12.50"}


@pytest.fixture
def owner(session: Session) -> Person:
    return add_person(session, "owner", email="mara@studio.example", name="Mara")


@pytest.fixture
def mara(app: APIFlask, owner: Person) -> FlaskClient:
    return signed_in(app, owner)


@pytest.fixture
def jonas(session: Session, owner: Person) -> Person:
    return add_person(session, "editor", email="jonas@studio.example", name="Jonas")


def page(client: FlaskClient) -> str:
    answer = client.get("/people")
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def link_in(words: str) -> str | None:
    found = re.search(r'id="made-link" value="([^"]+)"', words)
    return found[1] if found else None


def change(client: FlaskClient, person: Person, **facts: str) -> tuple[int, str]:
    form = {"name": person.name, "role": person.role, "share": "", **facts}
    answer = client.post(f"/people/{person.id}", data=form)
    return answer.status_code, unescape(answer.get_data(as_text=True))


def again(session: Session, person: Person) -> Person:
    session.expire_all()
    return session.get_one(Person, person.id)


def test_an_invitation_is_made_and_its_link_shown_once(
    app: APIFlask, mara: FlaskClient, session: Session
) -> None:
    made = mara.post("/people", data=INVITATION)
    assert (made.status_code, made.location) == (303, "/people")
    words = page(mara)
    link = link_in(words)
    assert link
    assert link.startswith("http://localhost/invitation/")
    assert "Send this link to Nina." in words
    assert "works for 7 more days" in words
    assert link_in(page(mara)) is None
    ticket = session.query(OneTimeLink).one()
    assert (ticket.email, ticket.role, ticket.budget_usd) == (EMAIL, "editor", Decimal("12.5"))
    assert ticket.made_by == "Mara"
    entered = app.test_client().post(link, data={"name": "Nina", "password": PASSWORD})
    assert entered.status_code == 303
    assert "works for" not in page(mara)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"email": "nobody"}, "does not look like an e-mail address"),
        ({"email": "MARA@studio.example"}, "has an account already"),
        ({"role": "king"}, "Choose viewer, editor or owner"),
        ({"role": ""}, "Choose viewer, editor or owner"),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"share": "much"}, "dollars a month"),
        ({"share": "-1"}, "dollars a month"),
        ({"share": "1e3"}, "dollars a month"),
        ({"share": "99999999"}, "dollars a month"),
        ({"share": "NaN"}, "dollars a month"),
    ],
)
def test_a_mistake_comes_back_with_what_was_typed(
    mara: FlaskClient, session: Session, wrong: dict[str, str], sentence: str
) -> None:
    refused = mara.post("/people", data={**INVITATION, **wrong})
    words = unescape(refused.get_data(as_text=True))
    assert refused.status_code in (409, 422)
    assert sentence in words
    assert f'value="{wrong.get("email", EMAIL)}"' in words
    assert session.query(OneTimeLink).count() == 0


@pytest.mark.parametrize(
    ("written", "kept"), [("", None), ("0", 0), ("$5", 5), ("12,50", "12.5"), (" 7.25 ", "7.25")]
)
def test_a_share_is_dollars_a_month(
    mara: FlaskClient, jonas: Person, session: Session, written: str, kept: str | int | None
) -> None:
    assert change(mara, jonas, share=written)[0] == 303
    assert again(session, jonas).budget_usd == (None if kept is None else Decimal(kept))


def test_a_form_without_a_share_leaves_it(mara: FlaskClient, jonas: Person, session: Session) -> None:
    change(mara, jonas, share="5")
    form = {"name": "Jonas Berg", "role": jonas.role}
    assert mara.post(f"/people/{jonas.id}", data=form).status_code == 303
    assert (again(session, jonas).name, again(session, jonas).budget_usd) == ("Jonas Berg", Decimal(5))


def test_role_name_and_share_are_changed_at_once(mara: FlaskClient, jonas: Person, session: Session) -> None:
    assert change(mara, jonas, name="Jonas Berg", role="viewer", share="5")[0] == 303
    now = again(session, jonas)
    assert (now.name, now.role, now.budget_usd, now.email) == (
        "Jonas Berg",
        "viewer",
        Decimal(5),
        jonas.email,
    )
    words = page(mara)
    assert "Jonas Berg may look around and export." in words
    assert "$0.00 of $5.00 this month" in words
    done = session.execute(text("SELECT action, who FROM audit WHERE action LIKE '%changed'")).all()
    assert {tuple(row) for row in done} == {
        ("name changed", "Mara"),
        ("role changed", "Mara"),
        ("share changed", "Mara"),
    }


def test_a_new_role_counts_at_once(app: APIFlask, mara: FlaskClient, jonas: Person) -> None:
    client = signed_in(app, jonas)
    assert client.post("/api/collections", json={"name": "Coast"}).status_code == 201
    change(mara, jonas, role="viewer")
    assert client.post("/api/collections", json={"name": "Sea"}).status_code == 403


def test_nothing_is_changed_by_half(mara: FlaskClient, jonas: Person, session: Session) -> None:
    status, words = change(mara, jonas, name="Other", role="viewer", share="much")
    assert status == 422
    assert 'value="much"' in words
    assert (again(session, jonas).name, again(session, jonas).role) == ("Jonas", "editor")


@pytest.mark.parametrize("deed", ["demote", "remove"])
def test_the_last_owner_stays_and_is_told_kindly(
    mara: FlaskClient, owner: Person, session: Session, deed: str
) -> None:
    if deed == "demote":
        status, words = change(mara, owner, role="editor")
    else:
        answer = mara.post(f"/people/{owner.id}/remove")
        status, words = answer.status_code, unescape(answer.get_data(as_text=True))
    assert status == 409
    assert "Somebody has to be the owner. Make another person an owner first." in words
    assert again(session, owner).role == "owner"
    assert mara.get("/people").status_code == 200
    assert f"/people/{owner.id}/remove" not in page(mara)


def test_an_owner_may_step_back_when_there_is_another(
    mara: FlaskClient, owner: Person, session: Session
) -> None:
    add_person(session, "owner")
    answer = mara.post(f"/people/{owner.id}", data={"name": "Mara", "role": "viewer", "share": ""})
    assert (answer.status_code, answer.location) == (303, "/")
    assert (mara.get("/").status_code, mara.get("/people").status_code) == (200, 403)


def test_removing_somebody_ends_all_they_had(
    app: APIFlask, mara: FlaskClient, jonas: Person, session: Session
) -> None:
    client, script = signed_in(app, jonas), with_token(app, jonas, "editor")
    link = invitations.reset(session, jonas).path
    session.commit()
    assert mara.post(f"/people/{jonas.id}/remove").status_code == 303
    assert (client.get("/").status_code, script.get("/api/images").status_code) == (303, 401)
    assert app.test_client().get(link).status_code == 404
    words = page(mara)
    assert "Jonas is removed and signed out everywhere." in words
    assert jonas.email not in words
    # The same address may be invited again.
    assert mara.post("/people", data={**INVITATION, "email": jonas.email}).status_code == 303


def test_removing_oneself_leads_out(mara: FlaskClient, owner: Person, session: Session) -> None:
    add_person(session, "owner")
    left = mara.post(f"/people/{owner.id}/remove")
    assert (left.status_code, left.location) == (303, "/sign-in")
    assert session_cookie(mara) is None


def test_a_reset_link_is_made_and_shown_once(
    app: APIFlask, mara: FlaskClient, jonas: Person, session: Session
) -> None:
    assert mara.post(f"/people/{jonas.id}/reset").status_code == 303
    words = page(mara)
    link = link_in(words)
    assert link
    assert "within 24 hours" in words
    assert link_in(page(mara)) is None
    assert app.test_client().post(link, data={"password": PASSWORD}).status_code == 303
    assert [one.way for one in session.query(PersonSession).filter_by(person_id=jonas.id)] == ["reset"]


def test_who_is_invited_again_ends_the_first_link_knowingly(
    app: APIFlask, mara: FlaskClient, session: Session
) -> None:
    mara.post("/people", data=INVITATION)
    first = link_in(page(mara))
    again = {**INVITATION, "email": EMAIL.upper(), "role": "viewer"}
    asked = mara.post("/people", data=again)
    words = unescape(asked.get_data(as_text=True))
    assert asked.status_code == 409
    assert f"{EMAIL} is invited as editor already by Mara, and that link still works." in words
    assert "If you invite again, the first link ends." in words
    assert "Invite again, and end the first link" in words
    told = mara.post("/people", data=again, headers={"Accept": "application/json"})
    assert (told.status_code, told.get_json()["error"]["field"]) == (409, "email")
    assert app.test_client().get(str(first)).status_code == 200
    named = re.search(r'name="replaces" value="(\d+)"', words)
    assert named
    # The link of somebody else, or one that was made since, is none that was named.
    assert mara.post("/people", data={**again, "replaces": "4711 x"}).status_code == 409
    assert mara.post("/people", data={**again, "replaces": named[1]}).status_code == 303
    words = page(mara)
    assert "The first link does not work any more." in words
    assert app.test_client().get(str(first)).status_code == 404
    assert mara.post("/people", data={**again, "replaces": named[1]}).status_code == 409
    assert session.query(OneTimeLink).one().role == "viewer"


def test_a_second_link_for_a_new_password_says_that_the_first_ends(mara: FlaskClient, jonas: Person) -> None:
    mara.post(f"/people/{jonas.id}/reset")
    assert "The first link" not in page(mara)
    mara.post(f"/people/{jonas.id}/reset")
    assert "The first link does not work any more." in page(mara)


def test_an_invitation_is_withdrawn(app: APIFlask, mara: FlaskClient, session: Session) -> None:
    mara.post("/people", data=INVITATION)
    link = link_in(page(mara))
    assert link
    number = session.query(OneTimeLink).one().id
    assert mara.post(f"/people/invitations/{number}/withdraw").status_code == 303
    assert f"The invitation for {EMAIL} is withdrawn." in page(mara)
    assert app.test_client().get(link).status_code == 404
    assert mara.post(f"/people/invitations/{number}/withdraw").status_code == 404


@pytest.mark.parametrize("path", ["", "/reset", "/remove"])
def test_somebody_who_is_not_there_is_not_found(mara: FlaskClient, path: str) -> None:
    for number in (4711, 10**30):
        form = {"name": "", "role": "viewer", "share": ""}
        assert mara.post(f"/people/{number}{path}", data=form).status_code == 404


def test_only_owners_get_in_by_hand_and_from_our_page(
    app: APIFlask, session: Session, owner: Person, jonas: Person
) -> None:
    calls = [
        ("GET", "/people"),
        ("POST", "/people"),
        ("POST", f"/people/{jonas.id}"),
        ("POST", f"/people/{jonas.id}/reset"),
        ("POST", f"/people/{jonas.id}/remove"),
        ("POST", "/people/invitations/1/withdraw"),
    ]
    editor, viewer = signed_in(app, jonas), as_role(app, session, "viewer")
    script, stranger = with_token(app, owner), app.test_client()
    by_cookie_alone = signed_in(app, owner)
    del by_cookie_alone.environ_base["HTTP_ORIGIN"]
    for method, path in calls:
        for client in (editor, viewer, script):
            assert client.open(path, method=method, data=INVITATION).status_code == 403, (method, path)
        assert stranger.open(path, method=method, data=INVITATION).status_code == (
            303 if method == "GET" else 401
        )
        if method == "POST":
            assert by_cookie_alone.open(path, method=method, data=INVITATION).status_code == 403, path
    assert session.query(OneTimeLink).count() == 0
    assert again(session, jonas).role == "editor"


def test_without_an_account_the_page_says_how_to_begin(client: FlaskClient, session: Session) -> None:
    words = page(client)
    assert 'href="/first-owner"' in words
    assert "from then on everybody signs in" in words
    assert 'name="email"' not in words
    # Else the one who is invited would be the only one who can sign in.
    assert client.post("/people", data={**INVITATION, "role": "owner"}).status_code == 409
    assert session.query(OneTimeLink).count() == 0
    assert 'href="/people"' in client.get("/settings").get_data(as_text=True)


def test_where_sign_in_is_switched_off_the_page_says_so(make_app: MakeApp, session: Session) -> None:
    client = make_app(SIGN_IN="off").test_client()
    words = page(client)
    assert "SIGN_IN=off" in words
    assert "/first-owner" not in words
    add_person(session, "owner", name="Mara")
    words = page(client)
    assert "SIGN_IN=off" in words
    assert "Mara" in words


def test_markup_in_names_is_text(mara: FlaskClient, session: Session, owner: Person) -> None:
    # As one that was stored before addresses were checked by the book.
    add_person(
        session, "viewer", email="<i>x</i>@studio.example", invited=True, name="<script>alert(1)</script>"
    )
    mara.post("/people", data={**INVITATION, "email": "<b>@studio.example", "name": "<img src=x>"})
    raw = mara.get("/people").get_data(as_text=True)
    for markup in ("<script>alert", "<img src=x", "<i>x", "<b>@"):
        assert markup not in raw
    assert "&lt;script&gt;alert(1)" in raw


def test_the_page_asks_as_many_questions_for_many_people(
    app: APIFlask, mara: FlaskClient, session: Session, owner: Person
) -> None:
    asked: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        counts = []
        for number in range(2):
            for each in range(3 * number):
                add_person(session, "viewer")
                invitations.invite(session, f"n{each}@studio.example", role="viewer")
            session.commit()
            asked.clear()
            page(mara)
            counts.append(len(asked))
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert counts[0] == counts[1] <= 6
