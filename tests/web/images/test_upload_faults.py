"""Uploads that break off: what is said to be in is in, whole; the rest has left nothing, and is named."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse

from artworks.core.errors import AppError, DecoderEnded, StorageAway, StorageFull, StorageUnusable
from artworks.files import storage_watch
from artworks.images import image as images
from artworks.images.uploads import BROKEN
from artworks.imaging import renditions
from artworks.search import listing as search
from tests.fakes.storage import MemoryStorage
from tests.support.factories import picture, upload
from tests.support.small_disk import make_read_only, small_disk
from tests.web.conftest import MakeApp
from tests.web.http.test_storage_faults import keep_in


def test_a_store_that_asks_for_patience_says_when_to_come_back(app: APIFlask, client: FlaskClient) -> None:
    for error, after in ((StorageAway("Away.", retry_after=5.0), "5"), (StorageUnusable("Broken."), None)):
        storage = MemoryStorage()
        keep_in(app, storage)
        for files in ([(picture(), "a.jpg")], [(picture(), "a.jpg"), (picture(), "b.jpg")]):
            storage.fail_next(error)
            answer = upload(client, *files)
            assert (answer.status_code, answer.headers.get("Retry-After")) == (503, after)


def keys_of(image: dict[str, Any]) -> set[str]:
    """Return the keys of the three files that a picture owns."""
    name = image["stored_filename"]
    return {name} | {f"renditions/{name}-{kind}-v2.jpg" for kind in ("thumbnail", "preview")}


@pytest.mark.parametrize(
    "error",
    [
        StorageFull("There is no room left.", detail="The disk is full."),
        StorageAway("It cannot be reached.", detail="Nobody listens."),
        StorageUnusable("It cannot be used.", detail="The bucket is missing."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_call_fails_an_upload_of_three_tells_the_truth(
    app: APIFlask, client: FlaskClient, error: AppError
) -> None:
    for step in range(1, 10):
        storage = MemoryStorage()
        keep_in(app, storage)
        before = client.get("/api/images").get_json()["total"]["count"]
        storage.fail_next(error, after=step)
        answer = upload(client, *((picture(), f"{name}.jpg") for name in "abc"))
        body = answer.get_json()
        whole = (step - 1) // 3
        assert [image["original_filename"] for image in body["images"]] == ["a.jpg", "b.jpg"][:whole]
        assert [one["filename"] for one in body["rejected"]] == ["a.jpg", "b.jpg", "c.jpg"][whole:]
        assert {one["error"]["message"] for one in body["rejected"]} == {error.message}
        assert answer.status_code == (201 if whole else error.status)
        assert ("error" in body) == (whole == 0)
        assert client.get("/api/images").get_json()["total"]["count"] == before + whole
        assert set(storage.files) == {key for image in body["images"] for key in keys_of(image)}
        # The files after the one that failed were not tried: each call may take its time.
        assert sum(name == "put" for name, _key in storage.calls) == step


def test_what_was_refused_or_known_before_a_fault_is_told_too(app: APIFlask, client: FlaskClient) -> None:
    storage, known = MemoryStorage(), picture()
    keep_in(app, storage)
    first = upload(client, (known, "known.jpg")).get_json()["images"][0]
    storage.fail_next(StorageAway("It cannot be reached."))
    answer = upload(client, (b"text", "text.jpg"), (known, "again.jpg"), (picture(), "new.jpg"))
    body = answer.get_json()
    assert answer.status_code == 503
    assert body["duplicates"] == [{"filename": "again.jpg", "image_id": first["id"]}]
    assert [(one["filename"], one["error"]["code"]) for one in body["rejected"]] == [
        ("text.jpg", "unsupported_type"),
        ("new.jpg", "unavailable"),
    ]
    assert body["error"]["message"] == "It cannot be reached."


def test_a_plain_form_tells_which_pictures_are_in_and_which_are_not(
    app: APIFlask, client: FlaskClient
) -> None:
    storage = MemoryStorage()
    keep_in(app, storage)
    storage.fail_next(StorageFull("There is no room left."), after=4)
    parts = [("files", (picture(), name)) for name in ("a.jpg", "b.jpg")]
    form = MultiDict((field, FileStorage(io.BytesIO(data), name)) for field, (data, name) in parts)
    shown = client.post("/", data=form, follow_redirects=True).get_data(as_text=True)
    assert "1 picture added." in shown
    assert "b.jpg: There is no room left." in shown


def test_files_that_cannot_be_taken_back_are_left_to_the_clean_up_and_logged(
    app: APIFlask, client: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, tried = MemoryStorage(), []

    def stuck(key: str) -> None:
        tried.append(key)
        raise StorageAway("It cannot be reached.")

    monkeypatch.setattr(storage, "delete", stuck)
    keep_in(app, storage)
    storage.fail_next(StorageAway("It cannot be reached."), after=3)
    assert upload(client, (picture(), "a.jpg")).status_code == 503
    assert len(tried) == 1
    (line,) = [
        record.getMessage() for record in caplog.records if "left to the clean-up" in record.getMessage()
    ]
    (stored,) = {key.removeprefix("renditions/")[:40] for key in storage.files}
    assert stored in line
    assert client.get("/api/images").get_json()["total"]["count"] == 0


def test_a_commit_whose_end_is_not_known_loses_no_original(
    app: APIFlask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The database wrote the row, and the line broke before it could say so."""
    storage, data = MemoryStorage(), picture()
    keep_in(app, storage)
    commit, create = Session.commit, images.create
    written: list[str] = []

    def noted(session: Session, new: Any, *more: Any) -> Any:
        written.append(new.stored_filename)
        return create(session, new, *more)

    def torn(session: Session) -> None:
        commit(session)
        if written:
            raise OperationalError("COMMIT", {}, Exception("server closed the connection"))

    with monkeypatch.context() as patch:
        patch.setattr(images, "create", noted)
        patch.setattr(Session, "commit", torn)
        assert upload(client, (data, "a.jpg")).status_code == 503
    assert "its files are kept" in caplog.text
    (image,) = client.get("/api/images").get_json()["images"]
    assert client.get(image["urls"]["original"], buffered=True).data == data
    again = upload(client, (data, "a.jpg")).get_json()
    assert again["duplicates"] == [{"filename": "a.jpg", "image_id": image["id"]}]


class DiskFullError(Exception):
    """What the driver raises when the disk of the database is full."""

    pgcode = "53100"


def test_a_commit_that_the_database_refuses_leaves_no_file(
    app: APIFlask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, create = MemoryStorage(), images.create
    keep_in(app, storage)

    def create_and_be_refused(session: Session, *more: Any) -> Any:
        made = create(session, *more)

        def refused() -> None:
            del session.commit
            raise OperationalError("COMMIT", {}, DiskFullError("could not extend file"))

        session.commit = refused  # type: ignore[method-assign]
        return made

    monkeypatch.setattr(images, "create", create_and_be_refused)
    assert upload(client, (picture(), "a.jpg")).status_code >= 500
    assert storage.files == {}
    assert client.get("/api/images").get_json()["total"]["count"] == 0


def test_a_database_that_goes_in_the_middle_of_an_upload_is_told_with_what_is_in(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, calls = images.create, []

    def gone(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise OperationalError("INSERT", {}, Exception("server closed the connection"))
        return create(*args)

    monkeypatch.setattr(images, "create", gone)
    answer = upload(client, *((picture(), f"{name}.jpg") for name in "abc"))
    body = answer.get_json()
    assert answer.status_code == 201
    assert [image["original_filename"] for image in body["images"]] == ["a.jpg"]
    assert [(one["filename"], one["error"]["code"]) for one in body["rejected"]] == [
        ("b.jpg", "unavailable"),
        ("c.jpg", "unavailable"),
    ]


def test_one_picture_that_could_not_be_opened_does_not_keep_the_others_out(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make, errors = renditions.make, iter([None, DecoderEnded("It was ended."), None, KeyError("a bug"), None])

    def failing(*args: Any) -> Any:
        if error := next(errors, None):
            raise error
        return make(*args)

    monkeypatch.setattr(renditions, "make", failing)
    answer = upload(client, *((picture(), f"{name}.jpg") for name in "abcde"))
    body = answer.get_json()
    assert answer.status_code == 201
    assert [image["original_filename"] for image in body["images"]] == ["a.jpg", "c.jpg", "e.jpg"]
    ended, broken = body["rejected"]
    assert (ended["filename"], ended["error"]["message"]) == ("b.jpg", "It was ended.")
    assert (broken["filename"], broken["error"]["message"]) == ("d.jpg", BROKEN)
    assert "KeyError: 'a bug'" in caplog.text
    assert client.get("/api/images").get_json()["total"]["count"] == 3


def test_pictures_that_are_in_are_told_when_they_cannot_be_shown(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object) -> None:
        raise OperationalError("SELECT", {}, Exception("server closed the connection"))

    with monkeypatch.context() as patch:
        patch.setattr(search, "select_images", gone)
        answer = upload(client, (picture(), "a.jpg"), (picture(), "b.jpg"))
    assert answer.status_code == 503
    assert answer.get_json()["error"]["message"].startswith("2 pictures added. The database did not answer")
    assert client.get("/api/images").get_json()["total"]["count"] == 2


def test_a_storage_that_goes_in_between_is_not_told_as_if_nothing_was_added(
    app: APIFlask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, looks = app.extensions["aim"].watch, iter([True, False])
    monkeypatch.setattr(watch, "_is_known_good", lambda _storage: next(looks))
    monkeypatch.setattr(storage_watch, "may_be_missing", lambda _session: True)
    monkeypatch.setattr(watch, "_inspect", lambda *_args: SimpleNamespace(blocked=True))
    body = upload(client, (picture(), "a.jpg"), (picture(), "b.jpg")).get_json()
    assert [image["original_filename"] for image in body["images"]] == ["a.jpg"]
    assert "This picture was not added" in body["rejected"][0]["error"]["message"]
    assert "Nothing was added" not in str(body)


def test_a_real_disk_that_fills_up_and_turns_read_only(
    make_app: MakeApp, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with small_disk(tmp_path / "disk", 96) as disk:
        client = make_app(STORAGE_URL=str(disk)).test_client()
        answers: list[TestResponse] = []
        while not answers or answers[-1].status_code == 201:
            answers.append(upload(client, (picture("PNG", (60, 40)) + bytes(20_000), f"{len(answers)}.png")))
        assert len(answers) > 1
        assert (answers[-1].status_code, answers[-1].get_json()["error"]["code"]) == (507, "storage_full")
        listed = client.get("/api/images").get_json()["images"]
        assert len(listed) == len(answers) - 1
        files = [path for path in disk.rglob("*") if path.is_file()]
        assert len(files) == 3 * len(listed)
        for image in listed:
            assert client.get(image["urls"]["original"], buffered=True).content_length == image["size_bytes"]

        make_read_only(disk)
        refused = upload(client, (picture(), "late.jpg"))
        assert (refused.status_code, refused.get_json()["error"]["code"]) == (503, "unavailable")
        assert "read-only; mount it" in caplog.text
        assert client.get(listed[0]["urls"]["original"], buffered=True).status_code == 200


def test_a_real_disk_of_arriving_files_that_is_full(make_app: MakeApp, tmp_path: Path, uploads: Path) -> None:
    with small_disk(tmp_path / "disk", 64) as disk:
        client = make_app(INSTANCE_DIR=str(disk)).test_client()
        answer = upload(client, (picture() + bytes(200_000), "large.jpg"))
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (507, "storage_full")
        assert [path for path in disk.rglob("*") if path.is_file() and "upload-" in path.name] == []
        assert client.get("/api/images").get_json()["total"]["count"] == 0
        assert upload(client, (picture(), "small.jpg")).status_code == 201
