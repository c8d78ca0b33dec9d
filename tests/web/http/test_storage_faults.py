"""A picture store that fails, seen from the page: the right status, true words, nothing half-written, nothing lost."""

from __future__ import annotations

import errno
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.adapters.storage import bucket as storage_bucket
from artworks.adapters.storage.faults import away
from artworks.adapters.storage.folder import FolderStorage
from artworks.adapters.storage.storage import Storage
from artworks.adapters.storage.url import storage_from_url
from artworks.files.storage_watch import StorageWatch
from artworks.images import uploads
from tests.adapters.storage.test_folder_faults import break_files
from tests.fakes.faulty_s3 import TOLD, FaultyS3, faulty_s3
from tests.fakes.storage import MemoryStorage
from tests.support.factories import added, picture, upload
from tests.support.galleries import KINDS, shared
from tests.support.small_disk import small_disk

pytestmark = pytest.mark.slow

SECRET = "geheim-geheim"


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyS3]:
    with faulty_s3() as running:
        yield running


def keep_in(app: APIFlask, storage: Storage) -> None:
    """Let the application keep its pictures there, whether or not those of the rows are there."""
    object.__setattr__(app.extensions["aim"], "storage", storage)
    object.__setattr__(app.extensions["aim"], "watch", Trusting())


class Trusting(StorageWatch):
    """Asks the storage nothing, so that a test can count its calls."""

    def ensure_may_store(self, session: Session, storage: Storage) -> None:
        """Let everything be stored."""


@dataclass(frozen=True)
class Place:
    """A store that works until it is told to fail, and every way in which it can."""

    faults: dict[str, Callable[[], AbstractContextManager[None]]]
    statuses: dict[str, int]


@pytest.fixture(params=["folder", "bucket"])
def place(
    request: pytest.FixtureRequest,
    app: APIFlask,
    server: FaultyS3,
    uploads: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Place:
    if request.param == "folder":
        codes = {"EACCES": 503, "EROFS": 503, "EIO": 503, "ESTALE": 503, "EMFILE": 503, "ENOSPC": 507}
        keep_in(app, FolderStorage(uploads))
        return Place({name: broken_folder(uploads, getattr(errno, name)) for name in codes}, codes)
    monkeypatch.setattr(storage_bucket, "SECONDS", 0.5)
    server.fail()
    keep_in(app, storage_from_url(server.url, access_key_id="AKIDWHATEVER", secret_access_key=SECRET))
    answers = {"NoSuchBucket": 404, "SignatureDoesNotMatch": 403, "SlowDown": 503, "QuotaExceeded": 403}
    faults: dict[str, Callable[[], AbstractContextManager[None]]] = {
        code: failing(server, status=status, code=code) for code, status in answers.items()
    }
    faults |= {"silence": failing(server, how="silence"), "cut": failing(server, how="cut")}
    return Place(faults, {name: 507 if name == "QuotaExceeded" else 503 for name in faults})


def broken_folder(folder: Path, code: int) -> Callable[[], AbstractContextManager[None]]:
    @contextmanager
    def broken() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            break_files(patch, folder, code)
            yield

    return broken


def failing(server: FaultyS3, **plan: Any) -> Callable[[], AbstractContextManager[None]]:
    @contextmanager
    def broken() -> Iterator[None]:
        server.fail(**plan)
        try:
            yield
        finally:
            server.fail()

    return broken


def is_told_well(answer: TestResponse, status: int, caplog: pytest.LogCaptureFixture, folder: Path) -> None:
    """Make sure of status and words, that nothing from inside is shown, and that the log says more in a line."""
    error = answer.get_json()["error"]
    assert answer.status_code == status
    assert error["code"] == {503: "unavailable", 507: "storage_full"}[status]
    assert error["message"].endswith(".")
    assert "Something went wrong" not in error["message"]
    for inside in (str(folder), "http://", "127.0.0.1", "pics", TOLD, SECRET, "AKID"):
        assert inside not in answer.get_data(as_text=True)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]
    assert SECRET not in caplog.text
    assert TOLD not in caplog.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_each_fault_is_told_wherever_the_store_is_used(
    client: FlaskClient, place: Place, uploads: Path, caplog: pytest.LogCaptureFixture
) -> None:
    image = added(client, post_title="Heron")
    json = {"Accept": "application/json"}
    for name, fault in place.faults.items():
        with fault():
            answers = [upload(client, (picture(), "Egret.jpg"))]
            answers += [
                client.get(image["urls"][kind], headers=json) for kind in ("original", "preview", "thumbnail")
            ]
            answers += [client.post(f"/api/images/{image['id']}/generate", json={})]
            ready = client.get("/readyz")
            pages = [client.get(path) for path in ("/", image["urls"]["page"], "/export.csv", "/settings")]
        for answer in answers:
            is_told_well(answer, place.statuses[name], caplog, uploads)
        assert ready.get_json() == {"status": "unavailable", "database": True, "storage": False}
        # What needs no file goes on.
        assert [page.status_code for page in pages] == [200] * 4
        assert client.get("/api/images").get_json()["total"]["count"] == 1
        caplog.clear()
    for kind in ("original", "preview", "thumbnail"):
        assert client.get(image["urls"][kind], buffered=True).status_code == 200
    assert upload(client, (picture(), "Egret.jpg")).status_code == 201


def test_a_client_of_a_gallery_learns_nothing_of_the_store(
    app: APIFlask, studio: FlaskClient, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    storage = MemoryStorage()
    keep_in(app, storage)
    image = added(studio)
    share = shared(studio, [image["id"]], with_originals=True)
    for kind in KINDS:
        storage.fail_next(away("The object store at http://127.0.0.1 cannot be used."))
        answer = client.get(f"{share['url']}/{image['id']}/{kind}")
        assert answer.status_code == 503
        assert "This picture cannot be shown just now." in answer.text
        assert "http://" not in answer.text
    assert "The object store at http://127.0.0.1 cannot be used." in caplog.text
    assert client.get(f"{share['url']}/{image['id']}/preview").status_code == 200


def test_a_folder_that_is_no_longer_mounted_takes_nothing_and_gives_no_false_404(
    app: APIFlask, client: FlaskClient, uploads: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keep_in(app, FolderStorage(uploads))
    image = added(client)
    uploads.rename(uploads.with_name("elsewhere"))
    for kind in ("original", "preview", "thumbnail"):
        assert client.get(image["urls"][kind]).status_code == 503
    assert upload(client, (picture(), "b.jpg")).status_code == 503
    assert not uploads.exists()
    assert "is not there; mount its disk" in caplog.text
    uploads.with_name("elsewhere").rename(uploads)
    assert client.get(image["urls"]["original"], buffered=True).status_code == 200


@pytest.mark.parametrize("kind", ["original", "preview"])
def test_a_file_that_goes_while_it_is_asked_for_is_404(
    app: APIFlask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, uploads: Path, kind: str
) -> None:
    for storage in (FolderStorage(uploads), MemoryStorage()):
        keep_in(app, storage)
        image = added(client)
        exists = type(storage).exists

        def there_no_longer(self: Storage, key: str, exists: Any = exists) -> bool:
            found: bool = exists(self, key)
            self.delete(key)
            return found

        with monkeypatch.context() as patch:
            patch.setattr(type(storage), "exists", there_no_longer)
            answer = client.get(image["urls"][kind], headers={"Accept": "application/json"})
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "not_found")


def test_a_stored_file_is_opened_once_and_not_asked_for_its_size(app: APIFlask, client: FlaskClient) -> None:
    storage = MemoryStorage()
    keep_in(app, storage)
    image = added(client)
    storage.calls.clear()
    answer = client.get(image["urls"]["original"], buffered=True)
    assert answer.content_length == len(answer.data) == image["size_bytes"]
    assert [name for name, _key in storage.calls] == ["exists", "open"]


def test_a_disk_that_fails_in_the_middle_of_an_original_is_no_damaged_picture(
    app: APIFlask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, uploads: Path
) -> None:
    keep_in(app, FolderStorage(uploads))
    image = added(client)
    for path in (uploads / "renditions").iterdir():
        path.unlink()

    def fails(_path: Path) -> str:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr("utils.sha256_of", fails)
        answer = client.get(image["urls"]["preview"], headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "unavailable")
    assert client.get(image["urls"]["preview"], buffered=True).status_code == 200


def test_no_room_for_a_temporary_copy_is_not_the_store_s_fault(
    app: APIFlask,
    client: FlaskClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    storage = MemoryStorage()
    keep_in(app, storage)
    (image,) = upload(client, (picture("PNG") + bytes(100_000), "a.png")).get_json()["images"]
    for key in [key for key in storage.files if key.startswith("renditions/")]:
        storage.delete(key)
    with small_disk(tmp_path / "disk", 32) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        answer = client.get(image["urls"]["preview"], headers={"Accept": "application/json"})
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (507, "storage_full")
        assert f"No room is left for temporary files in {disk}" in caplog.text
        assert list(disk.iterdir()) == []
        monkeypatch.setattr(tempfile, "tempdir", None)
    assert client.get(image["urls"]["preview"], buffered=True).status_code == 200


def test_a_place_that_takes_no_arriving_files_is_told(
    client: FlaskClient, uploads: Path, caplog: pytest.LogCaptureFixture
) -> None:
    incoming = uploads.parent / "instance" / "incoming"
    incoming.parent.mkdir(exist_ok=True)
    incoming.write_text("a file in the folder's place")
    answer = upload(client, (picture(), "a.jpg"))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "unavailable")
    assert f"No temporary file can be made in {incoming}" in caplog.text


def test_an_error_that_nobody_foresaw_claims_nothing_about_what_was_saved(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(*_: Any, **__: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(uploads, "receive", torn)
    message = upload(client, (picture(), "a.jpg")).get_json()["error"]["message"]
    assert "Nothing you wrote was changed" not in message
    assert "Look whether your change was saved" in message
    monkeypatch.setattr("artworks.search.listing.page", torn)
    assert "Look whether" not in client.get("/api/images").get_json()["error"]["message"]
