"""Originals: inert whatever they are called, wherever they are kept, and behind the guard by every way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.web import assets
from tests.fakes.storage import MemoryStorage
from tests.support.factories import added, picture, upload
from tests.support.people import as_role

INERT = {"default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "sandbox"}
RTL = "\u202egpj.exe\u202c\u200f\u200e\u2066"
NAMES = (
    'He said "hello" \\ and left;.jpg', "a\r\nSet-Cookie: x=1\r\n\r\n<script>alert(1)</script>.jpg", "a\nb.jpg",
    "a\rb.jpg", "a\u2028b\u2029c\x0b\x0c\x85.jpg", f"heron{RTL}.jpg", "🦩🎨 苍鹭 اللقلق.jpg", "l" * 251 + ".jpg",
    "鹭" * 251 + ".jpg", "../../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "..", ".", " ", "",
    "a.jpg; filename=evil.exe", "a.jpg\"; filename*=UTF-8''evil.exe", "%0d%0aSet-Cookie:%20x=1.jpg",
    "=?utf-8?q?evil=0D=0A?=.jpg", "\x7f\x1b[31mred.jpg", "<img src=x onerror=alert(1)>.jpg", "CON.jpg", "a\x00b.jpg",
)  # fmt: skip
# Ways to say "the folder of the pictures" that no rule of an address has a name for.
AROUND = (
    "/static/./uploads/{0}", "/static//uploads/{0}", "/static/%2e/uploads/{0}", "/static/css/../uploads/{0}",
    "/static/css/%2e%2e/uploads/{0}", "/static/%75ploads/{0}", "/static/uploads%2f{0}", "/static/uploads/./{0}",
    "/static/uploads//{0}", "/static/UPLOADS/{0}", "/static/Uploads/{0}", "/static/\\uploads\\{0}",
    "/static/uploads%5c{0}", "/static/x/../uploads/{0}", "/static/css/..%2fuploads/{0}",
    "/static/../static/uploads/{0}",
    "/static/css/..\\uploads\\{0}", "/static/uploads%00/{0}", "/static/css/%e2%80%a5/uploads/{0}",
    "/static/css/\uff0e\uff0e/uploads/{0}", "/assets/x/uploads/{0}", "/assets/x/./uploads/{0}",
    "/assets/x/css/../uploads/{0}", "/assets/x/css/%2e%2e/uploads/{0}", "/assets/x/css/..%2fuploads/{0}",
    "/assets/x/js/../../static/uploads/{0}", "/assets/../static/uploads/{0}", "/assets/css/../uploads/{0}",
    "/bootstrap/static/../../static/uploads/{0}", "/bootstrap/static/css/../../uploads/{0}",
)  # fmt: skip
OUTSIDE = (
    "../app.py", "../../app.py", "css/../../app.py", "%2e%2e/app.py", "..%2fapp.py", "%2e%2e%2fapp.py", "..\\app.py",
    "%5c..%5capp.py", "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "file:///etc/passwd", "css/base.css%00.js",
    "css/%00", "%00", "css/\uff0e\uff0e/app.py", "css/\u2025/app.py", "css/%c0%ae%c0%ae/app.py", "css/..;/app.py",
    "css/....//app.py", "css", "css/", "js", "", ".", "..", "C:/windows/win.ini", "css/\u202ebase.css", "x" * 5000,
    "css/" + "../" * 200 + "etc/passwd", "samples/a.svg", "css/.gitkeep", ".env", "%ff%fe", "css/%0d%0a",
)  # fmt: skip


def fetch(client: FlaskClient, address: str, **headers: str) -> Any:
    return client.get(address, headers=headers, buffered=True)


def keep_in(app: APIFlask, kept: str) -> None:
    """Let the pictures be kept in a folder, or in a bucket that is no folder."""
    if kept == "bucket":
        app.extensions["aim"] = replace(app.extensions["aim"], storage=MemoryStorage())


@pytest.fixture
def stranger(app: APIFlask, session: Session) -> FlaskClient:
    """Return somebody without an account, where there are accounts."""
    as_role(app, session, "owner")
    return app.test_client()


def rules(policy: str) -> set[str]:
    return {rule.strip() for rule in policy.split(";")}


@pytest.mark.parametrize("kept", ["folder", "bucket"])
def test_no_name_of_a_file_gets_out_of_its_header(
    app: APIFlask, client: FlaskClient, session: Session, kept: str
) -> None:
    keep_in(app, kept)
    image = added(client)
    address = image["urls"]["original"]
    for name in NAMES:
        change = text("UPDATE image SET original_filename = :name")
        session.execute(change, {"name": name.replace("\0", "")})
        session.commit()
        for question in ("", "?download=1"):
            answer = fetch(client, address + question)
            assert answer.status_code == 200, name
            shown = answer.headers.get("Content-Disposition", "")
            assert shown.isascii(), name
            assert shown.isprintable(), name
            assert not {"Set-Cookie", "X-Evil"} & set(answer.headers.keys()), name
            assert (answer.mimetype, answer.headers["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
            assert rules(answer.headers["Content-Security-Policy"]) == INERT
            assert ("attachment" in shown) == bool(question), name
            for mark in (
                "/",
                "%2F",
                "%5C",
                "%0D",
                "%0A",
                "%E2%80%AE",
                "%E2%80%8F",
                "%E2%81%A6",
                "%00",
                "%1B",
            ):
                assert mark.lower() not in shown.lower() or mark.lower() in name, (name, shown)
            if question:
                assert "filename" in shown
                assert len(shown) < 1500


@pytest.mark.parametrize("kept", ["folder", "bucket"])
def test_the_name_that_was_uploaded_comes_back(app: APIFlask, client: FlaskClient, kept: str) -> None:
    keep_in(app, kept)
    for name, encoded in (
        ("Heron at dusk.jpg", "Heron"),
        ("苍鹭 🎨.jpg", "UTF-8''%E8%8B%8D%E9%B9%AD%20%F0%9F%8E%A8.jpg"),
    ):
        (image,) = upload(client, (picture(), name)).get_json()["images"]
        address = image["urls"]["original"]
        assert encoded in fetch(client, f"{address}?download=1").headers["Content-Disposition"]


@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"<html><script>alert(1)"]
)
def test_a_page_that_calls_itself_a_picture_is_not_taken(client: FlaskClient, content: bytes) -> None:
    for name in ("heron.jpg", "heron.svg", "heron.html", "heron.gif"):
        assert upload(client, (content, name)).status_code in (415, 422)


def test_a_picture_with_a_page_inside_it_stays_a_picture(client: FlaskClient) -> None:
    hidden = picture() + b"<script>alert(1)</script>"
    answer = upload(client, (hidden, "heron.html"))
    if answer.status_code == 201:
        (image,) = answer.get_json()["images"]
        assert not image["stored_filename"].endswith(".html")
        served = fetch(client, image["urls"]["original"])
        assert (served.mimetype, served.headers["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
        assert rules(served.headers["Content-Security-Policy"]) == INERT


def test_a_type_of_an_older_library_that_runs_is_not_believed(client: FlaskClient, session: Session) -> None:
    image = added(client)
    for kind in ("text/html", "image/svg+xml", "text/html\r\nX-Evil: 1", "application/javascript"):
        session.execute(text("UPDATE image SET media_type = :kind"), {"kind": kind})
        session.commit()
        answer = fetch(client, image["urls"]["original"])
        assert answer.mimetype in ("image/jpeg", "image/png", "image/gif", "application/octet-stream"), kind
        assert "X-Evil" not in answer.headers


def test_no_way_around_the_guard_leads_to_a_picture(
    app: APIFlask, stranger: FlaskClient, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pictures lie in static/uploads by default, beside the styles that everybody gets."""
    static = tmp_path / "static"
    assets.mark()
    for name in ("css", "js", "uploads"):
        (static / name).mkdir(parents=True)
    (static / "css" / "base.css").write_text("a {}")
    (static / "uploads" / "secret.jpg").write_bytes(picture())
    monkeypatch.setattr(assets, "STATIC", static)
    if app.static_folder:
        monkeypatch.setattr(app, "_static_folder", str(static))
    app.extensions["aim"].storage.root = static / "uploads"
    assert fetch(stranger, "/static/css/base.css").status_code == 200
    for address in ("/static/uploads/{0}", *AROUND):
        for method in ("GET", "HEAD", "POST"):
            answer = stranger.open(
                address.format("secret.jpg"), method=method, buffered=True, follow_redirects=False
            )
            for _ in range(3):
                if answer.status_code not in (301, 308):
                    break
                answer = stranger.open(answer.location, method=method, buffered=True)
            assert answer.status_code in (303, 401, 404, 405), (method, address)
            assert not answer.data.startswith(b"\xff\xd8"), (method, address)


@pytest.mark.parametrize("start", ["/static/", "/assets/x/", "/static/uploads/", "/bootstrap/static/"])
def test_no_trick_with_a_path_leaves_the_folder(client: FlaskClient, start: str) -> None:
    for path in OUTSIDE:
        answer = fetch(client, start + path)
        assert answer.status_code in (308, 404), (start, path)
        assert b"from __future__" not in answer.data
        assert b"root:" not in answer.data


def test_styles_and_scripts_are_there_under_both_names_and_nothing_else(client: FlaskClient) -> None:
    for name in ("css/base.css", "js/pages/site.js", "favicon.svg", "samples/two rooms, one evening.jpg"):
        for address in (f"/static/{name}", assets.asset(name)):
            assert fetch(client, address).status_code == 200
    assert fetch(client, "/static/css/base.css").headers["Cache-Control"] == "no-cache"
    for name in ("uploads/.gitkeep", "samples/none.gif"):
        for address in (f"/static/{name}", assets.asset(name)):
            assert fetch(client, address).status_code == 404


def test_pictures_are_shown_to_people_with_an_account_only(
    app: APIFlask, client: FlaskClient, session: Session
) -> None:
    image = added(client)
    viewer = as_role(app, session, "viewer")
    for kind in ("original", "preview", "thumbnail"):
        address = image["urls"][kind]
        assert fetch(viewer, address).status_code == 200
        assert fetch(app.test_client(), address, Accept="image/*").status_code == 401
        assert fetch(app.test_client(), address).status_code == 303
        tag = fetch(viewer, address).headers["ETag"]
        assert fetch(app.test_client(), address, **{"If-None-Match": tag}).status_code == 303


def test_a_picture_in_the_trash_is_nowhere_but_there(
    app: APIFlask, client: FlaskClient, session: Session
) -> None:
    image = added(client)
    client.delete(f"/api/images/{image['id']}")
    owner, viewer = as_role(app, session, "owner"), as_role(app, session, "viewer")
    for caller in (owner, viewer):
        for address in (
            image["urls"]["page"], image["urls"]["original"], image["urls"]["preview"], image["urls"]["thumbnail"],
            f"/api/images/{image['id']}", f"/api/images/{image['id']}/revisions", f"/images/{image['id']}/row",
        ):  # fmt: skip
            assert fetch(caller, address).status_code == 404, address
    assert fetch(owner, f"/trash/{image['id']}/thumbnail").status_code == 200
    assert fetch(viewer, f"/trash/{image['id']}/thumbnail").status_code == 403
