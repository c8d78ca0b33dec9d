"""Calls from other websites in the name of somebody who is signed in, and GET as the method that changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from models import Base
from tests.support.factories import added
from tests.support.people import OWN, as_role, session_cookie
from tests.web.http.test_cross_site import unsafe

pytestmark = pytest.mark.slow

FORM = "application/x-www-form-urlencoded"
# When somebody was last here is kept up to date by looking.
SEEN = {
    "person_session": ("seen_at",),
    "api_token": ("used_at", "used_from"),
    "share_link": ("opened", "opened_at"),
}
# What is taken along is written down.
KEYS = ("/share/", "/invitation/", "/reset/")
NOTED = ("/export.csv", "/usage.csv", "/audit.csv")


@pytest.fixture
def owner(app: APIFlask, session: Session) -> FlaskClient:
    """Return an owner by cookie, whose calls say nothing about where they come from until a test adds it."""
    client = as_role(app, session, "owner")
    del client.environ_base["HTTP_ORIGIN"]
    return client


def content(engine: Engine) -> dict[str, str | None]:
    """Return a mark of all rows of each table."""
    queries = []
    for table in Base.metadata.sorted_tables:
        row = "(to_jsonb(t)" + "".join(f" - '{name}'" for name in SEEN.get(table.name, ())) + ")::text"
        queries.append(
            f"SELECT '{table.name}', md5(string_agg({row}, chr(10) ORDER BY {row})) FROM {table.name} t"
        )
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(text(" UNION ALL ".join(queries)))}


def reading(app: APIFlask, numbers: dict[str, str]) -> Iterator[str]:
    """Yield every address that can be read, with numbers of rows that are there."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        address = rule.rule
        for whole, kind, name in re.findall(r"(<(?:([^:<>]+):)?(\w+)>)", rule.rule):
            address = address.replace(
                whole, "thumbnail" if kind.startswith("any") else numbers.get(name, "1")
            )
        yield address


def test_every_unsafe_call_with_a_cookie_alone_is_refused(app: APIFlask, owner: FlaskClient) -> None:
    """An older browser sends neither header with a form of another site, but it does send the cookie."""
    # What a stranger may call too needs no cookie.
    door = (
        "/sign-in",
        "/sign-out",
        "/first-owner",
        "/preferences",
        "/forgot",
        "/share/",
        "/invitation/",
        "/reset/",
    )
    calls = [call for call in unsafe(app) if not call[1].startswith(door)]
    assert len(calls) > 80
    for method, address in calls:
        for kind in (FORM, "text/plain", "multipart/form-data; boundary=x", "application/json"):
            answer = owner.open(address, method=method, data=b"{}", content_type=kind)
            assert answer.status_code == 403, (method, address, kind)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost@evil.example"},
        {"Origin": "http://evil.example/http://localhost"},
        {"Origin": "http://localhost:8080"},
        {"Origin": "http://LOCALHOST.evil.example"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "CROSS-SITE"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin, cross-site"},
        {"Sec-Fetch-Site": "nonsense"},
        {"Sec-Fetch-Site": ""},
        {"Referer": "http://localhost/"},
        {"Referer": "https://evil.example/"},
        {"X-Requested-With": "XMLHttpRequest"},
        {},
    ],
    ids=str,
)
def test_the_cookie_works_from_our_own_pages_only(owner: FlaskClient, headers: dict[str, str]) -> None:
    answers = (
        owner.post("/api/collections", json={"name": "Coast"}, headers=headers),
        owner.post("/collections", data={"name": "Coast"}, headers=headers),
        owner.post("/api/collections", data='{"name": "Coast"}', content_type="text/plain", headers=headers),
        owner.post("/api/collections", data={"name": "Coast"}, headers=headers),
    )
    assert [answer.status_code for answer in answers] == [403] * 4
    assert owner.get("/api/collections").get_json()["collections"] == []


def test_our_own_pages_get_through(owner: FlaskClient) -> None:
    for number, headers in enumerate(
        ({"Origin": OWN}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": OWN, "Sec-Fetch-Site": "same-origin"})
    ):
        assert owner.post("/collections", data={"name": f"C{number}"}, headers=headers).status_code == 303


def test_json_is_taken_only_as_json(owner: FlaskClient) -> None:
    """A form of any site can send text that reads as JSON; as another type it is never read."""
    for kind in (
        "text/plain",
        FORM,
        "multipart/form-data; boundary=x",
        "",
        "text/json",
        "application/octet-stream",
    ):
        data = '{"name": "Coast"}'
        answer = owner.post("/api/collections", data=data, content_type=kind, headers={"Origin": OWN})
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (415, "unsupported_type"), kind
    assert owner.get("/api/collections").get_json()["collections"] == []


def test_no_header_or_field_turns_a_get_into_something_else(owner: FlaskClient) -> None:
    image = added_by(owner)
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        for method in ("DELETE", "PATCH", "POST"):
            address = f"/api/images/{image}?_method={method}&method={method}"
            assert owner.get(address, headers={name: method}).status_code == 200
            assert owner.post(address, headers={name: method, "Origin": OWN}).status_code == 405
    assert owner.get(f"/api/images/{image}").get_json()["status"] == "new"


def added_by(owner: FlaskClient) -> int:
    owner.environ_base["HTTP_ORIGIN"] = OWN
    number: int = added(owner)["id"]
    del owner.environ_base["HTTP_ORIGIN"]
    return number


def test_signing_in_cannot_be_forced_from_elsewhere(app: APIFlask, session: Session) -> None:
    """Somebody who is signed in to a stranger's account would add their pictures there."""
    as_role(app, session, "owner")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for address in ("/sign-in", "/sign-out", "/first-owner", "/preferences"):
            assert app.test_client().post(address, headers=headers).status_code == 403


def test_reading_changes_nothing(app: APIFlask, owner: FlaskClient, engine: Engine, session: Session) -> None:
    """A link or a picture of any website can make a browser read any address, with the cookie."""
    owner.environ_base["HTTP_ORIGIN"] = OWN
    kept = added(owner, post_title="Heron", category="Prints", hashtags="#dusk")
    trashed, _double = added(owner), added(owner)
    owner.delete(f"/api/images/{trashed['id']}")
    collection = owner.post("/api/collections", json={"name": "Coast"}).get_json()
    owner.post(f"/api/collections/{collection['id']}/images", json={"ids": [kept["id"]]})
    owner.post("/api/views", json={"name": "Mine", "filters": {"q": "heron"}})
    owner.put("/api/voice", json={"choices": {"guide": "Plain."}})
    owner.post("/api/batches", json={"select": {"ids": [kept["id"]]}})
    owner.post(f"/api/images/{kept['id']}/generate", json={})
    owner.post("/account/tokens", data={"token_name": "Script", "role": "viewer", "days": "90"})
    del owner.environ_base["HTTP_ORIGIN"]
    numbers = {
        "image_id": str(kept["id"]),
        "name": kept["stored_filename"],
        "collection_id": str(collection["id"]),
    }
    # Small copies are made at the first look, and what is asked for now is not asked for again.
    for kind in ("thumbnail", "preview"):
        owner.get(kept["urls"][kind], buffered=True)
    before = content(engine)
    assert sum(mark is not None for mark in before.values()) > 12
    codes = {}
    for address in reading(app, numbers):
        for question in ("", "?_method=DELETE&action=delete&confirm=1&fragment=rows"):
            for method in ("GET", "HEAD", "OPTIONS"):
                answer = owner.open(address + question, method=method, buffered=True)
                codes[address, method] = answer.status_code
                assert answer.status_code < 500, (address, method)
        after, expected = content(engine), {"audit"} if address in NOTED else set()
        changed = {name for name in after if after[name] != before[name]}
        # Guesses at a key are counted and written down, each of them.
        assert changed - ({"guess", "audit"} if address.startswith(KEYS) else set()) == expected, address
        before = after
    assert sum(code == 200 for code in codes.values()) > 60


def test_the_key_of_a_session_is_in_no_page_and_no_address(owner: FlaskClient) -> None:
    cookie = session_cookie(owner)
    assert cookie
    for address in ("/", "/account", "/settings", "/api/images", "/api/openapi.json"):
        assert cookie.value not in owner.get(address).get_data(as_text=True)
        owner_by_address = owner.application.test_client()
        assert owner_by_address.get(f"{address}?{cookie.key}={cookie.value}").status_code in (303, 401)
