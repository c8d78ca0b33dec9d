"""Signing in with an organisation: the way to a real provider and back, and everything that can be wrong with it."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.accounts import throttle
from artworks.membership import membership
from artworks.web.accounts import oidc, sso_pages
from models import Audit, Batch, Person, PersonSession
from tests.fakes.oidc_provider import CLIENT, SECRET, OidcProvider, running
from tests.support.belongings import batch_of, give_everything, state_of
from tests.support.people import OWN, add_person, session_cookie, session_cookie_name, signed_in
from tests.support.program import free_port
from tests.web.conftest import MakeApp

pytestmark = pytest.mark.slow

MARA = {"email": "mara@studio.example", "email_verified": True, "name": "Mara Silva", "roles": ["editor"]}
UNTRUSTED = "The answer of the Harbour Gallery could not be trusted"
SILENT = "The Harbour Gallery does not answer right now"


@pytest.fixture(scope="module")
def running_provider() -> Iterator[OidcProvider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(running_provider: OidcProvider) -> Iterator[OidcProvider]:
    running_provider.person("m-1", **MARA)
    yield running_provider
    running_provider.fault()


@pytest.fixture
def app(make_app: MakeApp, provider: OidcProvider) -> APIFlask:
    app = make_app(**provider.settings)
    app.extensions.pop("oidc", None)
    return app


@pytest.fixture
def owner(session: Session) -> Person:
    return add_person(session, "owner", email="ines@studio.example")


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


def test_what_the_token_leaves_out_is_asked_for(
    client: FlaskClient, provider: OidcProvider, owner: Person, session: Session
) -> None:
    provider.fault("lean")
    assert go(client, provider).location == "/"
    assert session.query(Person).filter_by(oidc_subject="m-1").one().email == "mara@studio.example"


def test_somebody_without_a_role_is_told_so(
    client: FlaskClient, provider: OidcProvider, owner: Person, session: Session
) -> None:
    provider.person("m-1", **{**MARA, "roles": ["accounting"]})
    assert "The Harbour Gallery gives you no role here" in said(client, go(client, provider))
    target = session.scalar(text("SELECT target FROM audit WHERE action = 'sign-in failed'"))
    assert target == "mara@studio.example"


def test_who_has_no_role_any_more_loses_what_they_had(
    app: APIFlask, provider: OidcProvider, owner: Person, session: Session
) -> None:
    phone, laptop = app.test_client(), app.test_client()
    provider.person("m-1", **{**MARA, "roles": ["owner"]})
    go(phone, provider)
    person = session.query(Person).filter_by(oidc_subject="m-1").one()
    person.password_hash = "linked to an account that had one"
    give_everything(session, person, owner)
    provider.person("m-1", **{**MARA, "roles": [], "_claim_names": {"roles": "src1"}})
    assert "does not say your role in its answer" in said(laptop, go(laptop, provider))
    assert phone.get("/api/images").status_code == 200
    provider.person("m-1", **{**MARA, "roles": []})
    for _ in range(2):
        assert "gives you no role here" in said(laptop, go(laptop, provider))
    assert phone.get("/api/images").status_code == 401
    left = state_of(session)
    assert left == {
        "galleries": [], "batches": [f"paused {person.id}", f"done {person.id}"], "invitations": [], "links": [],
        "tokens": [],
    }  # fmt: skip
    assert person.role == "viewer"
    assert not person.password_hash
    assert not person.ended_at
    (batch, _) = session.query(Batch).order_by(Batch.id)
    assert batch.paused_message == (
        "The Harbour Gallery gives Mara Silva no role any more, so nothing is spent in their name."
    )
    (entry,) = session.query(Audit).filter_by(action="shut out")
    assert (entry.who, entry.target) == ("the Harbour Gallery", person.email)
    assert entry.detail == {
        "galleries": 1, "batches": 1, "invitations": 1, "links": 1, "tokens": 2, "sessions_ended": 1,
        "before": "owner", "after": "viewer",
    }  # fmt: skip
    provider.person("m-1", **{**MARA, "roles": ["editor"]})
    assert go(laptop, provider).location == "/"
    session.rollback()
    assert session.get_one(Person, person.id).role == "editor"


def test_the_last_owner_without_a_role_keeps_everything(
    app: APIFlask, provider: OidcProvider, session: Session
) -> None:
    phone, laptop = app.test_client(), app.test_client()
    provider.person("m-1", **{**MARA, "roles": ["owner"]})
    go(phone, provider)
    person = session.query(Person).filter_by(oidc_subject="m-1").one()
    batch = batch_of(session, person)
    provider.person("m-1", **{**MARA, "roles": []})
    assert "You are the only owner, so what you have here stays" in said(laptop, go(laptop, provider))
    session.rollback()
    assert (person.role, batch.state) == ("owner", "running")
    assert phone.get("/people").status_code == 200
    (entry,) = session.query(Audit).filter_by(action="sign-in failed")
    assert "You are the only owner" in entry.detail["reason"]


def test_an_address_that_is_only_claimed_opens_no_account(
    client: FlaskClient, provider: OidcProvider, owner: Person, session: Session
) -> None:
    provider.person("m-1", **{**MARA, "email": owner.email, "email_verified": False, "roles": "owner"})
    assert "does not confirm that the address is yours" in said(client, go(client, provider))
    assert session.scalar(text("SELECT count(*) FROM person_session")) == 0
    provider.person("m-1", **{**MARA, "email": owner.email, "roles": "owner"})
    assert go(client, provider).location == "/"
    session.refresh(owner)
    assert owner.oidc_subject == "m-1"


def test_who_was_removed_stays_out(
    client: FlaskClient, provider: OidcProvider, owner: Person, session: Session
) -> None:
    go(client, provider)
    membership.end(session, session.query(Person).filter_by(oidc_subject="m-1").one())
    session.commit()
    assert client.get("/").status_code == 303
    assert "Your account here was ended" in said(client, go(client, provider))


def test_before_anybody_has_an_account_an_owner_comes_in_directly(
    make_app: MakeApp, provider: OidcProvider, session: Session
) -> None:
    client = make_app(HOST="0.0.0.0", **provider.settings).test_client()
    page = client.get(client.get("/").location).get_data(as_text=True)
    assert "Make the owner account" in page
    assert "Sign in with the Harbour Gallery" in page
    refused = go(client, provider)
    assert client.get(refused.location).location == "/first-owner"
    assert "Nobody is the owner here yet" in client.get("/first-owner").get_data(as_text=True)
    provider.person("m-1", **{**MARA, "roles": ["owner"]})
    assert go(client, provider).location == "/"
    assert session.query(Person).one().role == "owner"
    assert client.get("/settings").status_code == 200
    assert client.get("/first-owner").location == "/sign-in"


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


def test_two_at_once_make_one_account(
    app: APIFlask, provider: OidcProvider, owner: Person, session: Session
) -> None:
    clients = [app.test_client() for _ in range(2)]
    addresses = [provider.enter(address_in(start(client)), sub="m-1") for client in clients]
    places: list[str | None] = []
    threads = [
        threading.Thread(target=lambda c=c, a=a: places.append(c.get(a).location))
        for c, a in zip(clients, addresses, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert places == ["/", "/"]
    assert session.query(Person).filter_by(oidc_subject="m-1").count() == 1


def test_without_an_organisation_nothing_of_it_is_there(make_app: MakeApp, owner: Person) -> None:
    client = make_app().test_client()
    assert "Sign in with" not in client.get("/sign-in").get_data(as_text=True)
    assert start(client).status_code == 404
    assert client.get("/sign-in/organisation/back").status_code == 404
