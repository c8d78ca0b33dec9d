"""Renditions of an older version: made anew in the background, wherever that is broken off, and lost never."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, text, update
from sqlalchemy.orm import Session

from artworks import worker as jobs
from artworks.adapters import job_queue
from artworks.adapters.storage.storage import rendition_key
from artworks.core.errors import DecoderEnded, StorageAway, Unavailable
from artworks.dependencies import Dependencies
from artworks.files import storage_mark
from artworks.images import files as image_files
from artworks.images import image as images
from artworks.images import remaking, uploads
from artworks.images.uploads import Incoming, UploadOptions
from artworks.imaging import decoder_pool, renditions
from artworks.imaging.rendition_kinds import RENDITION_VERSION, UPLOAD_KINDS, Renditions
from models import Image, RenditionFailure, StorageScan
from tests.fakes.storage import MemoryStorage
from tests.support.batching import wait_until, working
from tests.support.factories import picture

Keep = Callable[..., Image]
# What a picture had that was drawn wrongly.
WRONG = {
    "width": 3,
    "height": 2,
    "look": 7,
    "colours": ["#000000"],
    "palette": [1],
    "colour_names": ["black"],
}


@pytest.fixture
def storage(session: Session) -> MemoryStorage:
    """Return a storage that carries this database's mark."""
    storage = MemoryStorage()
    storage_mark.settle(session, storage)
    return storage


@pytest.fixture
def keep(session: Session, storage: MemoryStorage, tmp_path: Path) -> Keep:
    """Return a function that adds a picture as the first version left it, with another drawing if it is `wrong`."""

    def add(*, wrong: bool = False, **facts: Any) -> Image:
        path = tmp_path / "arrived"
        path.write_bytes(picture())
        file = Incoming(path, "Heron.jpg", path.stat().st_size)
        found = uploads.receive(session, storage, [file], UploadOptions({}, True, 10**6))
        image = session.get_one(Image, found.images[0])
        known = {"pixel_hash": "of before", "compared_at": datetime.now(UTC)}
        age(session, storage, image, **known, **(WRONG if wrong else {}), **facts)
        for kind in UPLOAD_KINDS if wrong else ():
            storage.put(key_of(image, kind, 1), b"black")
        return image

    return add


def age(session: Session, storage: MemoryStorage, image: Image, **facts: Any) -> None:
    """Let the renditions of a picture be those of the first version, and have no scan know of it."""
    for kind in UPLOAD_KINDS:
        storage.move(key_of(image, kind), key_of(image, kind, 1))
    given = {"rendition_version": 1, **facts}
    session.execute(update(Image).where(Image.id == image.id).values(**given))
    session.execute(text("UPDATE storage_scan SET last_found = '{}' WHERE name = 'renditions'"))
    session.commit()


def key_of(image: Image, kind: str, version: int = RENDITION_VERSION) -> str:
    return rendition_key(image.stored_filename, kind, "image/jpeg", version)


def keys_of(storage: MemoryStorage, image: Image) -> set[str]:
    return {key for key in storage.files if image.stored_filename in key}


def keys(image: Image, version: int = RENDITION_VERSION) -> set[str]:
    return {image.stored_filename, *(key_of(image, kind, version) for kind in UPLOAD_KINDS)}


def always() -> bool:
    return True


def run(session: Session, storage: MemoryStorage, goes_on: Callable[[], bool] = always) -> None:
    remaking.remake_waiting(session, storage, goes_on)
    session.expire_all()


def a_day_later(session: Session) -> None:
    session.execute(
        update(RenditionFailure).values(tried_at=datetime.now(UTC) - timedelta(days=1, minutes=1))
    )
    session.commit()


def drawn(image: Image) -> tuple[Any, ...]:
    return (image.width, image.height, image.look, image.colours, image.palette, image.colour_names)


def test_every_picture_gets_new_renditions_and_what_is_measured_is_put_right(
    session: Session, storage: MemoryStorage, keep: Keep
) -> None:
    same, wrong, trashed = keep(), keep(wrong=True), keep(wrong=True, trashed_at=datetime.now(UTC))
    before = {image.id: (image.version, image.updated_at) for image in (same, wrong, trashed)}
    storage.calls.clear()
    run(session, storage)
    made = [key for name, key in storage.calls if name == "put"]
    assert made == [key_of(image, kind) for image in (trashed, wrong, same) for kind in UPLOAD_KINDS]
    for image in (same, wrong, trashed):
        assert keys_of(storage, image) == keys(image)
        assert image.rendition_version == RENDITION_VERSION
        assert (image.version, image.updated_at) == before[image.id]
    for image in (wrong, trashed):
        assert (image.width, image.height) == (60, 40)
        assert not [now for now, then in zip(drawn(image), WRONG.values(), strict=True) if now == then]
        assert (image.pixel_hash, image.compared_at) == (None, None)
    # Drawn as before: there is nothing to compare anew.
    assert same.pixel_hash == "of before"
    assert same.compared_at
    storage.calls.clear()
    run(session, storage)
    assert storage.calls == []


def test_whatever_breaks_it_off_nothing_is_lost_and_the_next_run_goes_on(
    session: Session, storage: MemoryStorage, keep: Keep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException): ...

    image = keep()
    made, facts = image_files.draw(tmp_path / "arrived")
    # Each time the same.
    monkeypatch.setattr(image_files, "draw", lambda _path: (made, dict(facts)))
    for call in count(1):
        storage.fail_next(Killed(), after=call)  # type: ignore[arg-type]
        try:
            run(session, storage)
        except Killed:
            session.rollback()
            session.expire_all()
            assert storage.exists(image_files.rendition(session, storage, image, "preview").key)
            assert image.stored_filename in storage.files
        else:
            break
        run(session, storage)
        assert (keys_of(storage, image), image.rendition_version) == (keys(image), RENDITION_VERSION), call
        age(session, storage, image)
    assert call > 12


def test_of_several_processes_one_is_at_it_and_another_takes_over(
    session: Session, engine: Engine, storage: MemoryStorage, keep: Keep
) -> None:
    image, newer = keep(), keep()
    steps: list[str] = []
    left: list[float | None] = []

    def second_one() -> bool:
        steps.append("second")
        return True

    def first_one() -> bool:
        with Session(engine) as other:
            remaking.remake_waiting(other, storage, second_one)
            lease = select(func.extract("epoch", StorageScan.claimed_until - func.now()))
            left.append(other.scalar(lease.where(StorageScan.name == remaking.SCAN)))
        steps.append("first")
        return len(steps) < 2

    run(session, storage, first_one)
    # It was stopped after one picture; a killed one leaves its lease, which ends soon.
    assert 0 < max(filter(None, left)) <= 30
    assert (steps, newer.rendition_version, image.rendition_version) == (
        ["first", "first"],
        RENDITION_VERSION,
        1,
    )
    held = "UPDATE storage_scan SET claimed_until = now() + :left * interval '1 minute' WHERE name = 'renditions'"
    for minutes, version in ((1, 1), (-1, RENDITION_VERSION)):
        session.execute(text(held), {"left": minutes})
        session.commit()
        run(session, storage)
        assert image.rendition_version == version


def test_a_picture_that_outlasts_the_lease_may_be_begun_twice(
    session: Session, engine: Engine, storage: MemoryStorage, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, older = keep(), keep()
    store, begun = image_files.store_renditions, threading.Event()

    def store_slowly(*arguments: Any) -> None:
        if not begun.is_set():
            begun.set()
            with Session(engine) as other:
                other.execute(text("UPDATE storage_scan SET claimed_until = now() - interval '1 second'"))
                other.commit()
                remaking.remake_waiting(other, storage, always)
        store(*arguments)

    monkeypatch.setattr(image_files, "store_renditions", store_slowly)
    run(session, storage)
    for one in (image, older):
        assert (one.rendition_version, keys_of(storage, one)) == (RENDITION_VERSION, keys(one))
    run(session, storage)
    assert session.scalars(select(StorageScan.position).where(StorageScan.name == remaking.SCAN)).all() == [
        ""
    ]


def test_a_storage_that_is_away_or_empty_stops_it_and_nothing_counts_as_missing(
    session: Session, storage: MemoryStorage, keep: Keep, caplog: pytest.LogCaptureFixture
) -> None:
    image = keep()
    storage.fail_next(StorageAway("It is away."), after=1)
    with pytest.raises(Unavailable):
        run(session, storage)
    files = {key: storage.files.pop(key) for key in list(storage.files)}
    run(session, storage)
    assert "No small copies are made anew: The files of the pictures are missing" in caplog.text
    storage.files |= files
    assert (image.rendition_version, session.scalars(select(RenditionFailure)).all()) == (1, [])
    run(session, storage)
    assert image.rendition_version == RENDITION_VERSION


def test_a_picture_whose_file_is_missing_or_broken_keeps_its_renditions_until_it_is_back(
    session: Session, storage: MemoryStorage, keep: Keep
) -> None:
    missing, broken, other = keep(), keep(), keep()
    files = {image.stored_filename: storage.read(image.stored_filename) for image in (missing, broken)}
    storage.delete(missing.stored_filename)
    storage.put(broken.stored_filename, files[broken.stored_filename][:-200])
    run(session, storage)
    assert other.rendition_version == RENDITION_VERSION
    assert {key_of(image, kind, 1) for image in (missing, broken) for kind in UPLOAD_KINDS} <= set(
        storage.files
    )
    assert remaking.describe_progress(session) == (
        "2 pictures keep their older small copies, as the original is missing or cannot be read."
    )
    # Neither is tried again soon, nor the same broken file ever.
    keep()
    for days in (0, 1):
        a_day_later(session) if days else None
        storage.calls.clear()
        run(session, storage)
        assert not {("put", key_of(image, "preview")) for image in (missing, broken)} & set(storage.calls)
    for name, data in files.items():
        storage.put(name, data)
    a_day_later(session)
    run(session, storage)
    assert {missing.rendition_version, broken.rendition_version} == {RENDITION_VERSION}
    assert remaking.describe_progress(session) == ""


def test_a_file_that_ends_every_decoder_holds_up_nothing_and_a_lack_of_decoders_does(
    session: Session, storage: MemoryStorage, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newest = keep(), keep()
    real, tried = renditions.make, []

    def ends(path: Path, media_type: str) -> Renditions:
        tried.append(path)
        if len(tried) > 2:
            return real(path, media_type)
        raise DecoderEnded("It ended.")

    def none_starts() -> str:
        raise DecoderEnded("None can be started.")

    monkeypatch.setattr(renditions, "make", ends)
    with monkeypatch.context() as without:
        without.setattr(decoder_pool, "check", none_starts)
        with pytest.raises(DecoderEnded):
            run(session, storage)
    run(session, storage)
    assert (newest.rendition_version, older.rendition_version) == (1, RENDITION_VERSION)
    a_day_later(session)
    run(session, storage)
    assert newest.rendition_version == RENDITION_VERSION


def test_what_an_older_program_adds_meanwhile_is_found_though_it_is_written_down_late(
    session: Session, storage: MemoryStorage, keep: Keep
) -> None:
    late, newer = keep(rendition_version=RENDITION_VERSION), keep(rendition_version=RENDITION_VERSION)
    # Written down when the last scan was over, by a transaction that began before.
    scanned = {"version": RENDITION_VERSION, "top": late.id + 5}
    session.execute(insert(StorageScan).values(name="renditions", last_found=scanned))
    session.execute(update(Image).values(rendition_version=1))
    session.commit()
    run(session, storage)
    assert (late.rendition_version, newer.rendition_version) == (1, 1)
    # As soon as there is a newer one.
    session.execute(
        text("UPDATE storage_scan SET last_found = last_found || :top"), {"top": f'{{"top": {late.id}}}'}
    )
    session.commit()
    run(session, storage)
    assert (late.rendition_version, newer.rendition_version) == (RENDITION_VERSION,) * 2


def test_a_copy_of_the_database_deletes_nothing(session: Session, storage: MemoryStorage, keep: Keep) -> None:
    image = keep()
    storage.put(storage_mark.KEY, b'{"token": "of another"}')
    run(session, storage)
    assert keys_of(storage, image) == keys(image) | keys(image, 1)


def test_what_has_no_renditions_and_what_is_deleted_meanwhile_are_left_alone(
    session: Session, engine: Engine, storage: MemoryStorage, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopted, going = keep(rendition_type=None), keep()
    real = image_files.draw

    def draw(path: Path) -> Any:
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM image WHERE id = :id"), {"id": going_id})
        return real(path)

    going_id, original, files = going.id, going.stored_filename, keys(going)
    monkeypatch.setattr(image_files, "draw", draw)
    run(session, storage)
    assert adopted.rendition_version == 1
    assert not (files - {original}) & set(storage.files)


def test_an_edit_meanwhile_is_kept_and_clashes_with_nothing(
    session: Session, engine: Engine, storage: MemoryStorage, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = keep()
    real = image_files.draw

    def draw(path: Path) -> Any:
        with Session(engine) as other:
            images.edit(other, other.get_one(Image, image.id), 1, {"post_title": "Heron"})
            other.commit()
        return real(path)

    monkeypatch.setattr(image_files, "draw", draw)
    run(session, storage)
    assert (image.post_title, image.version, image.rendition_version) == ("Heron", 2, RENDITION_VERSION)


def test_progress_is_told_in_one_line(
    session: Session, storage: MemoryStorage, keep: Keep, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for _ in range(3):
        keep()
    turns = iter([True, False])
    run(session, storage, lambda: next(turns))
    assert remaking.describe_progress(session) == "The small copies are being made anew: 1 so far, 2 to go."
    assert remaking.describe_progress(session, 1).endswith("more than 1 to go.")
    run(session, storage)
    said = [record.getMessage() for record in caplog.records if "anew" in record.getMessage()]
    assert said == [
        "Small copies are made anew in the background, those of the newest pictures first.",
        "The small copies of 3 pictures were made anew; 0 kept theirs.",
    ]


def test_the_worker_does_it_by_itself(
    database_url: str, engine: Engine, session: Session, dependencies: Dependencies, tmp_path: Path
) -> None:
    (tmp_path / "uploads").mkdir()
    storage_mark.settle(session, dependencies.storage)
    path = tmp_path / "arrived"
    path.write_bytes(picture())
    incoming = Incoming(path, "Heron.jpg", path.stat().st_size)
    uploads.receive(session, dependencies.storage, [incoming], UploadOptions({}, True, 10**6))
    session.execute(update(Image).values(rendition_version=1))
    session.commit()

    def version() -> int | None:
        with engine.connect() as connection:
            return connection.scalar(select(Image.rendition_version))

    with working(database_url, dependencies):
        job_queue.enqueue(database_url, jobs.REMAKE)
        wait_until(lambda: version() == RENDITION_VERSION)
