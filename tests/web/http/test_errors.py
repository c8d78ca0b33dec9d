"""Errors: the right status, plain words, an id to report, and nothing from the inside."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy.engine import make_url

from artworks.search import listing as search
from artworks.web.images.file_pages import INERT
from artworks.web.security import POLICY
from tests.fakes.relay import Relay
from tests.support.factories import added, picture, upload
from tests.web.conftest import MakeApp

SECRET = "/etc/secret-of-the-house"


def broken(*_: object, **__: object) -> None:
    raise RuntimeError(SECRET)


def test_a_bug_is_a_500_with_an_id_that_the_log_has_too(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(search, "_page", broken)
    for address in ("/api/images", "/", "/?fragment=rows", "/trash"):
        caplog.clear()
        answer = client.get(address)
        shown = answer.get_data(as_text=True)
        assert answer.status_code == 500
        assert "Traceback" not in shown
        assert "RuntimeError" not in shown
        assert SECRET not in shown
        (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
        number = record.getMessage().split()[1]
        assert number in shown
        assert record.exc_info is not None
        assert answer.headers["Cache-Control"] == "no-store"


def test_an_unknown_address_is_json_for_programs_and_a_page_for_people(client: FlaskClient) -> None:
    data = client.get("/api/nowhere")
    assert (data.status_code, data.get_json()["error"]["code"]) == (404, "not_found")
    page = client.get("/nowhere", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    program = client.get("/nowhere", headers={"Accept": "application/json"})
    assert program.get_json()["error"]["code"] == "not_found"


def test_a_wrong_method_says_which_ones_work(client: FlaskClient) -> None:
    data = client.put("/api/images")
    assert (data.status_code, data.get_json()["error"]["code"]) == (405, "bad_request")
    assert {"GET", "POST"} <= set(data.headers["Allow"].split(", "))
    assert client.delete("/settings").status_code == 405


def test_an_error_names_code_message_and_field_only(client: FlaskClient) -> None:
    image = added(client)
    answer = client.patch(f"/api/images/{image['id']}", json={"version": 1, "status": "gone"}).get_json()
    assert set(answer) == {"error"}
    assert set(answer["error"]) == {"code", "message", "field"}


def test_the_log_cannot_be_forged_through_an_address(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(search, "_page", broken)
    client.get("/?q=x%0aERROR%20forged%20line", headers={"User-Agent": "forged"})
    assert "forged" not in caplog.text.replace("%0a", "")


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def test_every_kind_of_answer_has_the_security_headers(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = added(client)
    page = image["urls"]["page"]
    answers = [
        client.get(address, buffered=True)
        for address in (
            "/", "/trash", "/settings", "/export", "/export.csv", page, f"{page}/row", f"{page}?fragment=panel",
            "/healthz", "/readyz", "/icons.svg", "/static/css/base.css", "/bootstrap/static/nothing", "/nowhere",
            "/api/images", "/api/nowhere", "/api/openapi.json", "/?sort=x", *image["urls"].values(),
        )
    ]  # fmt: skip
    tag = answers[-1].headers["ETag"]
    answers += [
        client.get(image["urls"]["thumbnail"], headers={"If-None-Match": tag}, buffered=True),
        client.post("/trash/empty", headers={"Sec-Fetch-Site": "cross-site"}),
        client.post("/trash/empty"),
        client.delete("/"),
        client.options("/api/images"),
        client.open("/", method="HEAD"),
        client.post(
            f"/api/images/{image['id']}/generate", headers={"Accept": "text/event-stream"}, buffered=True
        ),
        upload(client, (b"nonsense", "x.jpg")),
        client.patch(f"/api/images/{image['id']}", json={"version": 999}),
    ]
    monkeypatch.setattr(search, "_page", broken)
    answers.append(client.get("/"))
    # The last one: from now on people sign in.
    answers.append(client.get("/", headers={"Host": "evil.example"}))
    assert {answer.status_code for answer in answers} >= {
        200,
        303,
        304,
        400,
        403,
        404,
        405,
        409,
        415,
        422,
        500,
    }
    for answer in answers:
        assert HEADERS.items() <= dict(answer.headers).items(), answer.request.path
        policy = answer.headers["Content-Security-Policy"]
        assert policy in (POLICY, INERT), answer.request.path
        assert "unsafe" not in policy
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Cache-Control"] != ""


def test_pages_and_data_are_never_cached_and_marked_files_for_long(client: FlaskClient) -> None:
    for address in ("/", "/settings", "/api/images", "/export.csv"):
        assert client.get(address).headers["Cache-Control"] == "no-store"
    forever = "public, max-age=31536000, immutable"
    addresses = re.findall(r'(?:href|src)="(/(?:assets|bootstrap)/[^"]+)"', client.get("/").text)
    assert len(addresses) > 5
    for address in addresses:
        assert client.get(address, buffered=True).headers["Cache-Control"] == forever, address
    older = client.get("/assets/an-older-one/css/base.css", buffered=True)
    assert (older.status_code, older.headers["Cache-Control"]) == (200, "no-cache")
    for address in ("/assets/x/uploads/a.png", "/assets/x/css/../uploads/a.png", "/assets/x/css/nothing.css"):
        assert client.get(address).status_code == 404


def test_https_is_remembered_only_where_it_is_used(make_app: MakeApp) -> None:
    client = make_app(TRUSTED_PROXIES="1").test_client()
    assert "Strict-Transport-Security" not in client.get("/healthz").headers
    secure = client.get("/healthz", headers={"X-Forwarded-Proto": "https"})
    assert "max-age" in secure.headers["Strict-Transport-Security"]


@pytest.fixture
def relay(database_url: str) -> Iterator[Relay]:
    """Yield a door to the database that the test can shut."""
    folder = make_url(database_url).query["host"]
    door = Relay(f"{folder}/.s.PGSQL.5432")
    yield door
    door.close()


def test_a_database_that_goes_is_a_503_and_comes_back_without_a_restart(
    make_app: MakeApp, relay: Relay, database_url: str
) -> None:
    url = make_url(database_url)
    client = make_app(
        DATABASE_URL=f"postgresql://{url.username or 'postgres'}@127.0.0.1:{relay.port}/{url.database}"
    ).test_client()
    image = added(client, post_title="Heron")
    # A connection that went while nobody used it is not even noticed.
    relay.shut()
    relay.reopen()
    assert client.get("/api/images").status_code == 200
    relay.shut()
    for address in ("/", "/api/images", image["urls"]["page"], image["urls"]["thumbnail"], "/export.csv"):
        answer = client.get(address)
        assert answer.status_code == 503, address
        assert int(answer.headers["Retry-After"]) > 0
        assert "psycopg2" not in answer.get_data(as_text=True)
    edit = {"version": image["version"], "post_title": "Lost"}
    refused = client.patch(f"/api/images/{image['id']}", json=edit)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (503, "unavailable")
    assert upload(client, (picture(), "x.jpg")).status_code == 503
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    relay.reopen()
    assert client.get("/readyz").status_code == 200
    assert client.get(f"/api/images/{image['id']}").get_json() == image
    assert client.get("/api/images").get_json()["total"]["count"] == 1
