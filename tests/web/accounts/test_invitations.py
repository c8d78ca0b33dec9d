"""Coming in by a link: the invitation, a new password, and asking for a link by mail."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.accounts import invitations, throttle
from artworks.accounts.invitations import IssuedLink
from models import Person, db
from tests.fakes.smtp_server import FakeSmtp, smtp_server
from tests.support.people import OWN, PASSWORD, add_person, session_cookie, session_cookie_name, signed_in
from tests.support.program import PATIENCE
from tests.web.conftest import MakeApp

NEW = "another fine password"
EMAIL = "nina@studio.example"


@pytest.fixture
def owner(session: Session) -> Person:
    return add_person(session, "owner", PASSWORD, email="mara@studio.example", name="Mara")


@pytest.fixture
def made(session: Session, owner: Person) -> IssuedLink:
    given = invitations.invite(session, EMAIL, name="<b>Nina</b>", role="editor")
    session.commit()
    return given


@pytest.fixture
def link(session: Session, owner: Person) -> IssuedLink:
    """Return a reset link of the owner's."""
    given = invitations.reset(session, owner)
    session.commit()
    return given


@pytest.fixture(scope="module")
def post_office() -> Iterator[FakeSmtp]:
    with smtp_server() as server:
        yield server


@pytest.fixture
def mail(post_office: FakeSmtp) -> FakeSmtp:
    post_office.reset()
    return post_office


@pytest.fixture
def mailing(make_app: MakeApp, mail: FakeSmtp) -> APIFlask:
    """Return the application with a mail server."""
    return make_app(
        SMTP_URL=mail.url, MAIL_FROM="Art <art@studio.example>", ALLOWED_HOSTS="localhost,art.example"
    )


def settled() -> None:
    """Wait until nobody is busy in the background."""
    for thread in threading.enumerate():
        if thread.name == "forgotten":
            thread.join(PATIENCE)


def test_an_invitation_shows_what_it_is_for_and_is_not_used_up_by_that(
    client: FlaskClient, made: IssuedLink
) -> None:
    for _ in range(2):
        answer = client.get(made.path)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert EMAIL in page
        assert "as an editor" in page
        assert "&lt;b&gt;Nina&lt;/b&gt;" in page
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


def test_taking_it_makes_the_account_and_signs_in(
    client: FlaskClient, made: IssuedLink, session: Session
) -> None:
    form = {
        "name": "Nina",
        "password": PASSWORD,
        "role": "owner",
        "email": "eve@evil.example",
        "budget_usd": "9",
    }
    entered = client.post(made.path, data=form, headers={"Origin": OWN})
    assert (entered.status_code, entered.location) == (303, "/")
    assert "Welcome, Nina." in client.get("/").get_data(as_text=True)
    person = session.query(Person).filter(Person.name == "Nina").one()
    # Whatever else the form brings, the invitation decides.
    assert (person.email, person.role, person.budget_usd) == (EMAIL, "editor", None)
    assert session.scalars(text("SELECT way FROM person_session")).all() == ["invitation"]
    again = client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
    assert again.status_code == 303


def test_an_earlier_session_of_the_browser_ends(app: APIFlask, owner: Person, made: IssuedLink) -> None:
    """Session fixation: the key is a new one, and the old one opens nothing."""
    client = signed_in(app, owner)
    assert "Mara" in client.get(made.path).get_data(as_text=True)
    before = session_cookie(client)
    client.post(made.path, data={"name": "Nina", "password": PASSWORD})
    after = session_cookie(client)
    assert before
    assert after
    assert before.value != after.value
    client.set_cookie(session_cookie_name(client.application), before.value)
    assert client.get("/").status_code == 303


def test_a_mistake_is_told_and_the_link_stays(client: FlaskClient, made: IssuedLink) -> None:
    for form, sentence in (
        ({"name": "Nina", "password": "short"}, "at least 10 characters"),
        ({"name": "Nina", "password": "password12"}, "everybody tries first"),
        ({"name": "x" * 81, "password": PASSWORD}, "at most 80 characters"),
        ({}, "at least 10 characters"),
    ):
        refused = client.post(made.path, data=form)
        assert refused.status_code == 422
        assert sentence in refused.get_data(as_text=True)
        assert form.get("password", "no such words") not in refused.get_data(as_text=True)
    assert client.post(made.path, data={"name": "Nina", "password": PASSWORD}).status_code == 303


def test_somebody_who_got_an_account_in_the_meantime_is_told(
    client: FlaskClient, made: IssuedLink, session: Session
) -> None:
    add_person(session, "viewer", email=EMAIL)
    refused = client.post(made.path, data={"password": PASSWORD})
    assert refused.status_code == 409
    assert "has an account already" in refused.get_data(as_text=True)


@pytest.mark.parametrize("kind", ["invitation", "reset"])
def test_every_link_that_does_not_work_answers_the_same(
    app: APIFlask, made: IssuedLink, owner: Person, session: Session, kind: str
) -> None:
    def new() -> IssuedLink:
        return (
            invitations.invite(session, EMAIL, role="viewer")
            if kind == "invitation"
            else invitations.reset(session, owner)
        )

    paths = [f"/{kind}/made-up", f"/{kind}/{'x' * 3000}", f"/{kind}/%00"]
    replaced = new()
    used = new()
    session.commit()
    assert app.test_client().post(used.path, data={"password": NEW}).status_code == 303
    session.execute(text("DELETE FROM person WHERE email = :email"), {"email": EMAIL})
    old = new()
    session.execute(text("UPDATE ticket SET expires_at = now() WHERE id = :id"), {"id": old.link.id})
    session.commit()
    paths += [replaced.path, used.path, old.path]
    answers = [app.test_client().get(path) for path in paths]
    answers += [app.test_client().post(path, data={"password": NEW}) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.get_data() for answer in answers}) == 1
    assert invitations.NO_SUCH_LINK in answers[0].get_data(as_text=True)
    assert "Set-Cookie" not in answers[0].headers


def test_guessing_at_links_is_limited_by_address(app: APIFlask, made: IssuedLink) -> None:
    client = app.test_client()
    ways = (client.get, client.post)
    codes = [ways[number % 2](f"/invitation/{number}").status_code for number in range(throttle.ADDRESS.most)]
    assert set(codes) == {404}
    limited = client.get(made.path)
    assert limited.status_code == 429
    assert int(limited.headers["Retry-After"]) > 0
    assert app.test_client().get(made.path, environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 200


def test_another_site_cannot_take_a_link(client: FlaskClient, made: IssuedLink, link: IssuedLink) -> None:
    for path in (made.path, link.path):
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert client.post(path, data={"password": NEW}, headers=headers).status_code == 403
        assert client.get(path).status_code == 200


def test_a_reset_changes_the_password_and_signs_out_everywhere_else(
    app: APIFlask, client: FlaskClient, owner: Person, link: IssuedLink
) -> None:
    elsewhere = signed_in(app, owner)
    assert owner.email in client.get(link.path).get_data(as_text=True)
    short = client.post(link.path, data={"password": "short"})
    assert (short.status_code, elsewhere.get("/").status_code) == (422, 200)
    entered = client.post(link.path, data={"password": NEW})
    assert (entered.status_code, entered.location) == (303, "/")
    assert client.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 303
    other = app.test_client()
    assert other.post("/sign-in", data={"email": owner.email, "password": PASSWORD}).status_code == 401
    assert other.post("/sign-in", data={"email": owner.email, "password": NEW}).status_code == 303
    replayed = client.post(link.path, data={"password": PASSWORD})
    assert replayed.status_code == 404


def test_without_mail_one_asks_the_owner(client: FlaskClient, owner: Person, session: Session) -> None:
    assert 'href="/forgot"' in client.get("/sign-in").get_data(as_text=True)
    for answer in (client.get("/forgot"), client.post("/forgot", data={"email": owner.email})):
        assert "Ask the owner for a link." in answer.get_data(as_text=True)
    assert session.scalar(text("SELECT count(*) FROM ticket")) == 0


def test_asking_for_a_link_answers_the_same_for_everybody(
    mailing: APIFlask, mail: FakeSmtp, owner: Person, session: Session
) -> None:
    client = mailing.test_client()
    assert 'name="email"' in client.get("/forgot").get_data(as_text=True)
    emails = [owner.email, "nobody@studio.example", "", "nonsense\r\nBcc: x@y.example", "x" * 5000]
    answers = [client.post("/forgot", data={"email": email}) for email in emails]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.get_data() for answer in answers}) == 1
    mail.wait()
    settled()
    (letter,) = mail.letters
    assert letter["To"] == owner.email
    found = re.search(r"http://art\.example:5000(/reset/\S+)", letter.get_content())
    assert found
    assert client.post(found[1], data={"password": NEW}).status_code == 303


def test_the_answer_does_not_wait_for_the_mail(
    mailing: APIFlask, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    going_on = threading.Event()
    seen: list[str] = []

    def slow(_session: Session, email: str) -> None:
        seen.append(threading.current_thread().name)
        assert going_on.wait(PATIENCE)

    monkeypatch.setattr(invitations, "reset_by_email", slow)
    answer = mailing.test_client().post("/forgot", data={"email": owner.email})
    assert answer.status_code == 200
    going_on.set()
    settled()
    assert seen == ["forgotten"]


def test_a_crowd_that_asks_for_links_makes_no_threads_without_end(
    mailing: APIFlask, mail: FakeSmtp, owner: Person, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Those who come too late are told the same as everybody; each place is free again afterwards."""
    monkeypatch.setattr("artworks.web.accounts.invitation_mail._waiting", threading.BoundedSemaphore(1))
    going_on, real = threading.Event(), invitations.reset_by_email
    monkeypatch.setattr(invitations, "reset_by_email", lambda *_: going_on.wait(PATIENCE) and None)
    client = mailing.test_client()
    pages = [client.post("/forgot", data={"email": f"n{number}@studio.example"}) for number in range(3)]
    assert len([thread for thread in threading.enumerate() if thread.name == "forgotten"]) == 1
    assert len({(page.status_code, page.get_data()) for page in pages}) == 1
    assert caplog.text.count("others wait for theirs") == 2
    going_on.set()
    settled()
    monkeypatch.setattr(invitations, "reset_by_email", real)
    client.post("/forgot", data={"email": owner.email})
    assert [letter["To"] for letter in mail.wait()] == [owner.email]
    settled()


def test_the_link_in_the_mail_does_not_follow_the_host_of_the_request(
    mailing: APIFlask, mail: FakeSmtp, owner: Person
) -> None:
    """Whoever asks for somebody else's link must not choose where it leads."""
    mailing.test_client().post("/forgot", data={"email": owner.email}, base_url="http://localhost:6666")
    (letter,) = mail.wait()
    settled()
    assert "6666" not in letter.get_content()
    assert "http://art.example:5000/reset/" in letter.get_content()


def test_asking_is_limited_for_each_account_known_or_not(mailing: APIFlask, owner: Person) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("artworks.web.accounts.invitation_mail.send_reset_async", lambda *_: None)
        for email in (owner.email, "nobody@studio.example"):
            codes = [
                mailing.test_client().post(
                    "/forgot", data={"email": email}, environ_base={"REMOTE_ADDR": f"10.0.0.{number}"}
                ).status_code
                for number in range(throttle.ACCOUNT.most + 1)
            ]  # fmt: skip
            assert codes == [200] * throttle.ACCOUNT.most + [429]


def test_a_mail_that_cannot_be_sent_changes_nothing_but_the_log(
    mailing: APIFlask, mail: FakeSmtp, owner: Person, caplog: pytest.LogCaptureFixture
) -> None:
    mail.refuses = "RCPT"
    assert mailing.test_client().post("/forgot", data={"email": owner.email}).status_code == 200
    settled()
    assert "could not be mailed" in caplog.text
    assert owner.email not in caplog.text
    with mailing.app_context():
        db.session.remove()
