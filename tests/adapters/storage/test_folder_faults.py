"""What goes wrong with a folder: each error of the system in each call keeps its meaning."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artworks.adapters.storage.folder import FolderStorage
from artworks.core.errors import AppError, NotFound, StorageAway, StorageFull, StorageUnusable
from tests.adapters.storage.storage_calls import CALLS
from tests.support.small_disk import make_read_only, small_disk

FAULTS: list[tuple[int, type[AppError], str]] = [
    (errno.EACCES, StorageUnusable, "lacks rights in the folder"),
    (errno.EPERM, StorageUnusable, "rights and attributes"),
    (errno.EROFS, StorageUnusable, "read-only"),
    (errno.EIO, StorageAway, "look at its health"),
    (errno.ESTALE, StorageAway, "mount it again"),
    (errno.ENOTCONN, StorageAway, "mount it again"),
    (errno.EMFILE, StorageAway, "too many files open"),
    (errno.ENOSPC, StorageFull, "No room is left"),
    (errno.EDQUOT, StorageFull, "No room is left"),
    (errno.ENOLCK, StorageAway, "cannot be used just now"),
]


@pytest.fixture
def store(tmp_path: Path) -> FolderStorage:
    made = FolderStorage(tmp_path / "uploads")
    made.put("a.png", b"12345")
    return made


def break_files(monkeypatch: pytest.MonkeyPatch, root: Path, code: int) -> None:
    """Let the system refuse every use of a file in the folder, and of the folder's list."""

    def breaking(real: Callable[..., Any]) -> Callable[..., Any]:
        def broken(path: Path, *args: Any, **options: Any) -> Any:
            if root in path.parents or (path == root and real.__name__ == "stat"):
                raise OSError(code, os.strerror(code), str(path))
            return real(path, *args, **options)

        return broken

    for name in ("open", "stat", "unlink", "replace"):
        monkeypatch.setattr(Path, name, breaking(getattr(Path, name)))


@pytest.mark.parametrize("call", CALLS)
def test_each_error_of_the_system_keeps_its_meaning_in_each_call(
    store: FolderStorage, caplog: pytest.LogCaptureFixture, call: str
) -> None:
    for code, kind, told in FAULTS:
        caplog.clear()
        with pytest.MonkeyPatch.context() as patch:
            break_files(patch, store.root, code)
            with pytest.raises(kind) as caught:
                CALLS[call](store)
        detail = caught.value.detail or ""
        assert told in detail, (code, detail)
        logged = [record for record in caplog.records if record.levelno >= logging.WARNING]
        assert [record.getMessage() for record in logged] == ([] if call == "check" else [detail])
        assert str(store.root) not in caught.value.message
    assert store.read("a.png") == b"12345"


@pytest.mark.parametrize("call", CALLS)
def test_a_folder_that_went_is_named_and_not_made_again(store: FolderStorage, call: str) -> None:
    store.delete("a.png")
    store.root.rmdir()
    with pytest.raises(StorageUnusable) as caught:
        CALLS[call](store)
    assert f"The folder {store.root} is not there; mount its disk" in (caught.value.detail or "")
    assert not store.root.exists()


@pytest.mark.parametrize("call", CALLS)
def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path, call: str) -> None:
    (tmp_path / "file").touch()
    for root, told in (("file", "is a file and no folder"), ("file/uploads", "a part of its path is a file")):
        with pytest.raises(StorageUnusable) as caught:
            CALLS[call](FolderStorage(tmp_path / root))
        assert told in (caught.value.detail or "")


def test_a_name_that_is_too_long_for_the_disk_is_a_file_that_is_not_there(store: FolderStorage) -> None:
    name = "絵" * 200
    for call in (store.read, store.open, store.size):
        with pytest.raises(NotFound):
            call(name)
    assert not store.exists(name)
    store.delete(name)
    with pytest.raises(StorageUnusable):
        store.put(name, b"1")


def test_a_file_below_a_file_is_a_file_that_is_not_there(store: FolderStorage) -> None:
    assert not store.exists("a.png/b.png")
    with pytest.raises(NotFound):
        store.read("a.png/b.png")


def test_a_disk_that_is_full_and_one_that_is_read_only(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 64) as disk:
        store = FolderStorage(disk)
        store.put("a.png", bytes(20_000))
        with pytest.raises(StorageFull) as full:
            store.put("b.png", bytes(60_000))
        assert str(disk) in (full.value.detail or "")
        assert [path.name for path in disk.iterdir()] == ["a.png"]
        store.put("c.png", bytes(20_000))

        make_read_only(disk)
        for call in ("put", "delete", "check"):
            with pytest.raises(StorageUnusable) as caught:
                CALLS[call](store)
            assert "read-only" in (caught.value.detail or "")
        assert len(store.read("a.png")) == 20_000
