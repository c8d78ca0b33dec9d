"""The headers that keep a browser careful, on every kind of answer, whatever went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.batches import batch as batches
from artworks.search import listing as search
from artworks.web import assets
from artworks.web.security import HEADERS
from tests.support.factories import added, upload
from tests.support.people import add_person, as_role, with_token

STRICT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SENSORS = ("camera", "geolocation", "microphone", "payment", "usb")
# What may be kept for a while, and by whom: the same for everybody, or this person's browser alone.
KEPT = {
    "style": "public, max-age=31536000, immutable",
    "plain style": "no-cache",
    "framework": "public, max-age=31536000, immutable",
    "search hints": "private, max-age=31536000, immutable",
    "original": "private, max-age=2592000",
    "download": "private, max-age=2592000",
    "thumbnail": "private, max-age=31536000, immutable",
    "not modified": "private, max-age=2592000",
    "part": "private, max-age=2592000",
}
STATUSES = {
    200, 201, 202, 204, 206, 303, 304, 308, 400, 401, 403, 404, 405, 409, 413, 415, 416, 422, 500,
}  # fmt: skip
Answers = Iterator[tuple[str, TestResponse]]


def of_owner(client: FlaskClient, https: bool) -> Answers:
    """Return every kind of answer that somebody gets who may do everything."""
    base: dict[str, Any] = {"base_url": "https://localhost"} if https else {}
    image = added(client)
    other = added(client)
    number = image["id"]
    for kind, address in (
        ("page", "/"), ("fragment", "/?fragment=rows"), ("detail", f"/images/{number}"), ("json", "/api/images"),
        ("document", "/api/openapi.json"), ("csv", "/export.csv"), ("usage csv", "/usage.csv"), ("alive", "/healthz"),
        ("ready", "/readyz"), ("style", assets.asset("css/base.css")), ("plain style", "/static/css/base.css"),
        ("framework", "/bootstrap/static/css/bootstrap.min.css?v=1"), ("icons", "/icons.svg?v=1"),
        ("search hints", "/search-hints.json?v=1"),
        ("original", image["urls"]["original"]), ("download", image["urls"]["original"] + "?download=1"),
        ("thumbnail", image["urls"]["thumbnail"]), ("missing page", "/nowhere"), ("missing json", "/api/images/4711"),
        ("missing style", "/static/css/nothing.css"), ("missing framework", "/bootstrap/static/nothing.css"),
        ("missing picture", "/static/uploads/nothing.jpg"), ("slashes", "/api//images"),
        ("wrong query", "/api/images?limit=x"),
    ):  # fmt: skip
        yield kind, client.get(address, buffered=True, **base)
        yield f"head of {kind}", client.head(address, buffered=True, **base)
    tag = client.get(image["urls"]["original"], buffered=True).headers["ETag"]
    asked = {"If-None-Match": tag}
    yield "not modified", client.get(image["urls"]["original"], headers=asked, buffered=True, **base)
    for part in ("0-9", "999999999-"):
        asked = {"Range": f"bytes={part}"}
        kind = "part" if part == "0-9" else "no such part"
        yield kind, client.get(image["urls"]["original"], headers=asked, buffered=True, **base)
    for address in (
        "/",
        "/api/images",
        image["urls"]["original"],
        "/static/css/base.css",
        "/healthz",
        "/nowhere",
    ):
        yield "options", client.options(address, **base)
    yield "method", client.delete("/settings", **base)
    yield "method json", client.put("/api/images", json={}, **base)
    yield "unreadable", client.patch("/api/images/1", data="{", content_type="application/json", **base)
    yield "kind of content", client.patch("/api/images/1", data="x", content_type="text/plain", **base)
    yield "invalid", client.patch(f"/api/images/{number}", json={"version": 1, "status": "x"}, **base)
    yield "conflict", client.patch(f"/api/images/{number}", json={"version": 99, "post_title": "x"}, **base)
    yield "form mistake", client.post("/collections", data={"name": ""}, **base)
    yield (
        "too large",
        client.post("/api/collections", data=b"x" * (1024**2 + 1), content_type="application/json", **base),
    )
    yield "no picture", upload(client, (b"no picture", "a.jpg"))
    yield "foreign", client.post("/api/trash/empty", headers={"Origin": "https://evil.example"}, **base)
    yield "foreign page", client.post("/trash/empty", headers={"Sec-Fetch-Site": "cross-site"}, **base)
    yield "redirect", client.post("/preferences", data={"theme": "dark"}, **base)
    stream = client.post(
        f"/api/images/{number}/generate",
        json={},
        headers={"Accept": "text/event-stream"},
        buffered=True,
        **base,
    )
    assert stream.mimetype == "text/event-stream"
    yield "events", stream
    yield "batch", client.post("/api/batches", json={"select": {"ids": [other["id"]]}}, **base)
    yield "made", client.post("/api/collections", json={"name": "Coast"}, **base)
    yield "gone", client.delete(f"/api/images/{number}", **base)
    # The last one: from now on people sign in.
    yield "strange host", client.get("/", headers={"Host": "evil.example"})


def of_others(app: APIFlask, session: Session) -> Answers:
    """Return the answers to those who may not."""
    viewer, stranger = as_role(app, session, "viewer"), app.test_client()
    yield "sign in", stranger.get("/")
    yield "sign-in page", stranger.get("/sign-in")
    yield (
        "wrong password",
        stranger.post("/sign-in", data={"email": "a@b.example", "password": "wrong wrong"}),
    )
    yield "unauthorized", stranger.get("/api/images")
    yield "unauthorized form", stranger.post("/collections", data={"name": "x"})
    yield "unauthorized picture", stranger.get("/images/1/thumbnail", headers={"Accept": "image/*"})
    yield "wrong token", stranger.get("/api/images", headers={"Authorization": "Bearer aim_wrong"})
    yield "forbidden", viewer.post("/api/trash/empty")
    yield "forbidden page", viewer.get("/settings")
    yield "sign out", viewer.post("/sign-out")


# The fetch directives of CSP 3 that the pages have no use for.
NEVER_LOADED = ("child", "font", "frame", "media", "object", "worker")


def check_policy(policy: dict[str, set[str]], kind: str) -> None:
    """Look that what is not named may come from our own address at most, and what is never loaded from nowhere.

    Firefox before 132 lets `default-src` alone decide about icons that `<use>` takes from a file.
    """
    if "sandbox" in policy:
        assert policy["default-src"] == {"'none'"}, kind
        return
    assert policy["default-src"] == policy["connect-src"] == policy["style-src"] == {"'self'"}, kind
    assert policy["img-src"] == {"'self'", "blob:", "data:"}, kind
    for name in NEVER_LOADED:
        assert policy[f"{name}-src"] == {"'none'"}, (kind, name)


def check(kind: str, answer: TestResponse, https: bool = False) -> None:
    """Look at the headers of one answer."""
    headers = answer.headers
    policy = {
        words[0]: set(words[1:])
        for words in (rule.split() for rule in headers["Content-Security-Policy"].split(";"))
    }
    assert "unsafe" not in headers["Content-Security-Policy"], kind
    assert "*" not in headers["Content-Security-Policy"], kind
    check_policy(policy, kind)
    assert policy["frame-ancestors"] == policy["base-uri"] == {"'none'"}, kind
    assert policy["form-action"] <= {"'self'", "'none'"}, kind
    assert policy.get("script-src", set()) <= {"'self'"}, kind
    for name, value in STRICT.items():
        assert headers.getlist(name) == [value], (kind, name)
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer"), kind
    for sensor in SENSORS:
        assert f"{sensor}=()" in headers["Permissions-Policy"], kind
    assert ("Strict-Transport-Security" in headers) == https, kind
    usual = KEPT.get(kind.removeprefix("head of "), "no-store")
    if answer.status_code in (200, 206, 304):
        assert headers["Cache-Control"] == usual or kind.endswith("icons"), kind
    else:
        assert headers["Cache-Control"] == "no-store", kind
    for name in headers.keys():  # noqa: SIM118 - a Headers is a list of pairs.
        assert not name.lower().startswith("access-control-"), kind
        assert name.lower() not in ("server", "x-powered-by", "via", "x-runtime"), kind


@pytest.mark.parametrize("https", [False, True], ids=["http", "https"])
def test_every_kind_of_answer_has_them(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, https: bool
) -> None:
    monkeypatch.setattr("artworks.adapters.job_queue.enqueue_many", lambda *_: None)
    found = set()
    for kind, answer in of_owner(client, https):
        found.add(answer.status_code)
        # Some of them are put together over http in any case.
        check(kind, answer, answer.request.is_secure)
    assert https or found >= STATUSES - {401, 500}, (STATUSES - found, found)


def test_a_bug_and_a_database_that_is_away_have_them_too(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret of the program: sk-123")

    monkeypatch.setattr(search, "_page", broken)
    monkeypatch.setattr(batches, "recent", broken)
    for kind, address in (("bug", "/"), ("bug in json", "/api/images"), ("bug in batches", "/api/batches")):
        answer = client.get(address)
        assert answer.status_code == 500
        assert "sk-123" not in answer.get_data(as_text=True)
        check(kind, answer)


def test_those_who_may_not_get_them_too(app: APIFlask, session: Session) -> None:
    answers = list(of_others(app, session))
    assert {answer.status_code for _, answer in answers} == {200, 303, 401, 403}
    for kind, answer in answers:
        check(kind, answer)


def test_nothing_of_a_person_is_kept_in_a_cache_that_others_share(app: APIFlask, session: Session) -> None:
    owner = as_role(app, session, "owner")
    image = added(owner)
    for address in (
        "/",
        "/settings",
        "/usage",
        "/api/images",
        "/export.csv",
        f"/images/{image['id']}",
        "/sign-in",
    ):
        assert owner.get(address).headers["Cache-Control"] == "no-store", address
    for kind in ("original", "thumbnail", "preview"):
        caching = owner.get(image["urls"][kind], buffered=True).headers["Cache-Control"]
        assert caching.startswith("private"), kind


def test_a_token_gets_no_cookie(app: APIFlask, session: Session) -> None:
    """Whoever shows a token needs no cookie, and a key in one more place is one more to be lost."""
    as_role(app, session, "owner")
    script = with_token(app, add_person(session, "editor"), "editor")
    for address in ("/api/images", "/", "/api/nowhere"):
        assert "Set-Cookie" not in script.get(address).headers, address


def test_the_list_of_headers_is_what_the_issue_asks_for() -> None:
    assert set(HEADERS) >= {*STRICT, "Content-Security-Policy", "Referrer-Policy", "Permissions-Policy"}
