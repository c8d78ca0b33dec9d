"""The trash: gone everywhere else, back when wanted, deleted for good when emptied."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from artworks.adapters.storage.folder import FolderStorage
from artworks.core.errors import Unavailable
from artworks.files import pending as pending_files
from artworks.files import storage_mark
from artworks.images import trash
from models import Category
from tests.support.batching import somebody_waits, wait_until
from tests.support.factories import added, picture, upload


def trashed(client: FlaskClient, **words: Any) -> dict[str, Any]:
    image = added(client, **words)
    assert client.delete(f"/api/images/{image['id']}").status_code == 204
    return image


def files(folder: Path) -> list[str]:
    found = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != storage_mark.KEY)


def test_a_trashed_picture_is_404_everywhere_but_in_the_trash(client: FlaskClient) -> None:
    image = trashed(client, post_title="Heron")
    page, api, version = f"/images/{image['id']}", f"/api/images/{image['id']}", {"version": image["version"]}
    for address in (
        *image["urls"].values(),
        api,
        f"{page}/row",
        f"{page}?fragment=panel",
        f"{api}/revisions",
    ):
        assert client.get(address).status_code == 404, address
    assert client.patch(api, json={**version, "post_title": "x"}).status_code == 404
    assert client.delete(api).status_code == 404
    for address in ("/generate", "/refine", "/suggestion/accept", "/revisions/1/restore"):
        body = {"feedback": "x"} if address == "/refine" else {} if address == "/generate" else version
        body = {**body, "suggestion": 1} if address == "/suggestion/accept" else body
        assert client.post(f"{api}{address}", json=body).status_code == 404, address
    for address in ("", "/trash", "/generate", "/revisions/1/restore"):
        assert client.post(f"{page}{address}", data=version).status_code == 404, address
    assert "Heron" not in client.get("/").get_data(as_text=True)
    assert "Heron" not in client.get("/export.csv").get_data(as_text=True)
    assert client.get("/api/images").get_json()["total"]["count"] == 0


def test_the_trash_lists_what_is_in_it_with_its_thumbnail(client: FlaskClient) -> None:
    image = trashed(client, post_title="Heron")
    added(client, post_title="Otter")
    (listed,) = client.get("/api/images?trashed=1").get_json()["images"]
    assert listed["id"] == image["id"]
    assert client.get(listed["urls"]["thumbnail"], buffered=True).status_code == 200
    page = client.get("/trash").get_data(as_text=True)
    assert "Heron" in page
    assert "Otter" not in page
    assert listed["urls"]["thumbnail"] in page
    assert "<html" not in client.get("/trash?fragment=rows").get_data(as_text=True)


def test_a_restored_picture_is_back_with_its_words_and_a_history(client: FlaskClient) -> None:
    image = trashed(client, post_title="Heron", hashtags="bird", category="Prints")
    back = client.post(f"/api/images/{image['id']}/restore").get_json()
    kept = ("id", "post_title", "hashtags", "category", "stored_filename", "created_at")
    assert {name: back[name] for name in kept} == {name: image[name] for name in kept}
    assert client.get(image["urls"]["original"], buffered=True).status_code == 200
    history = client.get(f"/api/images/{image['id']}/revisions").get_json()["revisions"]
    assert [revision["action"] for revision in history] == ["untrash", "trash", "edit", "upload"]


def test_only_what_is_in_the_trash_can_be_restored(client: FlaskClient) -> None:
    image = added(client)
    for number in (image["id"], 4711, 10**30):
        assert client.post(f"/api/images/{number}/restore").status_code == 404
        assert client.post(f"/images/{number}/restore").status_code == 404


def test_a_duplicate_in_the_trash_does_not_count(client: FlaskClient) -> None:
    data = picture()
    first = upload(client, (data, "a.jpg")).get_json()["images"][0]
    client.delete(f"/api/images/{first['id']}")
    again = upload(client, (data, "a.jpg"))
    assert again.status_code == 201
    assert len(again.get_json()["images"]) == 1


def test_emptying_removes_rows_history_originals_and_renditions(
    client: FlaskClient, session: Session, uploads: Path
) -> None:
    kept = added(client)
    gone = [trashed(client) for _ in range(2)]
    assert client.post("/api/trash/empty").get_json() == {"deleted": 2}
    assert {name.split("/")[-1][:36] for name in files(uploads)} == {kept["stored_filename"][:36]}
    assert session.scalars(text("SELECT DISTINCT image_id FROM revision")).all() == [kept["id"]]
    assert client.get("/api/images?trashed=1").get_json()["images"] == []
    for image in gone:
        assert client.post(f"/api/images/{image['id']}/restore").status_code == 404
    assert client.get(kept["urls"]["original"], buffered=True).status_code == 200
    assert client.post("/api/trash/empty").get_json() == {"deleted": 0}


def test_a_picture_restored_while_the_trash_is_emptied_keeps_its_files(
    app: APIFlask, client: FlaskClient, engine: Engine, uploads: Path
) -> None:
    image = trashed(client)
    deleted: list[int] = []

    def empty() -> None:
        deleted.append(app.test_client().post("/api/trash/empty").get_json()["deleted"])

    emptying = threading.Thread(target=empty)
    with engine.connect() as restoring:
        restoring.execute(text("UPDATE image SET trashed_at = NULL"))
        emptying.start()
        # Until the other one waits for the row that is being restored.
        wait_until(lambda: somebody_waits(engine))
        restoring.commit()
    emptying.join()
    assert deleted == [0]
    assert len(files(uploads)) == 3
    assert client.get(image["urls"]["original"], buffered=True).status_code == 200


def test_a_file_that_cannot_be_deleted_now_stops_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    trashed(client)
    trashed(client)

    def broken(self: FolderStorage, key: str) -> None:
        raise Unavailable("The picture folder cannot be used.")

    monkeypatch.setattr(FolderStorage, "delete", broken)
    assert client.post("/api/trash/empty").get_json() == {"deleted": 2}


def test_what_was_deleted_is_told_when_the_database_fails_after_that(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        trashed(client, post_title=f"{number}")
    monkeypatch.setattr(trash, "ROWS_AT_ONCE", 1)
    begin, calls = pending_files.note_removing, []

    def full(*args: Any, **more: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise OperationalError("INSERT", {}, Exception("server closed the connection"))
        begin(*args, **more)

    monkeypatch.setattr(pending_files, "note_removing", full)
    answer = client.post("/api/trash/empty")
    assert answer.status_code == 503
    assert answer.get_json()["error"]["message"].startswith(
        "2 pictures were deleted for good, then the database"
    )
    monkeypatch.undo()
    assert client.post("/api/trash/empty").get_json() == {"deleted": 1}


def test_without_the_mark_of_this_database_nothing_is_deleted(client: FlaskClient, uploads: Path) -> None:
    trashed(client)
    (uploads / storage_mark.KEY).write_text('{"token": "of another database"}')
    answer = client.post("/api/trash/empty")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "conflict")
    assert "python main.py adopt" in client.post("/trash/empty").get_data(as_text=True)
    assert len(client.get("/api/images?trashed=1").get_json()["images"]) == 1
    assert len(files(uploads)) == 3


def test_categories_stay_when_their_pictures_go(client: FlaskClient, session: Session) -> None:
    trashed(client, category="Prints")
    client.post("/api/trash/empty")
    assert client.get("/api/categories").get_json() == {"categories": []}
    assert session.query(Category).count() == 1
    assert added(client, category="prints")["category"] == "Prints"
