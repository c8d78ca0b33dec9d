"""Uploading: what comes in is there byte for byte, what does not fit is named and leaves nothing."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from artworks.adapters.storage.folder import FolderStorage
from artworks.core.errors import StorageFull
from artworks.images import image as images
from tests.support.batching import somebody_waits, wait_until
from tests.support.factories import picture, upload
from tests.support.material import padded
from tests.web.conftest import MakeApp

MIB = 1024 * 1024
BOUNDARY = "frontier"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="endless.jpg"\r\n\r\n'
).encode()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def nothing_left(client: FlaskClient, uploads: Path) -> bool:
    """Return whether there is neither a row nor a file, stored or still arriving."""
    rows = client.get("/api/images").get_json()["total"]["count"]
    return not rows and not files(uploads) and not files(uploads.parent / "instance" / "incoming")


def test_the_original_is_kept_byte_for_byte(client: FlaskClient, uploads: Path) -> None:
    for kind, media_type, ending in (
        ("JPEG", "image/jpeg", ".jpg"), ("PNG", "image/png", ".png"), ("GIF", "image/gif", ".gif"),
    ):  # fmt: skip
        data = picture(kind, (64, 48))
        answer = upload(client, (data, "Heron.JPG"), category=" Prints ", key_points="linocut\r\n30 cm")
        (image,) = answer.get_json()["images"]
        assert answer.status_code == 201
        assert (image["media_type"], image["width"], image["height"]) == (media_type, 64, 48)
        assert image["stored_filename"].endswith(ending)
        assert (image["size_bytes"], image["category"]) == (len(data), "Prints")
        assert image["key_points"] == "linocut\n30 cm"
        assert (uploads / image["stored_filename"]).read_bytes() == data
        served = client.get(image["urls"]["original"], buffered=True)
        assert (served.data, served.mimetype) == (data, media_type)


def test_the_stored_name_tells_nothing_of_the_original_name(client: FlaskClient, uploads: Path) -> None:
    names = {
        "../../etc/passwd.jpg": "passwd.jpg",
        "苍鹭 at dusk 🎨.jpg": "苍鹭 at dusk 🎨.jpg",
        "\u202egpj.exe": "gpj.exe",
        "مالك الحزين.jpg": "مالك الحزين.jpg",
        "x" * 300 + ".jpg": "x" * 251 + ".jpg",
        "CON.jpg": "CON.jpg",
        "Heron %22at dusk%22 100%.jpg": 'Heron "at dusk" 100%.jpg',
        "..": "picture",
        "<script>alert(1)<script>.jpg": "<script>alert(1)<script>.jpg",
    }
    for name, label in names.items():
        (image,) = upload(client, (picture(), name)).get_json()["images"]
        assert image["original_filename"] == label
        assert len(image["stored_filename"]) == 40
    stored = [path.relative_to(uploads) for path in files(uploads)]
    assert len(stored) == 3 * len(names)
    assert {str(path.parent) for path in stored} == {".", "renditions"}


def test_one_name_twice_overwrites_nothing(client: FlaskClient) -> None:
    first, second = upload(client, *[(picture(), "Heron.jpg") for _ in range(2)]).get_json()["images"]
    assert first["stored_filename"] != second["stored_filename"]
    for image in (first, second):
        assert client.get(image["urls"]["original"], buffered=True).status_code == 200


OTHER_KINDS = {
    "drawing.png": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "page.jpg": b"<html><script>alert(1)</script></html>",
    "paper.gif": b"%PDF-1.7",
    "photo.jpg": b"RIFF\x24\0\0\0WEBPVP8 ",
    "text.png": b"hello",
    "scan.jpg": b"II*\0" + b"\0" * 100,
}


def test_files_of_other_kinds_are_refused_whatever_their_name(client: FlaskClient, uploads: Path) -> None:
    for name, data in OTHER_KINDS.items():
        answer = upload(client, (data, name))
        body = answer.get_json()
        assert answer.status_code == 415
        assert body["rejected"][0]["filename"] == name
        assert body["rejected"][0]["error"]["code"] == "unsupported_type"
    assert nothing_left(client, uploads)


def test_damaged_and_empty_files_are_refused(client: FlaskClient, uploads: Path) -> None:
    whole = picture("PNG", (300, 300))
    for data, code in (
        (whole[: len(whole) // 2], "damaged_file"), (whole[:20], "damaged_file"),
        (picture("JPEG", (300, 300))[:-400], "damaged_file"), (b"", "invalid"),
    ):  # fmt: skip
        answer = upload(client, (data, "Heron.png"))
        assert answer.status_code == 422
        assert answer.get_json()["rejected"][0]["error"]["code"] == code
    assert nothing_left(client, uploads)


def test_sixteen_mib_are_in_and_one_byte_more_is_out(client: FlaskClient, uploads: Path) -> None:
    largest, over = padded(16 * MIB), padded(16 * MIB + 1)
    assert (len(largest), len(over)) == (16 * MIB, 16 * MIB + 1)
    answer = upload(client, (largest, "fits.jpg"), (over, "Heron.jpg"))
    body = answer.get_json()
    assert answer.status_code == 201
    assert [image["size_bytes"] for image in body["images"]] == [16 * MIB]
    assert body["rejected"] == [
        {
            "filename": "Heron.jpg",
            "error": {
                "code": "too_large",
                "message": "Heron.jpg is a little too large. The limit is 16 MB.",
                "field": "files",
            },
            "format": None,
            "convertible": False,
        }
    ]
    assert (uploads / body["images"][0]["stored_filename"]).read_bytes() == largest


def test_the_limit_is_on_each_file_not_on_the_request(make_app: MakeApp, uploads: Path) -> None:
    client = make_app(MAX_UPLOAD_MB="1").test_client()
    answer = upload(client, *[(padded(MIB - n), f"{n}.jpg") for n in range(3)])
    assert (answer.status_code, len(answer.get_json()["images"])) == (201, 3)
    alone = upload(client, (padded(MIB + 200_000), "Heron.jpg"))
    error = alone.get_json()["rejected"][0]["error"]
    assert alone.status_code == 413
    assert error["message"] == "Heron.jpg is 1.2 MB. The limit is 1 MB."
    assert not files(uploads.parent / "instance" / "incoming")


class Untouchable:
    """A body that fails the test when it is read."""

    def read(self, size: int = -1) -> bytes:
        """Return nothing."""
        raise AssertionError("the body was read")


def test_an_oversized_request_is_refused_by_its_length_without_reading(client: FlaskClient) -> None:
    for address in ("/api/images", "/"):
        answer = client.post(
            address,
            content_type=f"multipart/form-data; boundary={BOUNDARY}",
            environ_overrides={"wsgi.input": Untouchable(), "CONTENT_LENGTH": "2000000000"},
        )
        assert answer.status_code == 413, address


class Endless:
    """A form with a file that never ends; counts what is taken of it."""

    def __init__(self) -> None:
        self.head, self.taken = HEAD, 0

    def read(self, size: int = -1) -> bytes:
        """Return as much as is asked for."""
        data = self.head or b"\xff\xd8\xff" + b"x" * (max(size, 4) - 3)
        self.head = b""
        self.taken += len(data)
        return data


def test_a_file_that_never_ends_is_cut_off(make_app: MakeApp, uploads: Path) -> None:
    client, body = make_app(MAX_UPLOAD_MB="1").test_client(), Endless()
    answer = client.post(
        "/api/images",
        environ_overrides={
            "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
            "CONTENT_LENGTH": "",
            "wsgi.input": body,
            "wsgi.input_terminated": True,
        },
    )
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (413, "too_large")
    assert answer.get_json()["error"]["message"].startswith(
        "endless.jpg is far larger than 1 MB, which is the limit."
    )
    assert MIB < body.taken < 3 * MIB
    assert nothing_left(client, uploads)


def test_one_bad_file_among_several_is_named_and_the_others_are_kept(client: FlaskClient) -> None:
    twice = picture()
    answer = upload(
        client,
        (twice, "one.jpg"),
        (b"nonsense", "two.jpg"),
        (picture("PNG"), "three.png"),
        (twice, "four.jpg"),
    )
    body = answer.get_json()
    first = body["images"][0]["id"]
    assert answer.status_code == 201
    assert [image["original_filename"] for image in body["images"]] == ["one.jpg", "three.png"]
    assert body["duplicates"] == [{"filename": "four.jpg", "image_id": first}]
    assert [(one["filename"], one["error"]["code"]) for one in body["rejected"]] == [
        ("two.jpg", "unsupported_type")
    ]


def test_when_all_are_refused_the_first_one_gives_the_status(make_app: MakeApp) -> None:
    client = make_app(MAX_UPLOAD_MB="1").test_client()
    bad = {413: padded(MIB + 1), 415: b"nonsense", 422: picture()[:-300]}
    for status, data in bad.items():
        others = [(other, "other.jpg") for key, other in bad.items() if key != status]
        answer = upload(client, (data, "first.jpg"), *others)
        assert answer.status_code == status
        assert len(answer.get_json()["rejected"]) == 3


def test_duplicates_are_skipped_or_kept_as_wished(client: FlaskClient) -> None:
    data = picture()
    first = upload(client, (data, "one.jpg")).get_json()["images"][0]
    skipped = upload(client, (data, "two.jpg"))
    assert skipped.status_code == 200
    assert skipped.get_json() == {
        "images": [], "duplicates": [{"filename": "two.jpg", "image_id": first["id"]}], "rejected": [],
            "converted": [],
    }  # fmt: skip
    kept = upload(client, (data, "two.jpg"), duplicates="keep")
    assert (kept.status_code, len(kept.get_json()["images"])) == (201, 1)
    assert upload(client, (data, "x.jpg"), duplicates="ask").get_json()["error"]["field"] == "duplicates"


def test_one_file_uploaded_by_two_at_once_is_one_picture(
    app: APIFlask, client: FlaskClient, engine: Engine, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, here = picture(), []
    statuses: list[int] = []
    create = images.create

    def late(*args: Any) -> Any:
        here.append(True)
        # Both would come here if the second did not have to wait for the first one's row.
        wait_until(lambda: len(here) > 1 or somebody_waits(engine))
        return create(*args)

    def send() -> None:
        statuses.append(upload(app.test_client(), (data, "Heron.jpg")).status_code)

    monkeypatch.setattr(images, "create", late)
    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 201]
    assert client.get("/api/images").get_json()["total"]["count"] == 1
    assert len(files(uploads)) == 3


def test_a_form_that_does_not_fit_is_refused(client: FlaskClient, uploads: Path) -> None:
    one = (picture(), "Heron.jpg")
    forms: list[tuple[TestResponse, str]] = [
        (upload(client), "files"),
        (upload(client, (b"", "")), "files"),
        (upload(client, *[(b"x", f"{n}.jpg") for n in range(21)]), "files"),
        (upload(client, one, title="x"), "title"),
        (upload(client, one, category="x" * 81), "category"),
        (upload(client, one, key_points="x" * 5001), "key_points"),
        (upload(client, one, key_points="a\0b"), "key_points"),
        (client.post("/api/images", data={"picture": (io.BytesIO(one[0]), "a.jpg")}), "files"),
        (client.post("/api/images", data={"files": "no file"}), "files"),
        (client.post("/api/images", json={"files": []}), "files"),
        (client.post("/api/images"), "files"),
    ]
    for answer, field in forms:
        assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, field)
    assert nothing_left(client, uploads)


def test_a_broken_form_is_refused(client: FlaskClient, uploads: Path) -> None:
    for body in (b"", b"nonsense", HEAD, HEAD + picture()[:100], HEAD.replace(b"files", b"\xff\xfe")):
        answer = client.post(
            "/api/images", data=body, content_type=f"multipart/form-data; boundary={BOUNDARY}"
        )
        assert 400 <= answer.status_code < 500
    parts = {f"field{n}": "x" for n in range(60)}
    assert upload(client, (picture(), "a.jpg"), **parts).status_code == 413
    assert nothing_left(client, uploads)


def fail_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the n-th put into the storage find the disk full."""
    put: Callable[[FolderStorage, str, Any], None] = FolderStorage.put
    calls = []

    def full(self: FolderStorage, key: str, source: Any) -> None:
        calls.append(key)
        if len(calls) == step:
            raise StorageFull("There is no room left for more pictures.")
        put(self, key, source)

    monkeypatch.setattr(FolderStorage, "put", full)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_full_disk_is_said_and_leaves_nothing(
    client: FlaskClient, uploads: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    fail_at(step, monkeypatch)
    answer = upload(client, (picture(), "Heron.jpg"))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (507, "storage_full")
    assert nothing_left(client, uploads)


def test_what_was_stored_before_the_disk_was_full_is_kept(
    client: FlaskClient, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_at(5, monkeypatch)
    body = upload(client, (picture(), "one.jpg"), (picture(), "two.jpg")).get_json()
    assert [image["original_filename"] for image in body["images"]] == ["one.jpg"]
    assert [(one["filename"], one["error"]["code"]) for one in body["rejected"]] == [
        ("two.jpg", "storage_full")
    ]
    assert len(files(uploads)) == 3


def test_a_full_disk_while_a_file_arrives_leaves_nothing(
    client: FlaskClient, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: object, _view: memoryview) -> None:
        raise StorageFull("There is no room left on the disk for this file.")

    monkeypatch.setattr("utils.CappedFile._write_all", full)
    answer = upload(client, (picture(), "Heron.jpg"))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (507, "storage_full")
    assert nothing_left(client, uploads)


def test_a_database_that_goes_before_the_row_leaves_no_file(
    client: FlaskClient, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("server closed the connection"))

    with monkeypatch.context() as broken:
        broken.setattr(images, "create", gone)
        answer = upload(client, (picture(), "Heron.jpg"))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "unavailable")
    assert nothing_left(client, uploads)


def test_the_hash_of_the_file_is_remembered(client: FlaskClient) -> None:
    data = picture()
    upload(client, (data, "one.jpg"))
    trailing = upload(client, (data + b"\0", "one.jpg")).get_json()
    assert hashlib.sha256(data).digest() != hashlib.sha256(data + b"\0").digest()
    assert trailing["duplicates"] == []


def test_pictures_go_where_they_were_dropped(client: FlaskClient) -> None:
    collection = client.post("/api/collections", json={"name": "Spring show"}).get_json()["id"]
    data = picture()
    [known] = upload(client, (data, "Known.jpg")).get_json()["images"]
    given = {"collection": str(collection), "category": "Prints", "hashtags": "#coast"}
    answer = upload(client, (picture(), "New.jpg"), (data, "Known.jpg"), **given).get_json()
    [image] = answer["images"]
    assert (image["category"], image["hashtags"]) == ("Prints", ["#coast"])
    # One that was there before goes along, and keeps its words.
    inside = client.get(f"/api/images?collection={collection}").get_json()["images"]
    assert {one["id"]: one["category"] for one in inside} == {image["id"]: "Prints", known["id"]: ""}
    for wrong, status in (("4711", 404), ("x", 422), ("-1", 422)):
        refused = upload(client, (picture(), "Lost.jpg"), collection=wrong)
        assert refused.status_code == status
    assert client.get("/api/images").get_json()["total"]["count"] == 2
    page = client.get(f"/?collection={collection}&tag=%23coast").text
    assert "&#34;name&#34;: &#34;#coast, Spring show&#34;" in page
    assert 'data-drop="collection"' in page
    assert "&#34;is_unseen&#34;: true" in client.get("/?status=ready").text
