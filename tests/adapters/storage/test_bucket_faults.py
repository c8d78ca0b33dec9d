"""What goes wrong with a bucket: each fault in each call keeps its meaning, and comes back in bounded time."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from opendal.layers import TimeoutLayer

from artworks.adapters.storage import bucket as storage_bucket
from artworks.adapters.storage.storage import Storage
from artworks.adapters.storage.url import storage_from_url
from artworks.core.errors import AppError, NotFound, StorageAway, StorageFull, StorageUnusable
from tests.adapters.storage.storage_calls import CALLS
from tests.fakes.faulty_s3 import BUCKET, TOLD, FaultyS3, faulty_s3

pytestmark = pytest.mark.slow

KEY, SECRET = "AKIDWHATEVER", "geheim-geheim"
FAULTS: list[tuple[int, str, type[AppError], str]] = [
    (404, "NoSuchBucket", StorageUnusable, f"The bucket {BUCKET} does not exist at http://127.0.0.1"),
    (403, "InvalidAccessKeyId", StorageUnusable, "correct AWS_ACCESS_KEY_ID"),
    (403, "SignatureDoesNotMatch", StorageUnusable, "correct AWS_SECRET_ACCESS_KEY"),
    (403, "AccessDenied", StorageUnusable, "may not use the bucket"),
    (400, "ExpiredToken", StorageUnusable, "renew it"),
    (403, "RequestTimeTooSkewed", StorageUnusable, "The clock of this machine"),
    (301, "PermanentRedirect", StorageUnusable, "in another region"),
    (400, "AuthorizationHeaderMalformed", StorageUnusable, "in another region"),
    (403, "", StorageUnusable, "refused the access key"),
    (405, "MethodNotAllowed", StorageUnusable, "answers 405 MethodNotAllowed"),
    (503, "SlowDown", StorageAway, "is too busy"),
    (429, "TooManyRequests", StorageAway, "is too busy"),
    (500, "InternalError", StorageAway, "is in trouble (500"),
    (502, "", StorageAway, "is in trouble (502"),
    (507, "XMinioStorageFull", StorageFull, "make some or raise its quota"),
    (403, "QuotaExceeded", StorageFull, "make some or raise its quota"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyS3]:
    with faulty_s3() as running:
        yield running


@pytest.fixture
def store(server: FaultyS3, monkeypatch: pytest.MonkeyPatch) -> Storage:
    monkeypatch.setattr(storage_bucket, "SECONDS", 2.0)
    server.fail()
    made = storage_from_url(server.url, access_key_id=KEY, secret_access_key=SECRET)
    made.put("a.png", b"12345")
    return made


@pytest.mark.parametrize("call", CALLS)
def test_each_answer_of_an_object_store_keeps_its_meaning_in_each_call(
    server: FaultyS3, store: Storage, caplog: pytest.LogCaptureFixture, call: str
) -> None:
    for status, code, kind, told in FAULTS:
        if call == "delete" and code == "NoSuchBucket":
            continue
        caplog.clear()
        server.fail(status=status, code=code)
        with pytest.raises(kind) as caught:
            CALLS[call](store)
        detail = caught.value.detail or ""
        assert told in detail, (status, code, detail)
        logged = [record for record in caplog.records if record.levelno >= logging.WARNING]
        # Whoever asks for a check tells its outcome; all others leave that to the log.
        assert [record.getMessage() for record in logged] == ([] if call == "check" else [detail])
        for text in (caught.value.message, detail, caplog.text):
            assert not any(secret in text for secret in (KEY, SECRET, TOLD)), text
        assert str(server.port) not in caught.value.message


def test_a_bucket_that_went_is_noticed_when_a_file_is_deleted(
    server: FaultyS3, store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.fail(status=404, code="NoSuchBucket")
    monkeypatch.setattr(storage_bucket, "SURE_FOR", 0.0)
    with pytest.raises(StorageUnusable, match="as it is set up"):
        store.delete("a.png")


def test_a_file_that_is_larger_than_the_store_takes_finds_no_room(server: FaultyS3, store: Storage) -> None:
    server.fail(status=400, code="EntityTooLarge")
    with pytest.raises(StorageFull) as caught:
        store.put("b.png", b"1")
    assert "takes no file as large as this one" in (caught.value.detail or "")


def test_a_missing_file_is_no_fault(
    server: FaultyS3, store: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    for call in ("read", "open", "size"):
        with pytest.raises(NotFound):
            getattr(store, call)("b.png")
    assert not store.exists("b.png")
    store.delete("b.png")
    assert caplog.records == []


@pytest.mark.parametrize(
    ("how", "call"),
    [
        *((how, call) for how in ("silence", "cut") for call in CALLS),
        *(("half", call) for call in ("read", "open", "list", "check")),
    ],
)
def test_a_store_that_is_silent_or_hangs_up_is_given_up_soon(
    server: FaultyS3, store: Storage, monkeypatch: pytest.MonkeyPatch, how: str, call: str
) -> None:
    monkeypatch.setattr(storage_bucket, "SECONDS", 0.3)
    store.__dict__.pop("_operator", None)
    server.fail(how=how, methods=["GET"] if how == "half" else ["GET", "PUT", "HEAD", "DELETE"])
    began = time.monotonic()
    with pytest.raises(StorageAway) as caught:
        CALLS[call](store)
    # As long as it is patient, twice for a check, with some air for a machine that is busy.
    assert time.monotonic() - began < 10.0
    assert caught.value.retry_after
    assert "cannot be used: " in (caught.value.detail or "")


def test_a_store_is_not_reached_for_different_reasons() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        nobody = listener.getsockname()[1]
    for endpoint, reason in (
        (f"http://127.0.0.1:{nobody}", "nobody listens there"),
        ("http://nowhere.invalid", "its name is not known"),
    ):
        store = storage_from_url(
            f"s3://pics?region=x&endpoint={endpoint}", access_key_id="k", secret_access_key="s"
        )
        for call in CALLS.values():
            with pytest.raises(StorageAway) as caught:
                call(store)
            assert reason in (caught.value.detail or "")


@pytest.mark.parametrize(
    ("url", "keys", "told"),
    [
        ("s3://pics?endpoint=http://127.0.0.1:1", True, "STORAGE_URL names no region"),
        ("s3://pics?region=x&endpoint=http://:::", True, "in STORAGE_URL cannot be one"),
        ("s3://pics?region=x&endpoint=http://127.0.0.1:1", False, "set AWS_ACCESS_KEY_ID"),
    ],
)
def test_a_setting_that_cannot_work_is_named(
    monkeypatch: pytest.MonkeyPatch, url: str, keys: bool, told: str
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    store = storage_from_url(
        url, access_key_id=KEY if keys else None, secret_access_key=SECRET if keys else None
    )
    for call in CALLS.values():
        with pytest.raises(StorageUnusable) as caught:
            call(store)
        assert told in (caught.value.detail or "")


def test_a_search_for_a_key_that_does_not_end_is_given_up_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(storage_bucket, "SECONDS", 0.3)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        where = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", where)
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", where)
        with pytest.raises(StorageAway) as caught:
            storage_from_url("s3://pics?region=x&endpoint=http://127.0.0.1:1").check()
    assert "Set AWS_ACCESS_KEY_ID" in (caught.value.detail or "")


def test_a_large_file_has_longer_than_a_small_one(
    server: FaultyS3, store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds: list[float] = []

    def noted(timeout: float, io_timeout: float) -> TimeoutLayer:
        seconds.append(io_timeout)
        return TimeoutLayer(timeout=timeout, io_timeout=io_timeout)

    monkeypatch.setattr(storage_bucket, "TimeoutLayer", noted)
    store.put("small.png", b"1")
    store.put("large.png", bytes(3 << 20))
    assert seconds[1] - seconds[0] == pytest.approx(3.0, abs=0.01)
