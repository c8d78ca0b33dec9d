"""The hourly clean-up: what was begun and given up goes by evidence, everything else stays."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from artworks import maintenance
from artworks.adapters.storage.folder import FolderStorage
from artworks.adapters.storage.storage import Storage
from artworks.core.errors import Conflict, Unavailable
from artworks.files import pending as pending_files
from artworks.files import storage_mark
from artworks.images import trash, uploads
from artworks.images.uploads import Incoming, UploadOptions
from models import Image, PendingFile
from tests.fakes.storage import MemoryStorage
from tests.support.factories import picture

Clean = Callable[[], None]


@pytest.fixture
def storage(session: Session, tmp_path: Path) -> FolderStorage:
    """Return an empty storage that carries the mark of the database."""
    (tmp_path / "uploads").mkdir()
    storage = FolderStorage(tmp_path / "uploads")
    storage_mark.settle(session, storage)
    return storage


@pytest.fixture
def clean(session: Session, storage: FolderStorage, tmp_path: Path) -> Clean:
    return lambda: maintenance.clean_up(session, storage, tmp_path / "incoming")


@pytest.fixture
def arrived(tmp_path: Path) -> Incoming:
    path = tmp_path / "upload-1.part"
    path.write_bytes(picture())
    return Incoming(path, "Heron.jpg", path.stat().st_size)


def keep(session: Session, storage: Storage, arrived: Incoming) -> Image:
    found = uploads.receive(session, storage, [arrived], UploadOptions({}, True, 10**6))
    return session.get_one(Image, found.images[0])


def keys(storage: Storage) -> set[str]:
    return {key for key, _, _ in storage.list() if key != storage_mark.KEY}


def kill_an_upload(session: Session, storage: Storage, arrived: Incoming) -> str:
    """Do what an upload does until just before its row is written."""
    stored = "00000000-0000-4000-8000-000000000000.jpg"
    pending_files.note_storing(session, stored)
    session.commit()
    uploads.store(storage, arrived.path, "Heron.jpg", "0" * 64, stored)
    return stored


def begun_before(session: Session, minutes: int) -> None:
    session.execute(text(f"UPDATE pending_file SET began_at = now() - interval '{minutes} minutes'"))
    session.commit()


def pending(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(PendingFile)) or 0


def test_an_upload_that_was_killed_an_hour_ago_goes(
    session: Session, storage: FolderStorage, arrived: Incoming, clean: Clean
) -> None:
    kept = keep(session, storage, arrived)
    before = keys(storage)
    kill_an_upload(session, storage, arrived)
    begun_before(session, 59)
    clean()
    assert len(keys(storage)) == len(before) + 3
    begun_before(session, 61)
    clean()
    (left,) = keys(storage) - before
    assert (left.startswith("quarantine/"), pending(session)) == (True, 0)
    assert storage.exists(kept.stored_filename)


def test_an_upload_that_was_given_up_writes_no_row_after_all(
    session: Session, storage: FolderStorage, arrived: Incoming, clean: Clean, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that stood still for an hour between its files and its row."""
    store = uploads.store

    def slow(*args: object) -> object:
        stored = store(*args)  # type: ignore[arg-type]
        begun_before(session, 61)
        clean()
        return stored

    monkeypatch.setattr(uploads, "store", slow)
    with pytest.raises(Unavailable, match="given up"):
        keep(session, storage, arrived)
    assert [key for key in keys(storage) if not key.startswith("quarantine/")] == []
    assert session.scalar(select(func.count()).select_from(Image)) == 0


def test_no_original_goes_because_a_row_is_missing(
    session: Session, storage: FolderStorage, arrived: Incoming, clean: Clean
) -> None:
    stored = kill_an_upload(session, storage, arrived)
    session.execute(text("DELETE FROM pending_file"))
    session.commit()
    clean()
    assert len(keys(storage)) == 3
    assert storage.exists(stored)


def test_what_was_begun_with_a_file_that_has_a_row_is_forgotten_and_the_file_stays(
    session: Session, storage: FolderStorage, arrived: Incoming, clean: Clean
) -> None:
    image = keep(session, storage, arrived)
    session.add(PendingFile(stored_filename=image.stored_filename, action="delete"))
    session.commit()
    clean()
    assert pending(session) == 0
    assert storage.exists(image.stored_filename)


def test_the_trash_is_kept_for_thirty_days_and_then_its_originals_lie_in_the_quarantine(
    session: Session, storage: FolderStorage, arrived: Incoming, clean: Clean
) -> None:
    old, young, live = (keep(session, storage, arrived) for _ in range(3))
    gone, data = old.stored_filename, storage.read(old.stored_filename)
    old.trashed_at = datetime.now(UTC) - timedelta(days=30, minutes=1)
    young.trashed_at = datetime.now(UTC) - timedelta(days=29, hours=23)
    session.commit()
    names = {image.stored_filename for image in (young, live)}
    clean()
    assert set(session.scalars(select(Image.stored_filename))) == names
    assert {key for key in keys(storage) if "/" not in key} == names
    (kept,) = [key for key in keys(storage) if key.startswith("quarantine/")]
    assert (Path(kept).name, storage.read(kept)) == (gone, data)
    clean()
    assert len(keys(storage)) == 7


def test_a_trash_of_many_pictures_is_emptied_in_several_goes(
    session: Session, storage: FolderStorage, arrived: Incoming, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash, "ROWS_AT_ONCE", 2)
    for _ in range(5):
        keep(session, storage, arrived).trashed_at = datetime.now(UTC)
    session.commit()
    assert trash.empty_trash(session, storage) == 5
    assert (keys(storage), pending(session)) == (set(), 0)


@pytest.mark.parametrize("how", ["by hand", "by age"])
def test_what_could_not_be_removed_goes_the_next_time(
    session: Session, arrived: Incoming, tmp_path: Path, how: str
) -> None:
    storage = MemoryStorage()
    storage_mark.settle(session, storage)
    keep(session, storage, arrived).trashed_at = datetime.now(UTC) - timedelta(days=31)
    session.commit()
    # The mark is read in two calls, and the first rendition cannot be deleted.
    storage.fail_next(Unavailable("Away."), after=3)
    age = timedelta(0) if how == "by hand" else trash.KEPT_IN_TRASH
    assert trash.empty_trash(session, storage, age) == 1
    assert pending(session) == 1
    maintenance.clean_up(session, storage, tmp_path)
    left = {key.split("/")[0] for key in keys(storage)}
    assert (left, pending(session)) == ({"quarantine"} if how == "by age" else set(), 0)


def test_without_the_right_mark_nothing_is_deleted(
    session: Session, storage: FolderStorage, arrived: Incoming, clean: Clean
) -> None:
    keep(session, storage, arrived).trashed_at = datetime.now(UTC) - timedelta(days=31)
    kill_an_upload(session, storage, arrived)
    begun_before(session, 61)
    before = keys(storage)
    storage.put(storage_mark.KEY, b'{"token": "of another database"}')
    clean()
    with pytest.raises(Conflict, match=r"main\.py adopt"):
        trash.empty_trash(session, storage)
    assert keys(storage) == before
    assert (session.scalar(select(func.count()).select_from(Image)), pending(session)) == (1, 1)
    keep(session, storage, arrived)
    storage_mark.adopt(session, storage)
    assert trash.empty_trash(session, storage) == 1
    # What a copy had begun is forgotten with the adoption: the files may be another database's pictures.
    assert (pending(session), len(keys(storage))) == (0, 6)


def test_half_written_files_of_killed_processes_go(
    session: Session, storage: FolderStorage, clean: Clean, tmp_path: Path
) -> None:
    (tmp_path / "incoming").mkdir()
    left = [
        tmp_path / "incoming" / "upload-abc.part",
        storage.root / ".part-00000000-0000-4000-8000-000000000000",
    ]
    for path in left:
        path.write_bytes(b"half")
        os.utime(path, (1000, 1000))
    own = storage.root / ".part-of-my-thesis.png"
    own.write_bytes(b"somebody's own")
    os.utime(own, (1000, 1000))
    mark = storage.read(storage_mark.KEY)
    storage.put(storage_mark.KEY, b"{}")
    clean()
    assert [path.exists() for path in left] == [False, True], "nothing goes from another one's storage"
    storage.put(storage_mark.KEY, mark)
    clean()
    assert not any(path.exists() for path in left)
    assert own.exists()
