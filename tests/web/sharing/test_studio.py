"""The name and logo of the studio: in the galleries of clients instead of the program's name, and nowhere else."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from PIL import Image as Pillow
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from artworks.settings import installation
from tests.support.factories import added, picture
from tests.support.galleries import fetch, shared
from tests.support.people import as_role
from tests.web.conftest import MakeApp

PROGRAM = "Artwork Image Manager"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every request look at the settings anew."""
    monkeypatch.setattr(installation, "FRESH_SECONDS", 0.0)


def send(client: FlaskClient, data: bytes, version: int = 0, name: str = "logo.png") -> TestResponse:
    form = {"logo": FileStorage(io.BytesIO(data), name), "version": str(version)}
    # Encoded in memory: for a large form the client would leave a temporary file open.
    boundary, body = encode_multipart(form)
    kind = f'multipart/form-data; boundary="{boundary}"'
    return client.post("/settings/logo", data=body, content_type=kind, blind=True)


def files(client: FlaskClient) -> list[str]:
    storage = client.application.extensions["aim"].storage
    folder = storage.local_path("studio/x").parent
    return [f"studio/{path.name}" for path in folder.iterdir()] if folder.is_dir() else []


def test_clients_see_the_studio_in_the_gallery_and_nobody_elsewhere(
    client: FlaskClient, session: Session
) -> None:
    share = shared(client, [added(client)["id"]])
    path = share["url"].partition("localhost")[2]
    assert PROGRAM not in client.get(path).text
    client.patch("/api/settings/studio_name", json={"value": "Studio Håll & Söhne", "version": 0})
    assert send(client, picture("PNG", (900, 300))).status_code == 303
    said = "Studio Håll &amp; Söhne"
    page = client.get(path).text
    assert f" · {said}</title>" in page
    assert f'<bdi translate="no">{said}</bdi>' in page
    assert f'<meta property="og:site_name" content="{said}">' in page
    assert 'src="/studio/logo?v=' in page
    assert PROGRAM not in page
    for elsewhere in ("/", "/collections", "/shared"):
        assert said not in client.get(elsewhere).text, elsewhere
    address = page.partition('src="/studio/logo')[2].partition('"')[0]
    logo = fetch(client.application.test_client(), f"/studio/logo{address}")
    assert Pillow.open(io.BytesIO(logo.data)).size == (320, 107)
    assert "immutable" in logo.headers["Cache-Control"]
    assert "sandbox" in logo.headers["Content-Security-Policy"]
    assert logo.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" not in fetch(client, "/studio/logo?v=old").headers["Cache-Control"]
    actions = session.scalars(text("SELECT action FROM audit ORDER BY id")).all()
    assert {"setting changed", "logo of the studio set"} <= set(actions)


def test_a_logo_is_replaced_and_removed_over_nothing_that_was_not_seen(
    client: FlaskClient, session: Session
) -> None:
    assert send(client, picture("PNG")).status_code == 303
    [first] = files(client)
    stale = send(client, picture("GIF"), version=0)
    assert (stale.status_code, "changed elsewhere" in stale.text) == (409, True)
    assert 'name="version" value="1"' in stale.text
    assert files(client) == [first]
    assert send(client, picture("WEBP"), version=1, name="logo.webp").status_code == 303
    going = text("SELECT action FROM pending_file WHERE stored_filename = :key")
    assert session.scalars(going, {"key": first}).all() == ["delete"]
    gone = client.post("/settings/logo", data={"remove": "1", "version": "2"}, blind=True)
    assert gone.status_code == 303
    assert client.get("/studio/logo").status_code == 404
    assert session.scalar(text("SELECT count(*) FROM pending_file WHERE action = 'store'")) == 0


def test_what_is_no_logo_is_refused_with_the_reason_and_nothing_is_stored(
    app: APIFlask, client: FlaskClient, session: Session
) -> None:
    for data, status, said in (
        (b"%PDF-1.7", 415, "PDF"),
        (picture("PNG")[:60], 422, "damaged"),
        (b"", 422, "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(2 * 1024 * 1024), 413, "The limit is 2 MB"),
    ):
        answer = send(client, data)
        assert (answer.status_code, said in answer.text) == (status, True), answer.text[-3000:]
    assert client.post("/settings/logo", data={}).status_code == 422
    assert files(client) == []
    assert session.scalar(text("SELECT count(*) FROM pending_file")) == 0
    assert as_role(app, session, "editor").post("/settings/logo", data={}).status_code == 403


def test_the_environment_comes_first(make_app: MakeApp, tmp_path: Path) -> None:
    path = tmp_path / "sign.png"
    path.write_bytes(picture("PNG", (80, 80)))
    client = make_app(STUDIO_NAME="Atelier", STUDIO_LOGO=str(path)).test_client()
    page = client.get("/settings").text
    assert "set outside, <code>STUDIO_NAME</code>" in page
    assert "set outside, <code>STUDIO_LOGO</code>" in page
    assert client.get("/studio/logo").status_code == 200
    answer = send(client, picture("PNG"))
    assert (answer.status_code, "set where the program is started" in answer.text) == (409, True)
