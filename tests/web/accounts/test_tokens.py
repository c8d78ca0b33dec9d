"""Tokens for scripts: made and removed by people in person, and never good for more than they say."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.accounts import throttle
from artworks.core import security
from artworks.dependents.belongings import Decision
from artworks.membership import membership
from models import ApiToken, Audit, Person
from tests.support.factories import added
from tests.support.people import add_person, as_role, signed_in, with_token


@pytest.fixture
def owner(session: Session) -> Person:
    return add_person(session, "owner", name="Mara")


@pytest.fixture
def here(app: APIFlask, owner: Person) -> FlaskClient:
    """Return the owner's browser."""
    return signed_in(app, owner)


def make(client: FlaskClient, name: str = "Scanner", role: str = "editor", days: str = "30") -> TestResponse:
    return client.post("/account/tokens", data={"token_name": name, "role": role, "days": days})


def key_in(answer: TestResponse) -> str:
    """Find the key that a page shows."""
    found = re.search(r'id="token-key" value="([^"]+)"', answer.get_data(as_text=True))
    assert found
    return found[1]


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def change(session: Session, what: str) -> None:
    session.execute(text(f"UPDATE api_token SET {what}"))
    session.commit()


# ---- making and removing


def test_a_token_is_shown_once_and_kept_hashed(
    app: APIFlask, here: FlaskClient, session: Session, owner: Person
) -> None:
    answer = make(here, "  The <b>scanner</b> ")
    assert answer.status_code == 201
    key = key_in(answer)
    assert re.fullmatch(r"aim_[\w-]{43}", key)
    assert answer.headers["Cache-Control"] == "no-store"
    # No cookie takes it along to the next page either.
    assert not answer.headers.getlist("Set-Cookie")
    (token,) = session.query(ApiToken)
    assert (token.token_hash, token.name, token.person_id) == (
        security.hash_key(key),
        "The <b>scanner</b>",
        owner.id,
    )
    assert (token.expires_at - token.created_at).days == 30
    again = here.get("/account").get_data(as_text=True)
    assert key not in again
    assert f"{key[:8]}…" in again
    assert "The &lt;b&gt;scanner&lt;/b&gt;" in again
    assert "Not used yet" in again
    (entry,) = session.query(Audit).filter_by(action="token made")
    assert key not in f"{entry.target} {entry.detail}"
    assert app.test_client().get("/api/images", headers=bearer(key)).status_code == 200


@pytest.mark.parametrize(
    ("name", "role", "days", "field"),
    [
        ("", "viewer", "30", "name"),
        ("   ", "viewer", "30", "name"),
        ("x" * 81, "viewer", "30", "name"),
        ("nul\x00", "viewer", "30", "name"),
        ("Fine", "owner", "30", "role"),
        ("Fine", "", "30", "role"),
        ("Fine", "root", "30", "role"),
        ("Fine", "viewer", "31", "days"),
        ("Fine", "viewer", "-7", "days"),
        ("Fine", "viewer", "", "days"),
        ("Fine", "viewer", "forever", "days"),
    ],
)
def test_a_token_that_does_not_fit_is_not_made(
    app: APIFlask, session: Session, name: str, role: str, days: str, field: str
) -> None:
    answer = make(as_role(app, session, "editor"), name, role, days)
    assert answer.status_code == 422
    assert f'id="token-{field}-error"' in answer.get_data(as_text=True)
    assert session.query(ApiToken).count() == 0


def test_only_roles_that_one_has_are_offered(app: APIFlask, session: Session) -> None:
    for role, count in (("viewer", 1), ("editor", 2), ("owner", 3)):
        shown = as_role(app, session, role).get("/account").get_data(as_text=True)
        assert len(re.findall('<option value="(?:viewer|editor|owner)"', shown)) == count


def test_there_is_an_end_to_the_number_of_tokens(here: FlaskClient, session: Session, owner: Person) -> None:
    rows = [
        ApiToken(
            person_id=owner.id, name="x", role="viewer", token_hash=str(number), expires_at=owner.created_at
        )
        for number in range(50)
    ]
    session.add_all(rows)
    session.commit()
    answer = make(here)
    assert answer.status_code == 422
    assert "You have 50 tokens." in answer.get_data(as_text=True)


def test_a_removed_token_lets_nobody_in(app: APIFlask, here: FlaskClient, session: Session) -> None:
    key = key_in(make(here))
    (number,) = [row.id for row in session.query(ApiToken.id)]
    answer = here.post(f"/account/tokens/{number}/remove")
    assert (answer.status_code, answer.location) == (303, "/account#tokens")
    assert app.test_client().get("/api/images", headers=bearer(key)).status_code == 401
    assert here.post(f"/account/tokens/{number}/remove").status_code == 404


def test_tokens_of_others_are_not_there(app: APIFlask, here: FlaskClient, session: Session) -> None:
    """Neither in the list nor to be removed, also for an owner."""
    other = add_person(session, "editor")
    script = with_token(app, other, "editor")
    (number,) = [row.id for row in session.query(ApiToken.id)]
    assert "Script" not in here.get("/account").get_data(as_text=True)
    for address in (number, 0, 4711, 2**63, 10**30):
        assert here.post(f"/account/tokens/{address}/remove").status_code == 404
    assert script.get("/api/images").status_code == 200


def test_there_is_no_way_to_tokens_but_the_page(here: FlaskClient) -> None:
    for address in ("/api/tokens", "/api/account", "/api/account/tokens", "/api/people"):
        assert here.get(address).status_code == 404
        assert here.post(address, json={"name": "x", "role": "owner"}).status_code in (404, 405)


# ---- what a token may do


def test_a_token_cannot_get_at_accounts(app: APIFlask, owner: Person, session: Session) -> None:
    script = with_token(app, owner, "owner")
    (number,) = [row.id for row in session.query(ApiToken.id)]
    assert script.get("/account").status_code == 403
    for address in (
        "name", "password", "sessions/1/end", "sessions/end-others", "tokens", f"tokens/{number}/remove",
    ):  # fmt: skip
        answer = script.post(f"/account/{address}", data={"token_name": "x", "role": "viewer", "days": "7"})
        assert answer.status_code == 403, address
        assert "A token cannot do this" in answer.get_data(as_text=True)
    assert session.query(ApiToken).count() == 1


def test_a_token_may_no_more_than_its_role(app: APIFlask, owner: Person) -> None:
    image = added(with_token(app, owner, "editor"))
    address = f"/api/images/{image['id']}"
    asked: dict[str, Callable[[FlaskClient], TestResponse]] = {
        "read": lambda script: script.get(address),
        "edit": lambda script: script.patch(address, json={"version": 99, "post_title": "x"}),
        "voice": lambda script: script.get("/api/voice"),
    }
    may = {
        role: [name for name, ask in asked.items() if ask(with_token(app, owner, role)).status_code != 403]
        for role in ("viewer", "editor", "owner")
    }
    assert may == {"viewer": ["read"], "editor": ["read", "edit"], "owner": ["read", "edit", "voice"]}


def test_a_token_may_no_more_than_its_person_may_today(
    app: APIFlask, owner: Person, session: Session
) -> None:
    person = add_person(session, "editor")
    script, here = with_token(app, person, "editor"), signed_in(app, person)
    assert script.post("/api/collections", json={"name": "Coast"}).status_code == 201
    membership.change(session, person, role="viewer", decision=Decision({"tokens": "keep"}))
    session.commit()
    assert script.post("/api/collections", json={"name": "Sea"}).status_code == 403
    assert script.get("/api/collections").status_code == 200
    shown = here.get("/account").get_data(as_text=True)
    assert re.search(r'Script</bdi> <span class="pill">Viewer<', shown)
    membership.change(session, person, role="owner")
    session.commit()
    # Nor does it grow with its person.
    assert script.get("/api/voice").status_code == 403


def test_a_token_that_is_over_or_whose_person_left_lets_nobody_in(
    app: APIFlask, owner: Person, session: Session
) -> None:
    person = add_person(session, "viewer")
    script = with_token(app, person, "viewer", days=7)
    assert script.get("/api/images").status_code == 200
    change(session, "expires_at = now() - interval '1 second'")
    refused = script.get("/api/images")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (401, "unauthorized")
    assert "Ended" in signed_in(app, person).get("/account").get_data(as_text=True)
    change(session, "expires_at = now() + interval '1 day'")
    assert script.get("/api/images").status_code == 200
    membership.end(session, person)
    session.commit()
    assert script.get("/api/images").status_code == 401


def test_a_wrong_token_is_not_saved_by_a_cookie(here: FlaskClient) -> None:
    assert here.get("/api/images").status_code == 200
    assert here.get("/api/images", headers=bearer("aim_wrong")).status_code == 401
    assert here.get("/account", headers=bearer("")).status_code == 401


def test_the_last_use_is_noted_at_most_once_a_minute(
    app: APIFlask, here: FlaskClient, owner: Person, session: Session
) -> None:
    script = with_token(app, owner)
    used = text("SELECT used_at, used_from FROM api_token")
    script.get("/api/images", environ_base={"REMOTE_ADDR": "10.0.0.8"})
    first = session.execute(used).one()
    session.rollback()
    assert (first.used_at is not None, first.used_from) == (True, "10.0.0.8")
    assert 'from <bdi translate="no">10.0.0.8</bdi>' in here.get("/account").get_data(as_text=True)
    script.get("/api/images", environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert session.execute(used).one() == first
    change(session, "used_at = now() - interval '61 seconds'")
    script.get("/api/images", environ_base={"REMOTE_ADDR": "10.0.0.9"})
    again = session.execute(used).one()
    assert again.used_from == "10.0.0.9"
    assert again.used_at > first.used_at


def test_wrong_tokens_are_counted_for_an_address_and_a_right_one_still_passes(
    app: APIFlask, owner: Person
) -> None:
    script, stranger = with_token(app, owner), app.test_client()
    codes = [
        stranger.get("/api/images", headers=bearer(f"aim_{number}")).status_code
        for number in range(throttle.ADDRESS.most + 1)
    ]
    assert codes == [401] * throttle.ADDRESS.most + [429]
    limited = stranger.get("/api/images", headers=bearer("aim_again"))
    assert 0 < int(limited.headers["Retry-After"]) <= 900
    assert script.get("/api/images").status_code == 200
    elsewhere = stranger.get("/api/images", headers=bearer("aim_x"), environ_base={"REMOTE_ADDR": "10.9.9.9"})
    assert elsewhere.status_code == 401


def test_a_script_needs_no_headers_of_a_browser(app: APIFlask, owner: Person) -> None:
    script = with_token(app, owner, "editor")
    assert script.post("/api/collections", json={"name": "Coast"}).status_code == 201
    image = added(script)
    assert script.delete(f"/api/images/{image['id']}").status_code == 204
    # A browser on another site cannot use one all the same.
    foreign = {"Origin": "https://evil.example"}
    assert script.post("/api/collections", json={"name": "Sea"}, headers=foreign).status_code == 403


def test_a_call_with_a_token_opens_no_session(app: APIFlask, owner: Person, session: Session) -> None:
    script = with_token(app, owner, "owner")
    answers = [
        script.get("/"),
        script.get("/api/images"),
        # A form of a page answers with a message for the next page, which is kept in a cookie.
        script.post("/categories", data={"name": "Coast"}),
        script.post("/sign-out"),
        script.get("/account"),
        script.get("/nowhere"),
    ]
    assert [answer.status_code for answer in answers[:4]] == [200, 200, 303, 303]
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    assert [cookie for cookie in cookies if "Max-Age=0" not in cookie] == []
    assert session.scalar(text("SELECT count(*) FROM person_session")) == 0
    assert script.get("/api/images").status_code == 200
