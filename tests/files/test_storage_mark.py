"""Which database may delete in a storage: the one whose mark it carries, and no copy of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from artworks.adapters.storage.folder import FolderStorage
from artworks.core.errors import AppError, Unavailable
from artworks.files import storage_mark, storage_watch
from artworks.files.storage_mark import StorageState, inspect_storage, settle
from models import Image
from tests.fakes.storage import MemoryStorage

MakeDatabase = Callable[..., str]


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    (tmp_path / "uploads").mkdir()
    return FolderStorage(tmp_path / "uploads")


@contextmanager
def open_session(url: str) -> Iterator[Session]:
    engine = create_engine(url, poolclass=NullPool)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def add_pictures(session: Session, storage: FolderStorage, count: int, *, files: int | None = None) -> None:
    names = [f"{number:08x}-0000-4000-8000-000000000000.png" for number in range(count)]
    session.add_all([Image(original_filename=name, stored_filename=name) for name in names])
    session.commit()
    for name in names[: count if files is None else files]:
        storage.put(name, b"1")


def take_files_away(storage: FolderStorage, *, mark_too: bool) -> None:
    """Do to a folder what a disk that is not mounted does."""
    for key, _, _ in list(storage.list()):
        if mark_too or key != storage_mark.KEY:
            storage.delete(key)


def good(state: StorageState) -> bool:
    return state.may_delete and not state.blocked and not state.problem


def test_a_new_storage_is_marked_silently_and_again_at_every_start(
    session: Session, storage: FolderStorage
) -> None:
    assert good(settle(session, storage))
    first = storage.read(storage_mark.KEY)
    assert good(settle(session, storage))
    second = storage.read(storage_mark.KEY)
    assert first != second
    assert good(inspect_storage(session, storage))
    assert storage.read(storage_mark.KEY) == second
    # An older token is another database's.
    storage.put(storage_mark.KEY, first)
    assert "belong to another database, or this one is a copy" in settle(session, storage).problem


def test_the_first_start_of_this_version_marks_the_storage_of_its_rows(
    session: Session, storage: FolderStorage
) -> None:
    add_pictures(session, storage, 3, files=3)
    assert good(settle(session, storage))


def test_a_mistyped_database_claims_no_storage_with_pictures(
    session: Session, storage: FolderStorage
) -> None:
    storage.put("00000000-0000-4000-8000-000000000000.png", b"somebody's")
    storage.put("notes.txt", b"somebody's")
    state = settle(session, storage)
    assert (state.marked, state.may_delete, state.blocked) == (False, False, False)
    assert "do not carry the mark of this database" in state.problem
    assert not storage.exists(storage_mark.KEY)


def test_a_mark_that_was_lost_is_not_given_again_without_a_word(
    session: Session, storage: FolderStorage
) -> None:
    add_pictures(session, storage, 3)
    settle(session, storage)
    storage.delete(storage_mark.KEY)
    assert not settle(session, storage).may_delete
    assert storage_mark.adopt(session, storage).problem
    assert good(inspect_storage(session, storage))


DAMAGED = [
    b"",
    b"\xff\xfe",
    b"[]",
    b"{}",
    b'{"token": 5, "database": 7}',
    b"null",
    b"[" * 9_000,
    b" " * 20_000,
]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_mark_is_nobodys(session: Session, storage: FolderStorage, content: bytes) -> None:
    settle(session, storage)
    storage.put(storage_mark.KEY, content)
    state = settle(session, storage)
    assert (state.may_delete, state.blocked) == (False, False)
    assert state.problem


@pytest.mark.parametrize(
    "part", [{"folder": 5}, {"folder": ["inode 1"]}, {"system": "1"}, {"row": "1"}, {"database": "1"}]
)
def test_the_token_alone_is_not_enough(
    session: Session, storage: FolderStorage, part: dict[str, object]
) -> None:
    settle(session, storage)
    mark = json.loads(storage.read(storage_mark.KEY))
    storage.put(storage_mark.KEY, json.dumps({**mark, "database": {**mark["database"], **part}}).encode())
    assert not inspect_storage(session, storage).may_delete


def test_a_renewal_that_is_broken_off_at_any_step_leaves_a_good_mark(session: Session) -> None:
    storage = MemoryStorage()
    settle(session, storage)
    for step in range(1, 8):
        storage.fail_next(Unavailable("Away."), after=step)
        try:
            settle(session, storage)
        except Unavailable:
            session.rollback()
        storage.fail_next(Unavailable("never"), after=10**6)
        assert good(inspect_storage(session, storage)), step
        assert good(settle(session, storage)), step


@pytest.mark.parametrize("kind", ["folder", "loop", "pipe"])
def test_what_is_no_file_in_the_place_of_the_mark_is_nobodys(
    session: Session, storage: FolderStorage, kind: str
) -> None:
    settle(session, storage)
    path = storage.root / storage_mark.KEY
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    else:
        os.mkfifo(path)
    state = settle(session, storage)
    assert (state.may_delete, "belong to another database" in state.problem) == (False, True)


def test_a_copy_of_a_minute_ago_has_a_token_of_the_past(session: Session, storage: FolderStorage) -> None:
    settle(session, storage)
    copied = session.execute(text("SELECT token FROM storage_mark")).scalar_one()
    assert storage_mark.renew(session, storage)
    assert good(inspect_storage(session, storage))
    assert storage_mark.read_token(storage) != copied
    session.execute(text("UPDATE storage_mark SET token = :token"), {"token": copied})
    session.commit()
    assert not storage_mark.renew(session, storage)
    assert "this one is a copy" in settle(session, storage).problem


def test_what_the_operator_accepted_is_renewed_with_the_mark(
    session: Session, storage: FolderStorage
) -> None:
    add_pictures(session, storage, 25, files=0)
    assert storage_mark.adopt(session, storage).missing
    assert storage_mark.renew(session, storage)
    assert not inspect_storage(session, storage).blocked


def test_a_wrong_database_claims_nothing_by_its_own_uploads(session: Session, storage: FolderStorage) -> None:
    for number in range(9):
        storage.put(f"ffffff0{number}-0000-4000-8000-000000000000.png", b"somebody's")
    assert settle(session, storage).problem
    add_pictures(session, storage, 3)
    for _ in range(2):
        assert not settle(session, storage).may_delete
    assert not storage.exists(storage_mark.KEY)


def test_the_first_start_claims_no_storage_that_is_mostly_another_ones(
    session: Session, storage: FolderStorage
) -> None:
    for number in range(9):
        storage.put(f"ffffff0{number}-0000-4000-8000-000000000000.png", b"somebody's")
    add_pictures(session, storage, 3)
    assert not settle(session, storage).may_delete


@pytest.mark.parametrize(
    ("pictures", "mark_too", "blocked"),
    [(25, False, True), (25, True, True), (3, True, True), (3, False, False)],
)
def test_a_storage_without_the_files_of_the_rows_takes_no_uploads(
    session: Session, storage: FolderStorage, pictures: int, mark_too: bool, blocked: bool
) -> None:
    add_pictures(session, storage, pictures)
    settle(session, storage)
    take_files_away(storage, mark_too=mark_too)
    state = settle(session, storage)
    assert (state.blocked, state.may_delete) == (blocked, not blocked)
    assert ("Is a disk not mounted" in state.problem) == blocked
    assert storage.exists(storage_mark.KEY) != mark_too, "nothing is written to the place below the mount"


def test_one_file_of_many_shows_that_the_place_is_right(session: Session, storage: FolderStorage) -> None:
    add_pictures(session, storage, 20)
    settle(session, storage)
    for key, _, _ in list(storage.list())[1:20]:
        storage.delete(key)
    assert good(settle(session, storage))


@pytest.mark.parametrize("pictures", [3, 25])
def test_a_disk_that_goes_while_the_program_runs_takes_no_upload_with_it(
    session: Session, storage: FolderStorage, pictures: int
) -> None:
    add_pictures(session, storage, pictures)
    settle(session, storage)
    watch = storage_watch.StorageWatch()
    for _ in range(2):
        watch.ensure_may_store(session, storage)
    storage.root.rename(storage.root.with_name("the disk"))
    storage.root.mkdir()
    with pytest.raises(Unavailable):
        watch.ensure_may_store(session, storage)
    # What was written below the mount at that very moment proves nothing.
    name = "ffffffff-0000-4000-8000-000000000000.png"
    session.add(Image(original_filename=name, stored_filename=name))
    session.commit()
    storage.put(name, b"1")
    for _ in range(5):
        assert inspect_storage(session, storage).blocked


def test_uploads_go_on_when_the_disk_is_back_or_the_operator_says_so(
    session: Session, storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_watch, "BLOCKED_SECONDS", 0.0)
    monkeypatch.setattr(storage_watch, "FRESH_SECONDS", 0.0)
    watch = storage_watch.StorageWatch()
    add_pictures(session, storage, 25)
    settle(session, storage)
    for name in ("unmounted", "a third"):
        storage.root.with_name(name).mkdir()
    elsewhere = FolderStorage(storage.root.with_name("unmounted"))
    watch.ensure_may_store(session, storage)
    with pytest.raises(Unavailable, match="as if a disk was not connected"):
        watch.ensure_may_store(session, elsewhere)
    watch.ensure_may_store(session, storage)
    assert storage_mark.adopt(session, elsewhere).missing
    watch.ensure_may_store(session, elsewhere)
    # It stays so at the next start, and until another place is empty again.
    assert not settle(session, elsewhere).blocked
    assert settle(session, FolderStorage(storage.root.with_name("a third"))).blocked


def test_a_storage_that_is_away_is_no_storage_without_files(session: Session) -> None:
    storage = MemoryStorage()
    settle(session, storage)
    storage.fail_next(Unavailable("Away."))
    with pytest.raises(AppError, match="Away"):
        inspect_storage(session, storage)


def test_no_transaction_is_open_while_the_storage_is_asked(session: Session, tmp_path: Path) -> None:
    asked: list[str] = []

    class Watched(FolderStorage):
        def read(self, key: str) -> bytes:
            self._note(key)
            return super().read(key)

        def exists(self, key: str) -> bool:
            self._note(key)
            return super().exists(key)

        def size(self, key: str) -> int:
            self._note(key)
            return super().size(key)

        def _note(self, key: str) -> None:
            asked.append(key)
            assert not session.in_transaction(), key

    storage = Watched(tmp_path)
    add_pictures(session, storage, 3, files=0)
    storage_mark.adopt(session, storage)
    # A mark was given, and what it is about is gone.
    storage.delete(storage_mark.KEY)
    session.scalar(text("SELECT 1"))
    with pytest.raises(Unavailable):
        storage_watch.StorageWatch().ensure_may_store(session, storage)
    assert storage_mark.KEY in asked
    assert len(asked) > 3
