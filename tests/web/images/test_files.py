"""The bytes of pictures: served inert, cached privately, made when missing."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from PIL import Image as Pillow
from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.adapters.storage.folder import FolderStorage
from artworks.core.errors import Unavailable
from artworks.exports import transfers
from artworks.web.images import file_pages
from tests.fakes.storage import MemoryStorage
from tests.support.factories import added, picture, upload
from tests.support.material import padded
from tests.support.people import as_role
from tests.web.conftest import MakeApp

KINDS = ("original", "preview", "thumbnail")


def fetch(client: FlaskClient, address: str, **headers: str) -> Any:
    return client.get(address, headers=headers, buffered=True)


def inert(policy: str) -> bool:
    """Return whether nothing in a file that a browser opens could run or load anything."""
    return {"default-src 'none'", "frame-ancestors 'none'", "sandbox"} <= set(policy.split("; "))


def legacy(session: Session, name: str, original: str = "heron.jpg") -> int:
    """Add a row as an older program left it: nothing is known about its file."""
    query = text("INSERT INTO image (original_filename, stored_filename) VALUES (:o, :s) RETURNING id")
    number: int = session.scalars(query, {"o": original, "s": name}).one()
    session.commit()
    return number


def test_every_kind_of_file_is_inert_and_cached_privately(client: FlaskClient) -> None:
    image = added(client)
    for kind in KINDS:
        answer = fetch(client, image["urls"][kind])
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert inert(answer.headers["Content-Security-Policy"])
        assert answer.headers["Cache-Control"].startswith("private, max-age=")
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.mimetype == "image/jpeg"


def test_a_second_look_is_not_sent_again(client: FlaskClient) -> None:
    image = added(client)
    tags = set()
    for kind in KINDS:
        tag = fetch(client, image["urls"][kind]).headers["ETag"]
        again = fetch(client, image["urls"][kind], **{"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Cache-Control"].startswith("private")
        assert fetch(client, image["urls"][kind], **{"If-None-Match": '"other"'}).status_code == 200
        tags.add(tag)
    assert len(tags) == len(KINDS)


def test_renditions_have_their_sizes_and_no_metadata(client: FlaskClient) -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "secret place"
    out = io.BytesIO()
    Pillow.new("RGB", (1600, 1200), "teal").save(out, "JPEG", exif=exif)
    (image,) = upload(client, (out.getvalue(), "Heron.jpg")).get_json()["images"]
    for kind, size in (("preview", (1280, 960)), ("thumbnail", (320, 240))):
        data = fetch(client, image["urls"][kind]).data
        assert b"secret place" not in data
        with Pillow.open(io.BytesIO(data)) as made:
            assert made.size == size
    assert b"secret place" in fetch(client, image["urls"]["original"]).data


def test_a_download_has_the_original_name_and_nothing_else(client: FlaskClient, session: Session) -> None:
    image = added(client, 'Heron "at dusk".jpg')
    shown = fetch(client, image["urls"]["original"])
    assert "attachment" not in shown.headers.get("Content-Disposition", "")
    for name, expected in (
        ('Heron "at dusk".jpg', 'attachment; filename="Heron \\"at dusk\\".jpg"'),
        ("苍鹭🎨.jpg", "filename*=UTF-8''%E8%8B%8D%E9%B9%AD%F0%9F%8E%A8.jpg"),
        ("a\r\nSet-Cookie: x=1.jpg", 'attachment; filename="aSet-Cookie: x=1.jpg"'),
        ("../../etc/passwd", "attachment; filename=passwd"),
    ):
        session.execute(text("UPDATE image SET original_filename = :name"), {"name": name})
        session.commit()
        answer = fetch(client, image["urls"]["original"] + "?download=1")
        assert expected in answer.headers["Content-Disposition"]
        assert "Set-Cookie" not in answer.headers


def test_a_missing_original_is_404_and_its_page_still_works(client: FlaskClient, uploads: Path) -> None:
    image = added(client, post_title="Heron")
    for path in uploads.rglob("*.*"):
        path.unlink()
    for kind in KINDS:
        assert fetch(client, image["urls"][kind]).status_code == 404
    assert "Heron" in client.get(image["urls"]["page"]).get_data(as_text=True)
    assert "Heron" in client.get("/").get_data(as_text=True)


def test_lost_renditions_are_made_again(client: FlaskClient, uploads: Path) -> None:
    (image,) = upload(client, (picture(), "Heron.jpg")).get_json()["images"]
    before = {kind: fetch(client, image["urls"][kind]).data for kind in KINDS}
    for path in (uploads / "renditions").iterdir():
        path.unlink()
    assert {kind: fetch(client, image["urls"][kind]).data for kind in KINDS} == before


def test_a_picture_of_an_older_library_gets_its_facts_at_the_first_look(
    client: FlaskClient, session: Session, uploads: Path
) -> None:
    for name in ("heron.jpg", "苍鹭 1.jpg", 'quote".jpg', "Old Heron.JPEG"):
        number = legacy(session, name)
        uploads.mkdir(exist_ok=True)
        (uploads / name).write_bytes(picture("PNG", (90, 60)))
        before = client.get(f"/api/images/{number}").get_json()
        assert (before["width"], before["media_type"]) == (None, None)
        for kind in ("thumbnail", "preview", "original"):
            answer = fetch(client, before["urls"][kind])
            assert answer.status_code == 200
            assert answer.headers["ETag"].isascii()
        now = client.get(f"/api/images/{number}").get_json()
        assert (now["width"], now["height"], now["media_type"]) == (90, 60, "image/png")
        # An edit begun before the first look must not clash.
        assert (now["version"], now["updated_at"]) == (before["version"], before["updated_at"])


def test_two_first_looks_at_once_both_work(
    app: APIFlask, client: FlaskClient, session: Session, uploads: Path
) -> None:
    number = legacy(session, "heron.jpg")
    uploads.mkdir()
    (uploads / "heron.jpg").write_bytes(picture(size=(900, 600)))
    codes: list[int] = []

    def look(kind: str) -> None:
        codes.append(fetch(app.test_client(), f"/images/{number}/{kind}").status_code)

    threads = [threading.Thread(target=look, args=(kind,)) for kind in ("thumbnail", "preview") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [200] * 4


def test_names_of_an_older_library_that_are_no_plain_file_are_404(
    client: FlaskClient, session: Session, uploads: Path
) -> None:
    uploads.mkdir()
    (uploads.parent / "secret.jpg").write_bytes(picture())
    for name in ("../secret.jpg", ".hidden.jpg", "/etc/passwd", "a/b/c/d/e.jpg", "..", "missing.jpg"):
        number = legacy(session, name)
        urls = client.get(f"/api/images/{number}").get_json()["urls"]
        assert {fetch(client, urls[kind]).status_code for kind in KINDS} == {404}, name
        client.delete(f"/api/images/{number}")
    assert client.post("/api/trash/empty").get_json() == {"deleted": 6}
    assert (uploads.parent / "secret.jpg").exists()


def test_no_trick_with_the_path_reaches_another_file(client: FlaskClient, uploads: Path) -> None:
    image = added(client)
    (uploads / "private.jpg").write_bytes(picture())
    stored = image["stored_filename"]
    for path in (
        "private.jpg", "../app.py", "..%2fapp.py", "%2e%2e/app.py", "..\\app.py", "/etc/passwd", "%00",
        stored + "%00", stored + "/", "./" + stored + ".", f"renditions/{stored}-preview.jpg", ".gitkeep",
        "x" * 5000, stored.upper(), "",
    ):  # fmt: skip
        assert fetch(client, f"/static/uploads/{path}").status_code in (404, 308), path
    assert fetch(client, f"/images/{image['id']}/original").status_code == 404


def test_a_part_of_a_file_can_be_asked_for(client: FlaskClient, uploads: Path) -> None:
    image = added(client)
    whole = (uploads / image["stored_filename"]).read_bytes()
    some = fetch(client, image["urls"]["original"], Range="bytes=2-9")
    assert (some.status_code, some.data) == (206, whole[2:10])


@pytest.fixture
def remote(app: APIFlask, client: FlaskClient, uploads: Path) -> MemoryStorage:
    """Let the application keep its files in a store that is no folder."""
    storage = MemoryStorage()
    object.__setattr__(app.extensions["aim"], "storage", storage)
    return storage


def test_files_of_a_bucket_are_served_the_same_way(client: FlaskClient, remote: MemoryStorage) -> None:
    data = picture()
    (image,) = upload(client, (data, "苍鹭.jpg")).get_json()["images"]
    answer = fetch(client, image["urls"]["original"] + "?download=1")
    assert (answer.data, answer.content_length, answer.mimetype) == (data, len(data), "image/jpeg")
    assert "filename*=UTF-8''%E8%8B%8D%E9%B9%AD.jpg" in answer.headers["Content-Disposition"]
    assert inert(answer.headers["Content-Security-Policy"])
    again = fetch(client, image["urls"]["original"], **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    remote.files.clear()
    assert fetch(client, image["urls"]["original"]).status_code == 404


def test_a_store_that_is_away_is_503(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    image = added(client)

    def away(self: FolderStorage, key: str) -> bool:
        raise Unavailable("The picture store cannot be reached just now.")

    monkeypatch.setattr(FolderStorage, "exists", away)
    for kind in KINDS:
        answer = fetch(client, image["urls"][kind])
        assert answer.status_code == 503
        assert answer.headers["Cache-Control"] == "no-store"


def large(client: FlaskClient) -> str:
    """Add a picture whose original is large, and give its address."""
    (image,) = upload(client, (padded(file_pages.SMALL + 1), "Large.jpg")).get_json()["images"]
    address: str = image["urls"]["original"]
    return address


def test_large_originals_that_nobody_reads_leave_threads_for_pages(
    make_app: MakeApp, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfers, "WAIT_SECONDS", 0.0)
    app = make_app(WEB_THREADS="16")
    people = [as_role(app, session, "editor") for _ in range(4)]
    address = large(people[0])
    unread = [person.get(address) for person in people[:3] for _ in range(2)]
    assert [answer.status_code for answer in unread] == [200] * 6
    said = people[3].get(address, headers={"Accept": "application/json"})
    assert (said.status_code, said.get_json()["error"]["code"]) == (503, "unavailable")
    assert said.headers["Retry-After"]
    assert "Many files are being sent right now." in people[3].get(address).get_data(as_text=True)
    # Small ones, and what needs no bytes, are there all the same.
    assert people[3].head(address, buffered=True).status_code == 200
    assert fetch(people[3], address, **{"If-None-Match": unread[0].headers["ETag"]}).status_code == 304
    unread.pop().close()
    assert len(fetch(people[3], address).data) == file_pages.SMALL + 1
    assert people[0].get(address).status_code == 429
    for answer in unread:
        answer.close()


def test_a_part_of_a_large_original_is_still_sent(client: FlaskClient) -> None:
    address = large(client)
    answer = fetch(client, address, Range=f"bytes=2-{file_pages.SMALL}")
    assert (answer.status_code, len(answer.data)) == (206, file_pages.SMALL - 1)
    for _ in range(30):
        assert fetch(client, address).status_code == 200
