"""Links to people by mail."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy.orm import Session

from artworks.web.accounts import invitation_mail
from models import Person
from tests.fakes.smtp_server import FakeSmtp, smtp_server
from tests.support.people import (
    add_person,
    session_cookie,
    signed_in,
)
from tests.support.program import wait_until
from tests.web.accounts.test_users import EMAIL, INVITATION, link_in, page
from tests.web.conftest import MakeApp


@pytest.fixture
def owner(session: Session) -> Person:
    return add_person(session, "owner", email="mara@studio.example", name="Mara")


@pytest.fixture(scope="module")
def post_office() -> Iterator[FakeSmtp]:
    with smtp_server() as server:
        yield server


def test_with_a_mail_server_links_are_mailed_and_shown_all_the_same(
    make_app: MakeApp, post_office: FakeSmtp, owner: Person
) -> None:
    app = make_app(SMTP_URL=post_office.url, MAIL_FROM="Art <art@studio.example>")
    client = signed_in(app, owner)
    client.post("/people", data={**INVITATION, "name": "Nina, eve@evil.example"})
    words = page(client)
    link = link_in(words)
    assert link
    assert f"on its way to {EMAIL} by mail" in words
    client.post(f"/people/{owner.id}/reset")
    invitation, reset = post_office.letters
    assert (invitation["To"], reset["To"]) == (EMAIL, owner.email)
    assert link in invitation.get_content()
    assert "Mara invites you" in invitation.get_content()
    assert "/reset/" in reset.get_content()
    post_office.refuses = "RCPT"
    client.post("/people", data={**INVITATION, "email": "other@studio.example"})
    words = page(client)
    assert link_in(words)
    assert "It could not be mailed: The mail server did not take the address" in words


def test_a_silent_mail_server_holds_nobody_up_for_long(
    make_app: MakeApp, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the connection, and says nothing for as long as the test lasts."""
    assert invitation_mail.WAIT_SECONDS <= 3
    monkeypatch.setattr(invitation_mail, "WAIT_SECONDS", 0.1)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}?starttls=off"
        app = make_app(SMTP_URL=url, MAIL_FROM="Art <art@studio.example>")
        client = signed_in(app, owner)
        client.post("/people", data=INVITATION)
        words = page(client)
        assert link_in(words)
        assert f"The mail server is slow. If nothing comes to {EMAIL}, pass the link on yourself." in words
    # The end of the connection ends the conversation.
    wait_until("the end of the letter", lambda: "mail" not in [one.name for one in threading.enumerate()])


def test_a_link_leads_to_a_name_that_others_know(make_app: MakeApp, owner: Person) -> None:
    app = make_app(ALLOWED_HOSTS="localhost,art.example,atelier.example", TRUSTED_PROXIES="1")
    client = signed_in(app, owner)
    client.post("/people", data=INVITATION)
    assert str(link_in(page(client))).startswith("https://art.example/invitation/")
    other = signed_in(app, owner)
    cookie = session_cookie(other)
    assert cookie
    other.set_cookie(cookie.key, cookie.value, domain="atelier.example")
    other.environ_base["HTTP_ORIGIN"] = "http://atelier.example"
    other.post(
        "/people", data={**INVITATION, "email": "other@studio.example"}, base_url="http://atelier.example"
    )
    words = other.get("/people", base_url="http://atelier.example").get_data(as_text=True)
    assert str(link_in(words)).startswith("http://atelier.example/invitation/")
