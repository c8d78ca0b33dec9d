"""A backup writes what is new, loses nothing that goes meanwhile, and removes nothing too early."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.backups import originals, state
from artworks.backups.archive import ArchiveWriter
from artworks.backups.originals import Copier
from artworks.backups.state import LAST_FAILURE, LAST_GOOD, BackupError
from artworks.backups.verify import verify
from artworks.files import pending
from artworks.images import trash
from tests.backups.conftest import Library, opened_place


class KilledError(BaseException):
    """Stands for kill -9: nothing is tidied up by what catches exceptions."""


def archives(place: Path) -> list[str]:
    return sorted(path.name for path in (place / "archives").iterdir())


def objects(place: Path) -> set[str]:
    return {path.name for path in (place / "objects").glob("*/*")}


def is_whole(place: Path) -> bool:
    opened = opened_place(place)
    return verify(opened, opened.choose(None), lambda _said: None, content=True).wrong == 0


def test_the_second_one_writes_and_reads_only_what_is_new(
    library: Library, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.stat().st_mtime_ns for path in (place / "objects").rglob("*")}
    # Not the size of the logo, which no row knows: it alone is read.
    read: list[str] = []
    monkeypatch.setattr(type(library.storage), "open", _noting(type(library.storage).open, read))
    made = library.back_up(place)
    assert (made.copied.files, made.copied.new, made.verified.files) == (5, 0, 5)
    assert read == ["studio/logo.webp"]
    assert {path: path.stat().st_mtime_ns for path in (place / "objects").rglob("*")} == before
    short = next(iter(before.keys() & set((place / "objects").glob("*/*"))))
    short.write_bytes(short.read_bytes()[:-1])
    assert library.back_up(place).copied.new == 1
    assert is_whole(place)


def _noting(opened: object, read: list[str]) -> object:
    def note(self: object, key: str) -> object:
        read.append(key)
        return opened(self, key)  # type: ignore[operator]

    return note


def test_one_that_is_cut_at_any_stage_counts_for_nothing_and_the_next_goes_on(
    library: Library, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(place / "objects")
    (first,) = archives(place)
    (place / "archives" / first).unlink()
    copy = Copier.copy

    def copy_two(self: Copier, original: originals.Original) -> None:
        if self.copied.files == 2:
            raise KilledError
        copy(self, original)

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    for owner, name, instead in (
        (ArchiveWriter, "begin", killed),
        (originals, "spool", killed),
        (Copier, "copy", copy_two),
        (ArchiveWriter, "finish", killed),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, instead)
            patch.setattr(Path, "unlink", lambda *_, **__: None)
            with pytest.raises(KilledError):
                library.back_up(place)
        assert archives(place) == []
        with pytest.raises(BackupError, match="no backup in this place"):
            opened_place(place).choose(None)
    half = list(place.glob(".part-*"))
    assert half
    for path in half:
        # As long ago as the time in which a file may have been made and is not held yet.
        os.utime(path, (0, 0))
    assert len(objects(place)) == 5
    assert library.back_up(place).copied.new == 0
    assert is_whole(place)
    assert list(place.glob(".part-*")) == []
    assert list((place / "running").iterdir()) == []


def test_a_picture_that_is_deleted_for_good_meanwhile_is_in_the_backup(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, name = tmp_path / "place", ""
    spool = originals.spool

    def spool_and_empty(connection: object, file: object) -> int:
        nonlocal name
        count = spool(connection, file)  # type: ignore[arg-type]
        with Session(library.engine) as session:
            (name,) = session.scalars(
                text("SELECT stored_filename FROM image WHERE trashed_at IS NOT NULL")
            ).all()
            assert trash.empty_trash(session, library.storage) == 1
            assert pending.finish_abandoned(session, library.storage) == 0
        return count

    dump = tmp_path / "before"
    library.back_up(dump)
    with monkeypatch.context() as patch:
        patch.setattr(originals, "spool", spool_and_empty)
        made = library.back_up(place)
    assert (made.copied.missing, made.copied.new) == (0, 5)
    assert is_whole(place)
    # With the backup over, it goes with the next clean-up.
    assert library.storage.exists(name)
    with Session(library.engine) as session:
        assert pending.finish_abandoned(session, library.storage) >= 1
    assert not library.storage.exists(name)
    assert library.back_up(place).copied.files == 4


def test_older_ones_go_with_what_only_they_name_and_not_before_the_new_one_is_proved(
    library: Library, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = library.back_up(place).name
    needed = objects(place) - {path.name for path in _planted(place)}
    (first, *_), everything = archives(place), objects(place)
    with monkeypatch.context() as patch:
        patch.setattr("artworks.backups.backup.verify", lambda *_, **__: type("Wrong", (), {"wrong": 1})())
        with pytest.raises(BackupError, match="Nothing older was removed"):
            library.back_up(place, keep=1)
    assert first in archives(place)
    assert objects(place) == everything
    newest = library.back_up(place, keep=1)
    assert archives(place) == [newest.name]
    assert kept not in archives(place)
    assert objects(place) == needed & objects(place)
    assert (newest.archives_gone, newest.originals_gone >= 1) == (3, True)
    assert is_whole(place)


def _planted(place: Path) -> list[Path]:
    """Plant an original that no backup names."""
    path = place / "objects" / "ab" / f"ab{'0' * 62}"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"of a picture that is gone")
    return [path]


def test_nothing_goes_while_something_is_missing_damaged_or_somebody_elses(
    library: Library, place: Path
) -> None:
    library.back_up(place)
    _planted(place)
    before, everything = archives(place), objects(place)
    (other,) = {path.name for path in _planted(place)}
    damaged = place / "archives" / before[-1]
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-10])
    with pytest.raises(BackupError, match=r"Nothing older was removed\. The archive .* is cut off"):
        library.back_up(place, keep=2)
    damaged.write_bytes(whole)
    note = place / "running" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{'b' * 16}-00000000"
    note.write_bytes(b"")
    with pytest.raises(BackupError, match="another program is making a backup"):
        library.back_up(place, keep=2)
    note.unlink()
    assert set(before) <= set(archives(place))
    assert everything == objects(place)
    assert other in objects(place)
    with library.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE setting SET value = 'studio/gone.webp' WHERE name = 'studio_logo'")
    try:
        made = library.back_up(place, keep=1)
    finally:
        with library.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE setting SET value = 'studio/logo.webp' WHERE name = 'studio_logo'"
            )
    assert (made.copied.missing, made.archives_gone) == (1, 0)
    assert "studio/gone.webp is not where the pictures are" in "\n".join(library.told)
    assert set(before) <= set(archives(place))


def test_the_state_tells_of_the_last_good_one_and_of_what_failed_since(session: Session) -> None:
    now = datetime.now(UTC)
    assert state.describe(session) == (
        "No backup was made yet; python main.py backup PLACE makes one.",
        False,
    )
    state.note(session, LAST_GOOD, "/mnt/disk", now - timedelta(days=8))
    assert state.describe(session, now) == (
        f"The last good backup is of {now - timedelta(days=8):%Y-%m-%d %H:%M} UTC (8 days ago), in /mnt/disk.",
        True,
    )
    said, is_well = state.describe(session, now + timedelta(minutes=1))
    assert "long ago" in said
    assert not is_well
    state.note(session, LAST_FAILURE, "No room.", now)
    said, is_well = state.describe(session, now)
    assert said.endswith("UTC failed: No room.")
    assert not is_well
    state.note(session, LAST_GOOD, "/mnt/disk", now + timedelta(seconds=1))
    assert state.describe(session, now + timedelta(seconds=2))[1]


def test_originals_are_held_for_two_minutes_after_a_backup_was_killed(session: Session) -> None:
    assert not pending.are_held(session)
    state.note(session, pending.BACKUP_RUNS, "", datetime.now(UTC) - timedelta(seconds=110))
    assert pending.are_held(session)
    state.note(session, pending.BACKUP_RUNS, "", datetime.now(UTC) - timedelta(seconds=130))
    assert not pending.are_held(session)
