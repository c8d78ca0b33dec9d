"""The contract of a store, kept by the folder, by the bucket wrapper and by the fake the other tests use."""

from __future__ import annotations

import errno
import os
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from artworks.adapters.storage.bucket import BucketStorage
from artworks.adapters.storage.folder import FolderStorage
from artworks.adapters.storage.storage import Storage, rendition_key
from artworks.adapters.storage.temporary_files import hold
from artworks.adapters.storage.url import storage_from_url, without_secrets
from artworks.core.errors import Conflict, NotFound, StorageFull, Unavailable
from tests.fakes.storage import MemoryStorage

STORES: dict[str, Callable[[Path], Storage]] = {
    "folder": lambda folder: FolderStorage(folder / "uploads"),
    "bucket": lambda folder: BucketStorage("memory", {}),
    "fake": lambda folder: MemoryStorage(),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    (tmp_path / "uploads").mkdir()
    return STORES[request.param](tmp_path)


def test_what_was_put_is_read_byte_for_byte(store: Storage, tmp_path: Path) -> None:
    data = os.urandom(300_000)
    source = tmp_path / "spooled"
    source.write_bytes(data)

    store.put("a.png", source)
    store.put("renditions/a-preview.webp", data[:1000])

    assert store.read("a.png") == data
    with store.open("a.png") as file:
        assert (file.read(10), file.seek(0), file.read()) == (data[:10], 0, data)
    assert store.size("renditions/a-preview.webp") == 1000
    assert source.exists()


def test_a_second_put_replaces_the_first(store: Storage) -> None:
    store.put("a.png", b"one")
    store.put("a.png", b"three")

    assert store.read("a.png") == b"three"
    assert store.size("a.png") == 5


def test_an_empty_file_is_a_file(store: Storage) -> None:
    store.put("a.png", b"")

    assert (store.exists("a.png"), store.read("a.png"), store.size("a.png")) == (True, b"", 0)


def test_a_deleted_file_is_gone_and_deleting_again_is_fine(store: Storage) -> None:
    store.put("a.png", b"1")
    store.delete("a.png")
    store.delete("a.png")

    assert not store.exists("a.png")


@pytest.mark.parametrize("call", ["read", "open", "size"])
def test_a_missing_file_is_named(store: Storage, call: str) -> None:
    with pytest.raises(NotFound):
        getattr(store, call)("missing.png")


def test_every_file_is_listed_with_its_time_and_size(store: Storage) -> None:
    store.put("a.png", b"12345")
    store.put("renditions/a-thumbnail.jpg", b"1")

    listed = {key: (written, size) for key, written, size in store.list()}

    assert {key: size for key, (_, size) in listed.items()} == {"a.png": 5, "renditions/a-thumbnail.jpg": 1}
    assert all(abs(datetime.now(UTC) - written) < timedelta(minutes=5) for written, _ in listed.values())


def test_an_empty_store_lists_nothing(store: Storage) -> None:
    assert list(store.list()) == []


BAD_KEYS = ["", "/etc/passwd", "../a", "a/../b", "a//b", ".hidden", "a/.part-1", "a\0", "a\\b", "a\n", "a/"]


@pytest.mark.parametrize("key", BAD_KEYS)
@pytest.mark.parametrize("call", ["read", "open", "size", "exists", "delete", "put"])
def test_a_key_that_is_no_plain_path_is_refused(store: Storage, call: str, key: str) -> None:
    with pytest.raises(ValueError, match="Not a storage key"):
        store.put(key, b"1") if call == "put" else getattr(store, call)(key)


def test_check_leaves_nothing_behind(store: Storage) -> None:
    store.check()

    assert list(store.list()) == []


def test_rendition_keys_follow_the_original_s_name() -> None:
    assert rendition_key("5f0c.png", "thumbnail", "image/jpeg", 1) == "renditions/5f0c.png-thumbnail.jpg"
    assert rendition_key("5f0c.gif", "viewer", "image/webp", 2) == "renditions/5f0c.gif-viewer-v2.webp"


def test_the_longest_name_of_an_older_library_has_renditions_too(store: Storage) -> None:
    for name in ("n" * 251 + ".png", "絵" * 83 + ".png"):
        for version in (1, 999):
            key = rendition_key(name, "thumbnail", "image/webp", version)
            store.put(key, b"1")
            assert store.read(key) == b"1"
    # As an older program named it.
    assert rendition_key("a" * 240, "preview", "image/jpeg", 1) == f"renditions/{'a' * 240}-preview.jpg"


@pytest.mark.parametrize("key", ["Old name (2).jpeg", "März.png", "絵画 🎨.gif"])
def test_files_of_an_older_library_keep_their_names(store: Storage, key: str) -> None:
    store.put(key, b"1")

    assert [found for found, _, _ in store.list()] == [key]
    assert store.read(key) == b"1"


def test_only_the_folder_has_paths_on_this_machine(tmp_path: Path) -> None:
    folder, bucket = FolderStorage(tmp_path), BucketStorage("memory", {})
    folder.put("a.png", b"1")

    path = folder.local_path("a.png")

    assert path is not None
    assert path.read_bytes() == b"1"
    assert bucket.local_path("a.png") is None


def everything_in(folder: Path) -> list[str]:
    """Name every file below a folder, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("step", "code", "error"),
    [
        ("shutil.copyfileobj", errno.ENOSPC, StorageFull),
        ("os.fsync", errno.ENOSPC, StorageFull),
        ("os.fsync", errno.EDQUOT, StorageFull),
        ("os.fsync", errno.EIO, Unavailable),
        ("pathlib.Path.replace", errno.EACCES, Unavailable),
    ],
)
def test_a_failed_put_leaves_the_old_file_and_nothing_else(
    step: str, code: int, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, source = FolderStorage(tmp_path / "uploads"), tmp_path / "new"
    source.write_bytes(b"new")
    store.put("a.png", b"old")

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(step, fail)
    with pytest.raises(error):
        store.put("a.png", source)

    assert everything_in(store.root) == ["a.png"]
    assert store.read("a.png") == b"old"


def test_a_put_is_flushed_before_and_after_it_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, steps = FolderStorage(tmp_path), []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        steps.append("flush " + ("folder" if Path(f"/proc/self/fd/{handle}").is_dir() else "file"))
        real_fsync(handle)

    def replace(part: Path, target: Path) -> Path:
        steps.append("rename")
        return real_replace(part, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    store.put("a.png", b"1")

    assert steps == ["flush file", "rename", "flush folder"]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    store, seen = FolderStorage(tmp_path), set()
    wholes = [bytes([n]) * 400_000 for n in (1, 2)]
    store.put("a.png", wholes[0])

    def write() -> None:
        for n in range(30):
            store.put("a.png", wholes[n % 2])

    writer = threading.Thread(target=write)

    writer.start()
    while writer.is_alive():
        seen.add(store.read("a.png"))
    writer.join()

    assert seen <= set(wholes)


def test_what_a_killed_process_left_is_hidden_and_removed_once_old(tmp_path: Path) -> None:
    store = FolderStorage(tmp_path)
    store.put("renditions/a.jpg", b"1")
    left, written = (tmp_path / "renditions" / f".part-{uuid.uuid4()}" for _ in range(2))
    for path in (left, written):
        path.write_bytes(b"half")
    (tmp_path / ".gitkeep").touch()

    assert [key for key, _, _ in store.list()] == ["renditions/a.jpg"]
    assert store.clean() == 0, "a moment ago: nobody may hold them yet"
    for path in (left, written):
        age(path, 2)
    with written.open("rb") as writing:
        hold(writing)
        assert store.clean() == 1
        assert everything_in(tmp_path) == [".gitkeep", f"renditions/{written.name}", "renditions/a.jpg"]
    assert store.clean() == 1
    assert everything_in(tmp_path) == [".gitkeep", "renditions/a.jpg"]


def age(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_a_folder_is_walked_through_in_order_from_any_place_on(tmp_path: Path) -> None:
    check_walking(FolderStorage(tmp_path))


def check_walking(store: Storage) -> None:
    for key in ("b.png", "a.png", "renditions/b.jpg", "renditions/a.jpg", "quarantine/x/renditions/c.jpg"):
        store.put(key, b"1")

    def keys(*place: str, deep: bool = True) -> list[str]:
        return [key for key, _, _ in store.list(*place, deep=deep)]

    everything = ["a.png", "b.png", "quarantine/x/renditions/c.jpg", "renditions/a.jpg", "renditions/b.jpg"]
    assert keys() == everything
    assert keys("", "b.png") == everything[2:]
    assert keys(deep=False) == ["a.png", "b.png"]
    assert keys("", "a.png", deep=False) == ["b.png"]
    assert keys("renditions", "renditions/a.jpg", deep=False) == ["renditions/b.jpg"]
    assert keys("quarantine") == ["quarantine/x/renditions/c.jpg"]
    assert keys("nowhere") == keys("nowhere", deep=False) == []


def test_what_a_check_left_that_was_broken_off_goes_after_an_hour(tmp_path: Path) -> None:
    store = FolderStorage(tmp_path)
    left = ["check-00000000-0000-4000-8000-00000000000" + digit for digit in "12"]
    for key in ("a.png", "check-list.png", *left, "d.png"):
        store.put(key, b"1")
        age(tmp_path / key, 7200)
    age(tmp_path / left[1], 3500)
    assert store.clean_checks() == 1
    assert everything_in(tmp_path) == ["a.png", left[1], "check-list.png", "d.png"]


def test_a_file_of_a_folder_is_moved_and_replaces_none(tmp_path: Path) -> None:
    check_moving(FolderStorage(tmp_path))


def check_moving(store: Storage) -> None:
    store.put("a.png", b"1")
    store.move("a.png", "quarantine/x/a.png")
    assert (store.exists("a.png"), store.read("quarantine/x/a.png")) == (False, b"1")
    with pytest.raises(NotFound):
        store.move("a.png", "b.png")
    store.put("a.png", b"2")
    with pytest.raises(Conflict):
        store.move("quarantine/x/a.png", "a.png")
    assert (store.read("a.png"), store.read("quarantine/x/a.png")) == (b"2", b"1")


def test_the_setting_names_a_folder_or_a_bucket(tmp_path: Path) -> None:
    folder = storage_from_url(str(tmp_path))
    bucket = storage_from_url("s3://art/prefix?region=eu-central-1&endpoint=https://s3.example")

    assert isinstance(folder, FolderStorage)
    assert isinstance(bucket, BucketStorage)
    assert bucket.scheme == "s3"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/folder",
        "s3://",
        "s3://bucket?colour=red",
        "s3://key:geheim@bucket?region=x",
        "s3://bucket?region=x&endpoint=https://key:geheim@s3.example",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="STORAGE_URL") as caught:
        storage_from_url(url)
    assert "geheim" not in f"{caught.value}{without_secrets(url)}"


def test_the_fake_fails_when_told_to() -> None:
    store = MemoryStorage()
    store.fail_next(StorageFull("Full."), after=2)
    store.put("a.png", b"1")

    with pytest.raises(StorageFull):
        store.put("b.png", b"1")
    store.put("c.png", b"1")

    assert sorted(store.files) == ["a.png", "c.png"]
