"""A gallery as a folder of pages: whole, leading nowhere else, and nothing in it that the gallery does not share."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.adapters.zip_stream import ZipStream
from artworks.exports.transfers import Slots
from artworks.web.sharing import folder
from artworks.web.sharing.folder import stem
from tests.support.factories import added, picture, upload
from tests.support.galleries import Share, fetch, shared
from tests.support.people import as_role

LINK = re.compile(r'(?:href|src|srcset|content|action)="([^"]*)"')
SECRETS = ("Secret title", "secret words", "Private name", "#secretTag", "secret notes", "Secret shelf")
WORDS: dict[str, Any] = {
    "post_title": "Secret title", "description": "secret words", "hashtags": ["#secretTag"],
    "category": "Secret shelf", "key_points": "secret notes", "alt_text": "A bird",
}  # fmt: skip


def unpacked(studio: FlaskClient, share: Share) -> dict[str, bytes]:
    answer = fetch(studio, f"/shared/{share['id']}/folder.zip")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    found = zipfile.ZipFile(io.BytesIO(answer.data))
    assert found.testzip() is None
    return {name: found.read(name) for name in found.namelist()}


def test_a_folder_is_whole_and_leads_nowhere_else(
    studio: FlaskClient, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    monkeypatch.setattr(folder, "PICTURES_A_PAGE", 2)
    monkeypatch.setattr(folder, "READ_AT_ONCE", 2)
    titles = ["CON", "Ärger / Öl \\ é", "x" * 200, "日本の春", "<b>../../etc</b>"]
    ids = [added(studio, f"{number}.jpg", post_title=title)["id"] for number, title in enumerate(titles)]
    share = shared(studio, ids, title="NUL", with_words=True, note="By the sea")
    files = unpacked(studio, share)
    assert {name.partition("/")[0] for name in files} == {"gallery-nul"}
    for name in files:
        assert re.fullmatch(r"[a-z0-9-]+(/[a-z0-9-]+){1,2}\.(html|css|jpg|webp)", name), name
        assert len(name) < 100
        for part in name.split("/"):
            assert not folder.DEVICES.fullmatch(part.partition(".")[0])
    pages = {name: data.decode() for name, data in files.items() if name.endswith(".html")}
    assert len(pages) == 3 + len(ids)
    reached = {"gallery-nul/index.html"}
    todo = list(reached)
    while todo:
        name = todo.pop()
        for link in LINK.findall(pages.get(name, "")):
            for one in (part.split()[0] for part in link.split(", ") if part and "=" not in part):
                parts = urlsplit(one)
                assert not parts.scheme, one
                goal = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
                if parts.path and "." in parts.path and goal not in reached:
                    assert goal in files, (name, one)
                    reached.add(goal)
                    todo.append(goal)
    assert reached == set(files)
    assert "&lt;b&gt;../../etc&lt;/b&gt;" in pages["gallery-nul/index-3.html"]
    assert "<script" not in "".join(pages.values())
    styles = files["gallery-nul/style.css"].decode()
    assert "prefers-color-scheme: dark" in styles
    assert "http" not in styles.replace("http://www.w3.org/", "")
    said = session.execute(text("SELECT action, target FROM audit ORDER BY id DESC LIMIT 1")).one()
    assert tuple(said) == ("gallery saved as a folder", "NUL")


@pytest.mark.parametrize(("with_words", "with_originals"), [(False, False), (True, False), (False, True)])
def test_neither_the_pages_nor_the_folder_lead_to_more_than_is_shared(
    studio: FlaskClient, app: APIFlask, with_words: bool, with_originals: bool
) -> None:
    data = picture("JPEG", (3000, 2000))
    (image,) = upload(studio, (data, "Private name.jpg")).get_json()["images"]
    studio.patch(f"/api/images/{image['id']}", json={"version": image["version"], **WORDS})
    other = added(studio, "Other.jpg", post_title="Other secret")
    share = shared(studio, [image["id"]], with_words=with_words, with_originals=with_originals)
    hidden = [word for word in SECRETS if not (with_words and word in ("Secret title", "secret words"))]
    client, home = app.test_client(), share["url"].removeprefix("http://localhost")
    seen: set[str] = set()
    todo = [home, *(f"{home}/{image['id']}/{kind}" for kind in ("neighbours", "neighbours?after=1"))]
    while todo:
        address = todo.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = fetch(client, address)
        if "viewer" in address or "large" in address or "original" in address:
            assert answer.status_code == (200 if with_originals else 404), address
        assert f"/{other['id']}" not in address
        if answer.mimetype not in ("text/html", "application/json"):
            continue
        for word in (*hidden, "Other secret", image["stored_filename"], "studio.example"):
            assert word not in answer.text, (address, word)
        for link in (*LINK.findall(answer.text), *re.findall(r'data-[\w-]+="(/[^"]*)"', answer.text)):
            for one in (part.split()[0] for part in link.replace("&amp;", "&").split(", ") if part.strip()):
                path = one.removeprefix("http://localhost").partition("#")[0]
                if path.startswith(home):
                    todo.append(path)
                else:
                    assert not path.startswith(("/images", "/shared", "/static", "/api", "/sign-in")), path
    assert f"{home}/{image['id']}" in seen
    for kind in ("viewer", "large", "original"):
        status = fetch(client, f"{home}/{image['id']}/{kind}").status_code
        assert (status == 200) <= with_originals, kind
    files = unpacked(studio, share)
    whole = b"".join(body for name, body in files.items() if name.endswith((".html", ".css")))
    for word in (*hidden, "Other secret", image["stored_filename"], "localhost", home.rpartition("/")[2]):
        assert word.encode() not in whole, word
    originals = [name for name in files if "/originals/" in name]
    assert [files[name] for name in originals] == ([data] if with_originals else [])
    assert (data in files.values()) == with_originals
    assert all("secret" not in name for name in files) or with_words


def test_a_picture_whose_file_is_missing_is_told_and_the_rest_goes_on(
    studio: FlaskClient, uploads: Path
) -> None:
    first, second = (added(studio, f"{number}.jpg") for number in range(2))
    share = shared(studio, [first["id"], second["id"]], with_originals=True)
    for path in uploads.rglob(f"*{Path(first['stored_filename']).stem}*"):
        path.unlink()
    files = unpacked(studio, share)
    assert b"was missing" in files["coast/picture-001.html"]
    assert b"was missing" in files["coast/index.html"]
    assert b"was missing" not in files["coast/picture-002.html"]
    assert "coast/pictures/002.jpg" in files
    assert not [name for name in files if "/001" in name]


def test_a_folder_is_for_editors_within_the_transfers_and_never_of_a_closed_gallery(
    app: APIFlask, studio: FlaskClient, session: Session
) -> None:
    share = shared(studio, [added(studio)["id"]], passcode="harbour")
    address = f"/shared/{share['id']}/folder.zip"
    for page in ("/shared", f"/shared/{share['id']}"):
        assert address in studio.get(page).text
        assert "A folder has no passcode" in studio.get(page).text
    assert as_role(app, session, "viewer").get(address).status_code == 403
    assert (studio.head(address).data, studio.get(f"{address}?ready=1").status_code) == (b"", 204)
    app.extensions["transfers"] = Slots(1, 1, 0, too_many="Many.", too_many_each="Several.")
    for _ in range(2):
        assert fetch(studio, address).status_code == 200
    under_way = app.extensions["transfers"].take("somebody")
    for rest in ("", "?ready=1"):
        assert studio.get(f"{address}{rest}").status_code == 503
    under_way.leave()
    studio.delete(f"/api/shares/{share['id']}")
    assert studio.get(address).status_code == 409
    assert studio.get("/shared/4711/folder.zip").status_code == 404


def test_names_fit_every_system() -> None:
    assert [stem(name) for name in ("CON", "com1", "Ärger/Öl", "日本", "a" * 300, "..", "lpt9x")] == [
        "gallery-con", "gallery-com1", "arger-ol", "", "a" * 60, "", "lpt9x",
    ]  # fmt: skip


def test_a_zip_of_any_number_of_files_is_sent_piece_by_piece() -> None:
    stream = ZipStream()
    most = 0
    whole = bytearray()
    for number in range(66_000):
        piece = stream.add_bytes(f"{number}", b"")
        most = max(most, len(piece))
        whole += piece
    for piece in stream.add_pieces("large", (bytes(1024) for _ in range(3000))):
        most = max(most, len(piece))
        whole += piece
    whole += stream.end()
    assert most < 8192
    found = zipfile.ZipFile(io.BytesIO(whole))
    assert (len(found.namelist()), found.getinfo("large").file_size) == (66_001, 3000 * 1024)
