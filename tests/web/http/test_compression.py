"""Compressed answers: the same words in fewer bytes, nothing twice, and no page that shows a key."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import flask_compress.flask_compress as library
import pytest
from apiflask import APIFlask
from flask import Flask
from flask.testing import FlaskClient
from flask_compress.compat import compression
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.web import assets
from artworks.web.compression import FILES, WITH_KEYS
from tests.support.factories import added
from tests.support.galleries import enter, shared
from tests.support.people import as_role

pytestmark = pytest.mark.slow

BROWSER = "gzip, deflate, br, zstd"
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    "zstd": compression.zstd.decompress,
}
Headers = dict[str, str]


def ask(client: FlaskClient, address: str, encodings: str = BROWSER, **given: Any) -> TestResponse:
    headers: Headers = {"Accept-Encoding": encodings, **given.pop("headers", {})}
    return client.open(address, headers=headers, buffered=True, **given)


def plain(answer: TestResponse) -> bytes:
    """Return the body as a browser reads it, and look that its length is told truly."""
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    encoding = answer.headers.get("Content-Encoding")
    return UNPACK[encoding](answer.data) if encoding else answer.data


def styles() -> str:
    return assets.asset("css/base.css")


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give the sizes of all that is compressed from now on."""
    sizes: list[int] = []
    compress = library._compress_data

    def counted(app: Flask, data: bytes, algorithm: str) -> bytes:
        sizes.append(len(data))
        return compress(app, data, algorithm)

    monkeypatch.setattr(library, "_compress_data", counted)
    return sizes


@pytest.mark.parametrize(
    ("encodings", "chosen"),
    [
        (BROWSER, "zstd"),
        ("gzip, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("deflate", None),
        ("identity", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("kind", ["page", "json", "style", "framework", "icons"])
def test_what_is_sent_is_what_the_browser_takes(
    client: FlaskClient, kind: str, encodings: str, chosen: str | None
) -> None:
    added(client, post_title="Heron at dusk")
    address = {
        "page": "/",
        "json": "/api/openapi.json",
        "style": styles(),
        "framework": "/bootstrap/static/css/bootstrap.min.css?v=1",
        "icons": "/icons.svg?v=1",
    }[kind]
    whole = client.get(address, buffered=True)
    answer = ask(client, address, encodings)
    assert answer.headers.get("Content-Encoding") == chosen
    assert plain(answer) == whole.data
    assert answer.content_type == whole.content_type
    assert (len(answer.data) < len(whole.data) / 2) == bool(chosen)
    for one in (answer, whole):
        assert "Accept-Encoding" in one.vary


def test_what_must_not_be_is_not_compressed(client: FlaskClient) -> None:
    image = added(client, description="words " * 200)
    urls = image["urls"]
    for address in (
        "/export.csv",
        "/usage.csv",
        urls["original"],
        urls["thumbnail"],
        urls["preview"],
        "/healthz",
    ):
        answer = ask(client, address)
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers, address
        assert "Accept-Encoding" not in answer.vary or address == "/healthz"
    assert ask(client, urls["thumbnail"]).data == client.get(urls["thumbnail"], buffered=True).data
    ready = ask(client, "/export.csv?ready=1")
    assert (ready.status_code, ready.data, "Content-Encoding" in ready.headers) == (204, b"", False)
    missing = ask(client, "/nowhere")
    assert (missing.status_code, "Content-Encoding" in missing.headers) == (404, False)


def test_words_that_are_streamed_stay_streamed(client: FlaskClient) -> None:
    image = added(client)
    asked = {"Accept": "text/event-stream", "Accept-Encoding": BROWSER}
    answer = client.post(f"/api/images/{image['id']}/generate", json={}, headers=asked)
    assert answer.is_streamed
    assert "Content-Encoding" not in answer.headers
    assert b"event: done" in answer.data


@pytest.mark.parametrize("address", ["/", "/api/openapi.json", "style"])
def test_a_head_tells_what_the_answer_would_and_has_no_body(client: FlaskClient, address: str) -> None:
    address = styles() if address == "style" else address
    answer, head = ask(client, address), ask(client, address, method="HEAD")
    assert head.data == b""
    for name in ("Content-Encoding", "Content-Length", "Content-Type", "ETag", "Vary", "Cache-Control"):
        assert head.headers.get(name) == answer.headers.get(name), name


def test_a_file_is_compressed_once(client: FlaskClient, packed: list[int]) -> None:
    addresses = (styles(), "/assets/of-long-ago/css/base.css", "/static/css/base.css")
    first = [ask(client, address) for address in addresses]
    again = [ask(client, address) for address in addresses]
    assert {answer.headers["Content-Encoding"] for answer in (*first, *again)} == {"zstd"}
    sheets = {assets.style("css/base.css").encode(), (assets.STATIC / "css/base.css").read_bytes()}
    assert {plain(answer) for answer in (*first, *again)} == sheets
    assert len(packed) <= 2
    ask(client, "/icons.svg")
    before = len(packed)
    ask(client, "/icons.svg")
    assert len(packed) == before
    ask(client, "/")
    ask(client, "/")
    assert len(packed) == before + 2


def test_a_file_that_is_changed_is_sent_as_it_is_now(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    (tmp_path / "css").mkdir()
    for words in (b".one { color: red } " * 50, b".other { color: blue } " * 60):
        (tmp_path / "css/base.css").write_bytes(words)
        answer = ask(client, "/static/css/base.css")
        assert (answer.headers["Content-Encoding"], plain(answer)) == ("zstd", words)


@pytest.mark.parametrize(
    "address", ["/static/css/base.css", "/bootstrap/static/css/bootstrap.min.css", "/icons.svg"]
)
def test_a_browser_that_has_a_file_gets_it_only_once(client: FlaskClient, address: str) -> None:
    tags = {encodings: ask(client, address, encodings).headers["ETag"] for encodings in ("br", "gzip", "")}
    assert len(set(tags.values())) == 3
    for encodings, tag in tags.items():
        answer = ask(client, address, encodings, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.data) == (304, b"")
        assert "Content-Encoding" not in answer.headers
        assert "Accept-Encoding" in answer.vary
    other = ask(client, address, "br", headers={"If-None-Match": tags["gzip"]})
    assert (other.status_code, other.headers["Content-Encoding"]) == (200, "br")


def test_a_part_is_one_of_the_file_itself(client: FlaskClient) -> None:
    whole = (assets.STATIC / "css/base.css").read_bytes()
    part = ask(client, "/static/css/base.css", headers={"Range": "bytes=10-600"})
    assert (part.status_code, part.data) == (206, whole[10:601])
    assert "Content-Encoding" not in part.headers
    assert "Accept-Encoding" in part.vary
    compressed = ask(client, "/static/css/base.css")
    assert "Accept-Ranges" not in compressed.headers
    # Nobody puts a part of the one behind a part of the other.
    asked = {"Range": "bytes=10-600", "If-Range": compressed.headers["ETag"]}
    again = ask(client, "/static/css/base.css", headers=asked)
    assert (again.status_code, plain(again)) == (200, whole)


@pytest.mark.parametrize(
    ("site", "is_small"), [("same-origin", True), ("none", True), ("cross-site", False), ("same-site", False)]
)
def test_another_website_learns_nothing_from_a_length(client: FlaskClient, site: str, is_small: bool) -> None:
    answer = ask(client, "/?q=heron", headers={"Sec-Fetch-Site": site})
    assert ("Content-Encoding" in answer.headers) == is_small


def test_the_rooms_with_keys_are_there(app: APIFlask) -> None:
    assert set(app.blueprints) >= WITH_KEYS
    assert set(app.view_functions) >= FILES


def addresses(app: APIFlask, keys: dict[str, str], number: int) -> Iterator[str]:
    """Give every address that can be read, those with a key with one that opens it."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            key = keys["reset" if rule.rule.startswith("/reset") else "gallery"]
            key = keys["invitation"] if rule.rule.startswith("/invitation") else key
            address = re.sub(r"<any\([^>]*>", "preview", rule.rule).replace("<key>", key)
            yield re.sub(r"<[^>]*>", str(number), address)


def test_no_page_that_shows_a_key_is_compressed(app: APIFlask, session: Session) -> None:
    owner = as_role(app, session, "owner")
    image = added(owner)
    share = shared(owner, [image["id"]])
    shown = []
    keys = {"gallery": share["url"].rpartition("/")[2]}
    token = ask(
        owner, "/account/tokens", method="POST", data={"token_name": "S", "role": "viewer", "days": "7"}
    )
    assert token.status_code == 201
    invitation = {"email": "nina@studio.example", "name": "Nina", "role": "editor", "share": ""}
    owner.post("/people", data=invitation)
    page = ask(owner, "/people")
    keys["invitation"] = page.text.partition("/invitation/")[2].partition('"')[0]
    owner.post(f"/people/{owner.get('/api/audit').get_json()['entries'][0]['person_id']}/reset")
    reset = ask(owner, "/people")
    keys["reset"] = reset.text.partition("/reset/")[2].partition('"')[0]
    keys["token"] = re.findall(r'id="token-key" value="([^"]+)"', token.text)[0]
    locked = shared(owner, [image["id"]], passcode="lighthouse")
    for answer in (
        token,
        page,
        reset,
        enter(owner, locked, "wrong one"),
        ask(owner, "/shared"),
        ask(owner, "/api/shares"),
    ):
        assert "Content-Encoding" not in answer.headers
        shown += [name for name, key in keys.items() if key in answer.text]
    assert set(shown) == set(keys)
    compressed = 0
    for address in addresses(app, keys, image["id"]):
        answer = ask(owner, address)
        if "Content-Encoding" in answer.headers:
            compressed += 1
            told = plain(answer).decode()
            assert not [name for name, key in keys.items() if key in told], address
    assert compressed > 20


def test_a_page_that_is_asked_for_again_by_a_script_comes_only_when_it_is_another(
    client: FlaskClient,
) -> None:
    headers = {"Accept": "text/html"}
    mark = client.get("/collections", headers=headers).headers["ETag"]
    again = {**headers, "If-None-Match": mark}
    assert client.get("/collections", headers=again).status_code == 304
    client.post("/collections", data={"name": "Show"})
    # What the last page had to say waits for a person.
    page = client.get("/collections", headers=again)
    assert (page.status_code, "Show" in page.text, 'class="flashes"' in page.text) == (200, True, False)
    assert 'class="flashes"' in client.get("/collections").text
    assert "ETag" not in client.get("/collections").headers
