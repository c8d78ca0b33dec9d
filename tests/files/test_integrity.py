"""Rows and files compared: damage is told and nothing is lost; what no row is about goes into the quarantine."""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from artworks.adapters.storage.folder import FolderStorage
from artworks.adapters.storage.storage import Storage
from artworks.core.errors import Conflict, Unavailable
from artworks.files import integrity, quarantine, storage_mark
from artworks.files import orphans as orphan_count
from artworks.files import pending as pending_files
from artworks.files.integrity import Finding
from artworks.images import uploads
from artworks.images.uploads import Incoming, UploadOptions
from models import Image, StorageScan
from tests.fakes.storage import MemoryStorage
from tests.support.factories import picture

LONG = 1000.0
ORPHAN = "00000000-0000-4000-8000-000000000000.png"


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    (tmp_path / "uploads").mkdir()
    return FolderStorage(tmp_path / "uploads")


@pytest.fixture
def pictures(session: Session, storage: FolderStorage, tmp_path: Path) -> list[Image]:
    """Return four pictures whose files are in the storage."""
    return [keep(session, storage, tmp_path) for _ in range(4)]


def keep(session: Session, storage: Storage, folder: Path) -> Image:
    path = folder / "arrived"
    path.write_bytes(picture())
    file = Incoming(path, "Heron.jpg", path.stat().st_size)
    found = uploads.receive(session, storage, [file], UploadOptions({}, True, 10**6))
    return session.get_one(Image, found.images[0])


def plant(storage: FolderStorage, *keys: str, hours: float = 2) -> None:
    for key in keys:
        storage.put(key, key.encode())
        os.utime(storage.root / key, (time.time() - 3600 * hours,) * 2)


def rows(session: Session, storage: Storage, seconds: float = LONG) -> tuple[integrity.Scan, dict[str, str]]:
    found: list[Finding] = []
    scan = integrity.scan_rows(session, storage, seconds, found.append)
    return scan, {finding.key: finding.kind for finding in found}


def orphans(session: Session, storage: Storage) -> set[str]:
    found: list[Finding] = []
    assert integrity.scan_orphans(session, storage, LONG, found.extend).finished
    return {finding.key for finding in found}


def test_what_is_missing_changed_or_unreadable_is_told(
    session: Session, storage: FolderStorage, pictures: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    missing, cut, sick, _good = (image.stored_filename for image in pictures)
    storage.delete(missing)
    (storage.root / cut).write_bytes(storage.read(cut)[:-1])
    real = FolderStorage.open

    def broken(self: FolderStorage, key: str) -> object:
        if key == sick:
            raise Unavailable("Input/output error.")
        return real(self, key)

    monkeypatch.setattr(FolderStorage, "open", broken)
    scan, found = rows(session, storage)
    assert found == {missing: "missing", cut: "changed", sick: "unreadable"}
    assert scan.found == {"seen": 4, "missing": 1, "changed": 1, "unreadable": 1}


def test_a_picture_of_an_older_library_without_a_hash_only_has_to_be_there(
    session: Session, storage: FolderStorage
) -> None:
    for name in ("here.jpg", "gone.jpg", "../outside.jpg"):
        session.add(Image(original_filename=name, stored_filename=name))
    session.commit()
    storage.put("here.jpg", b"anything")
    assert rows(session, storage)[1] == {"gone.jpg": "missing", "../outside.jpg": "missing"}


def test_a_storage_that_is_away_is_no_finding_and_the_scan_goes_on_from_there(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = MemoryStorage()
    for _ in range(3):
        keep(session, storage, tmp_path)
    monkeypatch.setattr(integrity, "ROWS_AT_ONCE", 1)

    def away(key: str) -> object:
        raise Unavailable("Away.")

    seen = [storage.calls, storage.open]
    calls = iter([storage.open, away])
    monkeypatch.setattr(storage, "open", lambda key: next(calls)(key))
    monkeypatch.setattr(storage, "check", lambda: away(""))
    with pytest.raises(Unavailable):
        rows(session, storage)
    monkeypatch.setattr(storage, "open", seen[1])
    scan, found = rows(session, storage)
    assert (scan.finished, scan.found, found) == (True, {"seen": 3}, {})


def test_a_scan_that_was_stopped_goes_on_and_counts_once(
    session: Session, storage: FolderStorage, pictures: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity, "ROWS_AT_ONCE", 1)
    storage.delete(pictures[0].stored_filename)
    first, found = rows(session, storage, seconds=-1)
    assert (first.finished, first.found, len(found)) == (False, {"seen": 1, "missing": 1}, 1)
    second, found = rows(session, storage)
    assert (second.finished, second.found, found) == (True, {"seen": 4, "missing": 1}, {})
    # And the next one begins anew.
    assert rows(session, storage)[0].found == {"seen": 4, "missing": 1}


def test_two_scans_at_once_are_refused_and_a_killed_one_does_not_block_for_ever(
    session: Session, storage: FolderStorage, pictures: list[Image]
) -> None:
    integrity.load_or_start(session, "rows")
    with pytest.raises(Conflict, match="another process"):
        rows(session, storage)
    session.execute(text("UPDATE storage_scan SET claimed_until = now() - interval '1 second'"))
    session.commit()
    assert rows(session, storage)[0].finished


def test_orphans_are_old_files_of_our_names_that_no_row_is_about(
    session: Session, storage: FolderStorage, pictures: list[Image]
) -> None:
    for image in pictures:
        plant(storage, image.stored_filename)
    ours = {ORPHAN, f"renditions/{ORPHAN}-thumbnail.webp", f"renditions/{ORPHAN}-preview.jpg"}
    plant(storage, *ours)
    plant(storage, ORPHAN.replace("0000.png", "0001.png"), hours=0.9)
    plant(storage, "heron.jpg", "notes.txt", "renditions/heron.jpg-preview.jpg", "photos/2026/a.png")
    begun = ORPHAN.replace("0000.png", "0002.png")
    pending_files.note_storing(session, begun)
    session.commit()
    plant(storage, begun)
    # What is left of an older version; newer ones may be about to be the picture's own.
    name = pictures[0].stored_filename
    left = {f"renditions/{name}-{kind}.jpg" for kind in ("thumbnail", "preview")}
    later = {f"renditions/{ORPHAN}-viewer-v2.webp", f"renditions/{ORPHAN}-phone-v3.jpg"}
    plant(storage, *left, *later, *(f"renditions/{name}-{kind}.jpg" for kind in ("viewer-v2", "preview-v3")))
    assert orphans(session, storage) == ours | left | later
    assert integrity.describe_last_orphans(session).startswith(
        "1 original and 6 small copies belong to no picture"
    )


def test_counting_goes_on_where_it_was_stopped(
    session: Session, storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity, "FILES_AT_ONCE", 2)
    names = [f"{number:08x}-0000-4000-8000-000000000000.png" for number in range(5)]
    plant(storage, *names, *(f"renditions/{name}-preview.jpg" for name in names))
    seen: list[str] = []
    for _ in range(30):
        scan = integrity.scan_orphans(
            session, storage, -1, lambda found: seen.extend(one.key for one in found)
        )
        if scan.finished:
            break
    assert scan.finished
    assert sorted(seen) == sorted([*names, *(f"renditions/{name}-preview.jpg" for name in names)])
    known = session.get_one(StorageScan, "orphans", populate_existing=True)
    assert known.last_found == {"orphans": 5, "renditions": 5, "seen": 10}


def test_what_goes_into_the_quarantine_comes_back_and_is_deleted_after_thirty_days_only(
    storage: FolderStorage,
) -> None:
    now = datetime.now(UTC)
    keys = (ORPHAN, f"renditions/{ORPHAN}-preview.jpg")
    plant(storage, *keys)
    for key in keys:
        quarantine.quarantine(storage, key, now)
    assert not any(storage.exists(key) for key in keys)
    assert quarantine.delete_old(storage, now + timedelta(days=29, hours=23)) == 0
    assert quarantine.restore_all(storage) == (2, [])
    assert [storage.read(key) for key in keys] == [key.encode() for key in keys]
    for key in keys:
        quarantine.quarantine(storage, key, now)
    assert quarantine.delete_old(storage, now + timedelta(days=30, seconds=1)) == 2
    assert list(quarantine.in_quarantine(storage)) == []


def test_nothing_is_replaced_by_what_is_put_back(storage: FolderStorage) -> None:
    plant(storage, ORPHAN)
    place = quarantine.quarantine(storage, ORPHAN)
    storage.put(ORPHAN, b"newer")
    assert quarantine.restore_all(storage) == (0, [place])
    assert (storage.read(ORPHAN), storage.read(place)) == (b"newer", ORPHAN.encode())


def test_orphans_are_counted_once_a_day(session: Session, storage: FolderStorage) -> None:
    assert integrity.is_orphan_scan_due(session)
    integrity.load_or_start(session, "orphans")
    assert not integrity.is_orphan_scan_due(session), "somebody counts them just now"
    session.execute(text("UPDATE storage_scan SET claimed_until = NULL"))
    session.commit()
    orphans(session, storage)
    assert not integrity.is_orphan_scan_due(session)
    session.execute(text("UPDATE storage_scan SET finished_at = now() - interval '25 hours'"))
    session.commit()
    assert integrity.is_orphan_scan_due(session)


def test_a_new_storage_needs_no_counting(session: Session, storage: FolderStorage) -> None:
    storage_mark.settle(session, storage)
    assert not integrity.is_orphan_scan_due(session)


def test_the_count_is_a_process_of_its_own_that_a_stop_ends(
    session: Session, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = session.get_bind()
    ran = tmp_path / "ran"
    counting = orphan_count.OrphanCount(
        lambda: Session(engine),
        (sys.executable, "-c", f"open({str(ran)!r}, 'w'); import time; time.sleep(600)"),
    )
    thread = threading.Thread(target=counting.work)
    thread.start()
    deadline = time.monotonic() + 60
    while not ran.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    counting.stop()
    thread.join(30)
    assert not thread.is_alive()
    failing = (sys.executable, "-c", "raise SystemExit('The bucket is away.')")
    orphan_count.OrphanCount(lambda: Session(engine), failing).work()
    assert "could not be counted: The bucket is away." in caplog.text
    orphan_count.OrphanCount(lambda: Session(engine), None).work()


def test_a_count_that_says_much_on_its_way_comes_to_its_end(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    engine = session.get_bind()
    # More than a pipe takes.
    program = "import sys; sys.stderr.write('again\\n' * 100_000); raise SystemExit('The bucket is away.')"
    orphan_count.OrphanCount(lambda: Session(engine), (sys.executable, "-c", program)).work()
    assert "could not be counted: The bucket is away." in caplog.text


def test_a_picture_that_is_deleted_while_the_files_are_read_is_no_finding(
    session: Session, storage: FolderStorage, pictures: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    goes = pictures[1].stored_filename
    real = FolderStorage.open

    def delete_before(self: FolderStorage, key: str) -> object:
        if key == goes:
            session.execute(text("DELETE FROM image WHERE stored_filename = :name"), {"name": goes})
            session.commit()
            self.delete(goes)
        return real(self, key)

    monkeypatch.setattr(FolderStorage, "open", delete_before)
    scan, found = rows(session, storage)
    assert (scan.found, found) == ({"seen": 4}, {})


def test_a_note_that_becomes_a_row_while_files_are_compared_is_no_orphan(
    session: Session, storage: FolderStorage
) -> None:
    plant(storage, ORPHAN)
    pending_files.note_storing(session, ORPHAN)
    session.commit()
    engine = session.get_bind()
    asked: list[str] = []

    def store(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM image" in statement and not asked:
            asked.append(statement)
            with Session(engine) as other:
                pending_files.note_stored(other, ORPHAN)
                other.add(Image(original_filename=ORPHAN, stored_filename=ORPHAN))
                other.commit()

    event.listen(engine, "after_cursor_execute", store)
    try:
        assert orphans(session, storage) == set()
    finally:
        event.remove(engine, "after_cursor_execute", store)
    assert asked


def test_files_of_other_names_do_not_make_a_count_longer_than_its_time(
    session: Session, storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity, "FILES_AT_ONCE", 2)
    plant(storage, *(f"photo-{number}.jpg" for number in range(5)), ORPHAN)
    scan = integrity.scan_orphans(session, storage, -1, lambda _found: None)
    assert (scan.finished, scan.position, scan.found) == (False, "photo-0.jpg", {"orphans": 1, "seen": 1})


def test_a_scan_that_is_to_begin_anew_does_not_go_on_where_another_was_stopped(
    session: Session, storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity, "FILES_AT_ONCE", 1)
    plant(storage, ORPHAN, "photo.jpg")
    integrity.scan_orphans(session, storage, -1, lambda _found: None)
    found: list[Finding] = []
    integrity.scan_orphans(session, storage, LONG, found.extend, anew=True)
    assert [one.key for one in found] == [ORPHAN]


def test_a_folder_that_somebody_made_in_the_quarantine_is_left_alone(storage: FolderStorage) -> None:
    place = "quarantine/20261399T000000Z/heron.jpg"
    storage.put(place, b"somebody's own")
    assert quarantine.delete_old(storage, datetime.now(UTC) + timedelta(days=99)) == 0
    assert quarantine.restore_all(storage) == (0, [])
    assert storage.exists(place)
