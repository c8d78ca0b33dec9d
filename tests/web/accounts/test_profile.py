"""My account: the name, the password, and where one is signed in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.accounts import passwords, throttle, tokens
from models import ApiToken, Audit, Person, PersonSession
from tests.support.people import PASSWORD, add_person, as_role, session_cookie, session_cookie_name, signed_in
from tests.web.conftest import MakeApp

NEW = "rather another one"


@pytest.fixture
def mara(session: Session) -> Person:
    return add_person(session, "owner", PASSWORD, email="mara@studio.example", name="Mara")


@pytest.fixture
def here(app: APIFlask, mara: Person) -> FlaskClient:
    """Return Mara's browser."""
    return signed_in(app, mara)


def facts(session: Session, person: Person) -> dict[str, Any]:
    """Read an account as it is kept."""
    row = session.execute(text("SELECT * FROM person WHERE id = :id"), {"id": person.id}).one()
    session.rollback()
    return dict(row._mapping)


def sessions_of(session: Session, person: Person) -> list[int]:
    session.rollback()
    found = session.query(PersonSession.id).filter_by(person_id=person.id).order_by(PersonSession.id)
    return [row.id for row in found]


def actions(session: Session) -> list[str]:
    session.rollback()
    return [row.action for row in session.query(Audit.action).order_by(Audit.id)]


def page(client: FlaskClient, address: str = "/account") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


# ---- who gets here


def test_everybody_has_an_account_page(app: APIFlask, session: Session) -> None:
    for role in ("viewer", "editor", "owner"):
        client = as_role(app, session, role)
        assert role.capitalize() in page(client)
        assert client.post("/account/name", data={"name": f"New {role}"}).status_code == 303


def test_nobody_gets_there_without_signing_in(client: FlaskClient, mara: Person) -> None:
    assert client.get("/account").location == "/sign-in?next=/account".replace("/account", "%2Faccount")
    for address in ("name", "password", "sessions/1/end", "sessions/end-others", "tokens", "tokens/1/remove"):
        assert client.post(f"/account/{address}").status_code == 401


def test_without_accounts_the_page_tells_how_to_make_one(client: FlaskClient, make_app: MakeApp) -> None:
    shown = page(client)
    assert 'href="/first-owner"' in shown
    assert "Nobody has an account here" in shown
    for address in ("name", "password", "sessions/1/end", "sessions/end-others", "tokens", "tokens/1/remove"):
        assert client.post(f"/account/{address}").status_code == 404
    switched_off = page(make_app(SIGN_IN="off").test_client())
    assert "SIGN_IN=off" in switched_off
    assert "/first-owner" not in switched_off


# ---- the name


def test_the_name_is_changed_and_shown_everywhere(here: FlaskClient, session: Session, mara: Person) -> None:
    answer = here.post("/account/name", data={"name": "  Mara   <i>Lind</i> "})
    assert (answer.status_code, answer.location) == (303, "/account")
    assert facts(session, mara)["name"] == "Mara <i>Lind</i>"
    shown = page(here, "/")
    assert "Mara &lt;i&gt;Lind&lt;/i&gt;" in shown
    assert "<i>Lind" not in shown
    assert "name changed" in actions(session)


@pytest.mark.parametrize("name", ["x" * 81, "two\x00names", "line\x07break"])
def test_a_name_that_does_not_fit_comes_back(here: FlaskClient, session: Session, name: str) -> None:
    answer = here.post("/account/name", data={"name": name})
    assert answer.status_code == 422
    assert 'id="name-name-error"' in answer.get_data(as_text=True)
    assert actions(session) == ["person added"]


def test_a_form_changes_nothing_but_what_it_is_for(
    app: APIFlask, here: FlaskClient, session: Session, mara: Person
) -> None:
    other = add_person(session, "viewer", PASSWORD, name="Other")
    viewer = signed_in(app, other)
    before = {person.id: facts(session, person) for person in (mara, other)}
    extra = {
        "role": "owner", "person_id": mara.id, "id": mara.id, "budget_usd": "1000000", "email": "new@studio.example",
        "password_hash": "x", "ended_at": "2020-01-01", "oidc_subject": "x", "session_id": 1, "way": "local",
    }  # fmt: skip
    token = {"token_name": "Script", "days": "7", "token_hash": "x", "hint": "x", "expires_at": "2099-01-01"}
    assert viewer.post("/account/name", data={**extra, "name": "Renamed"}).status_code == 303
    assert viewer.post("/account/tokens", data={**extra, **token, "role": "viewer"}).status_code == 201
    assert viewer.post("/account/sessions/end-others", data=extra).status_code == 303
    changed = viewer.post("/account/password", data={**extra, "current": PASSWORD, "password": NEW})
    assert changed.status_code == 303
    hashed = facts(session, other)["password_hash"]
    assert hashed != before[other.id]["password_hash"]
    assert facts(session, mara) == before[mara.id]
    renamed = {"name": "Renamed", "password_hash": hashed, "version": 2}
    assert facts(session, other) == {**before[other.id], **renamed}
    (made,) = session.query(ApiToken)
    assert (made.person_id, made.role) == (other.id, "viewer")
    assert made.hint.startswith("aim_")
    assert (made.expires_at - made.created_at).days == 7
    assert here.get("/account").status_code == 200


# ---- the password


def test_a_new_password_takes_the_old_one_and_ends_the_other_sessions(
    app: APIFlask, here: FlaskClient, session: Session, mara: Person
) -> None:
    elsewhere = signed_in(app, mara)
    old_key = session_cookie(here)
    answer = here.post("/account/password", data={"current": PASSWORD, "password": NEW})
    assert (answer.status_code, answer.location) == (303, "/account")
    new_key = session_cookie(here)
    assert old_key
    assert new_key
    assert new_key.value != old_key.value
    assert "1 other device" in page(here)
    assert elsewhere.get("/").status_code == 303
    elsewhere.set_cookie(session_cookie_name(elsewhere.application), old_key.value)
    assert elsewhere.get("/").status_code == 303
    assert len(sessions_of(session, mara)) == 1
    session.refresh(mara)
    assert passwords.is_right(session, mara, NEW)
    assert not passwords.is_right(session, mara, PASSWORD)
    assert actions(session)[-1] == "password changed"


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("not mine at all", NEW, "current"),
        ("", NEW, "current"),
        (PASSWORD, "short", "password"),
        (PASSWORD, "1234567890", "password"),
        (PASSWORD, "x" * 501, "password"),
    ],
)
def test_a_password_that_does_not_fit_changes_nothing(
    app: APIFlask, here: FlaskClient, session: Session, mara: Person, current: str, new: str, field: str
) -> None:
    elsewhere = signed_in(app, mara)
    answer = here.post("/account/password", data={"current": current, "password": new})
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="password-{field}-error"' in shown
    for typed in (current, new):
        assert not typed or f'value="{typed}"' not in shown
    session.refresh(mara)
    assert passwords.is_right(session, mara, PASSWORD)
    assert elsewhere.get("/").status_code == 200


def test_guesses_at_the_password_of_an_open_browser_are_limited(
    here: FlaskClient, session: Session, mara: Person
) -> None:
    wrong, right = ({"current": current, "password": NEW} for current in ("wrong wrong", PASSWORD))
    codes = [here.post("/account/password", data=wrong).status_code for _ in range(throttle.ACCOUNT.most)]
    assert set(codes) == {422}
    refused = here.post("/account/password", data=right)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert "Wait 15 minutes" in refused.get_data(as_text=True)
    assert actions(session).count("password change failed") == throttle.ACCOUNT.most
    # It is a count of its own: signing in is not shut by somebody at an open browser.
    entered = here.post("/sign-in", data={"email": mara.email, "password": PASSWORD})
    assert entered.status_code == 303


def test_whoever_has_no_password_is_told_so(app: APIFlask, session: Session) -> None:
    person = add_person(session, "owner")
    client = signed_in(app, person)
    assert "Ask an owner for a link" in page(client)
    person.oidc_issuer, person.oidc_subject = "https://id.example", "4711"
    session.commit()
    shown = page(client)
    assert "with your organisation" in shown
    assert 'name="current"' not in shown
    refused = client.post("/account/password", data={"current": "", "password": NEW})
    assert refused.status_code == 409
    assert facts(session, person)["password_hash"] is None


def test_no_password_reaches_log_or_audit(
    here: FlaskClient, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    here.post("/account/password", data={"current": "my dear password", "password": NEW})
    here.post("/account/password", data={"current": PASSWORD, "password": NEW})
    kept = str(session.execute(text("SELECT a.*::text FROM audit a")).all())
    assert "password changed" in kept
    for secret in ("my dear password", PASSWORD, NEW):
        assert secret not in kept
        assert secret not in caplog.text


# ---- where one is signed in


def test_the_list_shows_ones_own_devices_and_no_others(
    app: APIFlask, here: FlaskClient, session: Session, mara: Person
) -> None:
    add_person(session, "editor", email="ben@studio.example")
    signed_in(app, mara)
    signed_in(app, add_person(session, "viewer"))
    ids = sessions_of(session, mara)
    for number, address in zip(ids, ("10.0.0.1", "10.0.0.2"), strict=True):
        change = "UPDATE person_session SET device = :device, address = :address WHERE id = :id"
        session.execute(text(change), {"device": f"<b>Fox {number}", "address": address, "id": number})
    session.execute(text("UPDATE person_session SET device = 'Strange' WHERE device = 'Test'"))
    session.commit()
    shown = page(here)
    assert re.findall(r"/account/sessions/(\d+)/end", shown) == [str(ids[1])]
    assert shown.count("This device") == 1
    assert shown.index(f"&lt;b&gt;Fox {ids[0]}") < shown.index("This device")
    assert "10.0.0.1" in shown
    assert "10.0.0.2" in shown
    assert "Strange" not in shown


def test_a_session_ended_from_elsewhere_locks_that_browser_out(
    app: APIFlask, here: FlaskClient, session: Session, mara: Person
) -> None:
    lost, kept = signed_in(app, mara), signed_in(app, mara)
    _, second, _ = sessions_of(session, mara)
    assert lost.get("/").status_code == 200
    answer = here.post(f"/account/sessions/{second}/end")
    assert (answer.status_code, answer.location) == (303, "/account#devices")
    assert lost.get("/").location == "/sign-in"
    assert lost.get("/api/images").status_code == 401
    assert lost.post("/account/name", data={"name": "x"}).status_code == 401
    assert kept.get("/").status_code == here.get("/").status_code == 200
    assert here.post(f"/account/sessions/{second}/end").status_code == 404
    assert actions(session).count("signed out elsewhere") == 1


def test_all_others_end_at_once_and_only_ones_own(
    app: APIFlask, here: FlaskClient, session: Session, mara: Person
) -> None:
    lost = [signed_in(app, mara) for _ in range(2)]
    other = signed_in(app, add_person(session, "editor"))
    assert here.post("/account/sessions/end-others").status_code == 303
    assert "2 other devices" in page(here)
    assert [client.get("/").status_code for client in lost] == [303, 303]
    assert other.get("/").status_code == 200
    here.post("/account/sessions/end-others")
    assert "No other device is signed in." in page(here)


def test_sessions_of_others_are_not_there(app: APIFlask, here: FlaskClient, session: Session) -> None:
    """Not even for an owner: people are locked out by ending their account, not here."""
    other = add_person(session, "editor")
    client = signed_in(app, other)
    (number,) = sessions_of(session, other)
    for address in (number, 0, 4711, 2**63, 10**30):
        assert here.post(f"/account/sessions/{address}/end").status_code == 404
    assert client.get("/").status_code == 200


# ---- the menu at the end of the top bar


@pytest.mark.parametrize(
    ("role", "offered", "not_offered"),
    [
        ("viewer", ["/account"], ["/people", "/audit"]),
        ("editor", ["/account"], ["/people", "/audit"]),
        ("owner", ["/account", "/people", "/audit"], []),
    ],
)
def test_the_menu_says_who_one_is_and_offers_what_one_may(
    app: APIFlask, session: Session, role: str, offered: list[str], not_offered: list[str]
) -> None:
    menu = menu_of(as_role(app, session, role))
    assert role.capitalize() in menu
    assert re.search(r'<form[^>]* action="/sign-out" method="post">\s*<button[^>]*>.*Sign out</button>', menu)
    assert [address for address in offered if f'href="{address}"' not in menu] == []
    assert [address for address in not_offered if f'href="{address}"' in menu] == []


def test_without_accounts_the_menu_leads_to_them(client: FlaskClient, make_app: MakeApp) -> None:
    menu = menu_of(client)
    assert "Make accounts" in menu
    assert "/sign-out" not in menu
    assert "My account" not in menu
    assert "Make accounts" not in menu_of(make_app(SIGN_IN="off").test_client())


def menu_of(client: FlaskClient) -> str:
    """Return the menu as it stands on the library."""
    found = re.search(r'<details class="menu account-menu".*?</details>', page(client, "/"), re.DOTALL)
    assert found
    return found.group()


# ---- tokens, when the password changes


def tokens_of(session: Session, person: Person, *names: str, days: int = 7) -> None:
    for name in names:
        tokens.create(session, person, name=name, role="viewer", days=days)
    session.commit()


def test_a_new_password_asks_whether_tokens_end(here: FlaskClient, mara: Person, session: Session) -> None:
    assert "end_tokens" not in page(here)
    tokens_of(session, mara, "Over")
    session.execute(text("UPDATE api_token SET expires_at = now()"))
    session.commit()
    # One that is over lets nobody in as it is.
    assert "end_tokens" not in page(here)
    tokens_of(session, mara, "Scanner")
    assert re.search(
        r'name="end_tokens"[^>]* checked>.*?End the token for scripts, too:', page(here), re.DOTALL
    )
    tokens_of(session, mara, *"ABCDE")
    words = re.sub(r"</?bdi[^>]*>", "", page(here))
    assert "End the 6 tokens for scripts, too:" in words
    assert "E, D, C, B, A and 1 more" in " ".join(words.split())


@pytest.mark.parametrize("tick", [True, False])
def test_the_tick_decides_about_the_tokens(
    here: FlaskClient, mara: Person, session: Session, tick: bool
) -> None:
    tokens_of(session, mara, "Scanner", "Reader")
    form = {"current": PASSWORD, "password": NEW, **({"end_tokens": "1"} if tick else {})}
    # A mistake forgets no tick that was taken away.
    wrong = here.post("/account/password", data={**form, "current": "not this one"})
    assert bool(re.search(r'name="end_tokens"[^>]* checked>', wrong.get_data(as_text=True))) == tick
    assert session.query(ApiToken).count() == 2
    session.rollback()
    assert here.post("/account/password", data=form).status_code == 303
    assert session.query(ApiToken).count() == (0 if tick else 2)
    said = "Your 2 tokens for scripts ended." if tick else "Tokens for scripts go on working."
    assert said in page(here)
    detail = session.scalar(text("SELECT detail FROM audit WHERE action = 'password changed'"))
    assert detail == {"sessions_ended": 0, "tokens_ended": 2 if tick else 0}


def test_without_tokens_a_new_password_says_nothing_of_them(here: FlaskClient) -> None:
    assert here.post("/account/password", data={"current": PASSWORD, "password": NEW}).status_code == 303
    assert "Your password is changed.<" in page(here).replace(" <", "<")
