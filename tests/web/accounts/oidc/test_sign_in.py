"""Signing in with an organisation: the way to a real provider and back, and everything that can be wrong with it."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.accounts import throttle
from artworks.web.accounts import oidc, sso_pages
from models import Person, PersonSession
from tests.fakes.oidc_provider import CLIENT, SECRET, OidcProvider
from tests.support.people import OWN, session_cookie, session_cookie_name, signed_in
from tests.support.program import free_port
from tests.web.conftest import MakeApp

pytestmark = pytest.mark.slow

UNTRUSTED = "The answer of the Harbour Gallery could not be trusted"
SILENT = "The Harbour Gallery does not answer right now"


def start(client: FlaskClient, goal: str = "/") -> TestResponse:
    return client.post("/sign-in/organisation", data={"next": goal}, headers={"Origin": OWN})


def address_in(page: TestResponse) -> str:
    assert page.status_code == 200, page.get_data(as_text=True)
    found = re.search(r'<a [^>]*href="(http[^"]+)"', page.get_data(as_text=True))
    assert found
    return html.unescape(found[1])


def go(client: FlaskClient, provider: OidcProvider, goal: str = "/", subject: str = "m-1") -> TestResponse:
    """Go the whole way: to the provider's form, through it, and back."""
    return client.get(provider.enter(address_in(start(client, goal)), sub=subject))


def said(client: FlaskClient, answer: TestResponse, goal: str = "/") -> str:
    """Check that an answer leads back to the sign-in page, and give what is said there."""
    where = f"/sign-in?next=%2F{goal[1:]}" if goal != "/" else "/sign-in"
    assert (answer.status_code, answer.location) == (303, where)
    page = client.get(answer.location)
    assert page.status_code == 200
    found = re.search(r'class="note note-danger">.*?<div>(.*?)</div>', page.get_data(as_text=True), re.DOTALL)
    assert found
    return html.unescape(found[1])


def test_the_way_there_and_back_ends_on_the_page_one_came_for(
    client: FlaskClient, provider: OidcProvider, owner: Person, session: Session
) -> None:
    form = client.get("/sign-in?next=/trash").get_data(as_text=True)
    assert "Sign in with the Harbour Gallery" in form
    assert 'name="password"' in form
    entered = go(client, provider, "/trash?sort=oldest")
    assert (entered.status_code, entered.location) == (303, "/trash?sort=oldest")
    assert client.get("/trash").status_code == 200
    (row,) = session.query(PersonSession)
    person = session.get_one(Person, row.person_id)
    assert (row.way, person.email, person.role) == ("oidc", "mara@studio.example", "editor")
    assert (person.oidc_issuer, person.oidc_subject) == (provider.issuer, "m-1")


def test_the_provider_is_asked_with_all_that_makes_it_safe(client: FlaskClient, owner: Person) -> None:
    asked = parse_qs(urlsplit(address_in(start(client))).query)
    assert asked["redirect_uri"] == ["http://localhost/sign-in/organisation/back"]
    assert asked["client_id"] == [CLIENT]
    assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
    assert set(asked["scope"][0].split()) == {"openid", "email", "profile"}
    once = [asked[name][0] for name in ("state", "nonce", "code_challenge")]
    assert min(map(len, once)) >= 20
    again = parse_qs(urlsplit(address_in(start(client))).query)
    assert not set(once) & {again[name][0] for name in ("state", "nonce", "code_challenge")}


def test_behind_a_proxy_the_way_back_is_https(
    make_app: MakeApp, provider: OidcProvider, owner: Person
) -> None:
    app = make_app(TRUSTED_PROXIES="1", ALLOWED_HOSTS="art.example.org", **provider.settings)
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "art.example.org"}
    client = app.test_client()
    asked = parse_qs(urlsplit(address_in(client.post("/sign-in/organisation", headers=headers))).query)
    assert asked["redirect_uri"] == ["https://art.example.org/sign-in/organisation/back"]
    headers["X-Forwarded-Host"] = "evil.example"
    assert client.post("/sign-in/organisation", headers=headers).status_code == 400


def test_no_other_site_begins_a_sign_in(client: FlaskClient, owner: Person) -> None:
    assert client.get("/sign-in/organisation").status_code in (303, 405)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/sign-in/organisation", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "goal", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_next_never_leaves_the_site(
    client: FlaskClient, provider: OidcProvider, owner: Person, goal: str
) -> None:
    assert go(client, provider, goal).location == "/"


def test_a_very_long_next_does_not_break_the_sign_in(
    client: FlaskClient, provider: OidcProvider, owner: Person
) -> None:
    assert go(client, provider, "/?q=" + "a" * 5000).location == "/"


def test_an_earlier_key_is_worth_nothing_afterwards(
    app: APIFlask, provider: OidcProvider, owner: Person
) -> None:
    client = signed_in(app, owner)
    before = session_cookie(client)
    go(client, provider)
    after = session_cookie(client)
    assert before
    assert after
    assert before.value != after.value
    stranger = app.test_client()
    stranger.set_cookie(session_cookie_name(stranger.application), before.value)
    assert stranger.get("/").status_code == 303


def test_an_address_works_once(client: FlaskClient, provider: OidcProvider, owner: Person) -> None:
    address = provider.enter(address_in(start(client)), sub="m-1")
    assert client.get(address).location == "/"
    client.post("/sign-out", headers={"Origin": OWN})
    assert "not begun in this browser, or is used up" in said(client, client.get(address))


@pytest.mark.parametrize("change", [{"state": "another"}, {"state": ""}, {"state": "é😀"}, {}])
def test_only_the_browser_that_began_comes_in(
    app: APIFlask, client: FlaskClient, provider: OidcProvider, owner: Person, change: dict[str, str]
) -> None:
    """Nobody is signed in as somebody else by a link; and a wrong try does not use up the right one."""
    address = provider.enter(address_in(start(client)), sub="m-1")
    code = {"code": parse_qs(urlsplit(address).query)["code"][0]}
    stranger = app.test_client()
    assert "not begun in this browser" in said(stranger, stranger.get(address))
    refused = client.get("/sign-in/organisation/back", query_string={**code, **change})
    assert "not begun in this browser" in said(client, refused)
    assert client.get("/").status_code == 303
    assert client.get(address).location == "/"


def test_a_sign_in_does_not_wait_for_ever(
    client: FlaskClient, provider: OidcProvider, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = provider.enter(address_in(start(client)), sub="m-1")
    monkeypatch.setattr(sso_pages, "PATIENCE_SECONDS", -1)
    assert "begun too long ago" in said(client, client.get(address))


def test_a_code_that_is_missing_or_made_up_is_refused(
    client: FlaskClient, provider: OidcProvider, owner: Person
) -> None:
    for code, sentence in (("", "begun too long ago"), ("made-up", UNTRUSTED)):
        state = parse_qs(urlsplit(address_in(start(client))).query)["state"][0]
        query = {"state": state, "code": code}
        assert sentence in said(client, client.get("/sign-in/organisation/back", query_string=query))


def test_the_code_is_of_no_use_without_the_verifier(
    client: FlaskClient, provider: OidcProvider, owner: Person
) -> None:
    address = provider.enter(address_in(start(client)), sub="m-1")
    with client.session_transaction(base_url=OWN) as kept:
        kept["organisation"] = {**kept["organisation"], "code_verifier": "x" * 48}
    assert UNTRUSTED in said(client, client.get(address))


def test_a_no_at_the_provider_is_told(client: FlaskClient, provider: OidcProvider, owner: Person) -> None:
    address = provider.enter(address_in(start(client, "/trash")), action="deny")
    assert "error=access_denied" in address
    address += "&error_description=%3Cb%3ECall+0190%3C/b%3E"
    sentence = said(client, client.get(address), "/trash")
    assert sentence == "The Harbour Gallery did not let you in."


@pytest.mark.parametrize(
    ("fault", "sentence", "noted"),
    [
        ("nonce", UNTRUSTED, "InvalidClaimError 'nonce'"),
        ("issuer", UNTRUSTED, "InvalidClaimError 'iss'"),
        ("audience", UNTRUSTED, "InvalidClaimError 'aud'"),
        ("key", UNTRUSTED, "BadSignatureError"),
        ("unsigned", UNTRUSTED, "UnsupportedAlgorithmError"),
        ("altered", UNTRUSTED, "BadSignatureError"),
        ("tokenless", UNTRUSTED, "Error"),
        ("old", "The answer of the Harbour Gallery comes from another time", "ExpiredTokenError"),
    ],
)
def test_a_token_that_is_not_right_lets_nobody_in(
    client: FlaskClient, provider: OidcProvider, owner: Person, session: Session, caplog: pytest.LogCaptureFixture,
    fault: str, sentence: str, noted: str,
) -> None:  # fmt: skip
    provider.fault(fault)
    assert sentence in said(client, go(client, provider, "/trash"), "/trash")
    assert noted in caplog.text
    assert session.scalar(text("SELECT count(*) FROM person_session")) == 0
    assert session.scalar(text("SELECT count(*) FROM person")) == 1
    entry = session.execute(
        text("SELECT who, address, detail FROM audit WHERE action = 'sign-in failed'")
    ).one()
    assert (entry.address, entry.detail["way"]) == ("127.0.0.1", "organisation")
    assert sentence in entry.detail["reason"]
    provider.fault()
    assert go(client, provider).location == "/"


@pytest.mark.parametrize(
    ("fault", "sentence"), [("down", SILENT), ("nonsense", SILENT), ("elsewhere", UNTRUSTED)]
)
def test_a_provider_that_is_not_itself_is_told_at_the_start(
    client: FlaskClient, provider: OidcProvider, owner: Person, fault: str, sentence: str
) -> None:
    provider.fault(fault)
    assert sentence in said(client, start(client, "/trash"), "/trash")


@pytest.mark.parametrize(("fault", "sentence"), [("down", SILENT), ("nonsense", UNTRUSTED)])
def test_a_provider_that_goes_away_in_between_is_told(
    client: FlaskClient, provider: OidcProvider, owner: Person, fault: str, sentence: str
) -> None:
    address = provider.enter(address_in(start(client)), sub="m-1")
    provider.fault(fault)
    assert sentence in said(client, client.get(address))


def test_a_provider_that_is_away_is_told(make_app: MakeApp, provider: OidcProvider, owner: Person) -> None:
    nobody = {**provider.settings, "OIDC_ISSUER": f"http://127.0.0.1:{free_port()}"}
    client = make_app(**nobody).test_client()
    assert SILENT in said(client, start(client))


def test_a_provider_that_keeps_silent_is_not_waited_for(
    client: FlaskClient, provider: OidcProvider, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert oidc.TIMEOUT == 10
    monkeypatch.setattr(oidc, "TIMEOUT", 0.2)
    address = provider.enter(address_in(start(client)), sub="m-1")
    provider.fault("silent")
    # In the end the provider answers all the same: whoever waited for that would be let in.
    assert SILENT in said(client, client.get(address))


def test_failures_are_limited_and_successes_are_not(
    app: APIFlask, client: FlaskClient, provider: OidcProvider, owner: Person, session: Session
) -> None:
    go(client, provider)
    assert session.scalar(text("SELECT sum(failures) FROM guess")) == 0
    answers = [client.get("/sign-in/organisation/back?state=x") for _ in range(throttle.ADDRESS.most + 1)]
    assert {answer.status_code for answer in answers} == {303}
    stranger = app.test_client()
    assert "tried too often" in said(stranger, start(stranger))
    count = session.scalar(text("SELECT count(*) FROM audit WHERE action = 'sign-in failed'"))
    assert count == throttle.ADDRESS.most


def test_no_secret_reaches_a_page_the_log_or_the_audit(
    client: FlaskClient,
    provider: OidcProvider,
    owner: Person,
    session: Session,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pages = [client.get("/sign-in"), start(client)]
    provider.fault("nonce")
    go(client, provider)
    provider.fault()
    go(client, provider)
    kept = str(session.execute(text("SELECT a.*::text FROM audit a")).all())
    everything = caplog.text + kept + "".join(page.get_data(as_text=True) for page in pages)
    assert "failed: InvalidClaimError 'nonce'" in caplog.text
    assert SECRET not in everything
    assert "eyJ" not in everything


def test_without_an_organisation_nothing_of_it_is_there(make_app: MakeApp, owner: Person) -> None:
    client = make_app().test_client()
    assert "Sign in with" not in client.get("/sign-in").get_data(as_text=True)
    assert start(client).status_code == 404
    assert client.get("/sign-in/organisation/back").status_code == 404
