"""Tidying up: what a killed process left goes, everything else stays."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from adapters.storage import Storage
from adapters.storage_folder import FolderStorage
from features import sweep, uploads
from features.uploads import Incoming
from models import Image
from tests.factories import picture


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "uploads")


@pytest.fixture
def arrived(tmp_path: Path) -> Incoming:
    path = tmp_path / "upload-1.part"
    path.write_bytes(picture())
    return Incoming(path, "Heron.jpg", path.stat().st_size)


def keep(session: Session, storage: Storage, arrived: Incoming) -> Image:
    found = uploads.receive(session, storage, [arrived], words={}, keep_duplicates=True, limit=10**6)
    return session.get_one(Image, found.images[0])


def age(storage: FolderStorage, hours: float) -> None:
    """Make every stored file as old as that."""
    for key, _, _ in storage.list():
        os.utime(storage.root / key, (time.time() - 3600 * hours,) * 2)


def keys(storage: Storage) -> set[str]:
    return {key for key, _, _ in storage.list()}


def test_a_crash_between_file_and_row_leaves_an_orphan_that_goes_after_an_hour(
    session: Session, storage: FolderStorage, arrived: Incoming
) -> None:
    kept = keep(session, storage, arrived)
    before = keys(storage)
    uploads.store(storage, arrived.path, "Heron.jpg", "0" * 64)
    assert session.scalar(select(func.count()).select_from(Image)) == 1
    age(storage, 0.9)
    assert sweep.remove_orphans(session, storage) == 0
    age(storage, 1.1)
    assert sweep.remove_orphans(session, storage) == 3
    assert keys(storage) == before
    assert storage.exists(kept.stored_filename)


def test_a_rendition_whose_picture_is_gone_goes_too(
    session: Session, storage: FolderStorage, arrived: Incoming
) -> None:
    image = keep(session, storage, arrived)
    storage.put("renditions/00000000-0000-4000-8000-000000000000.png-preview.webp", b"x")
    age(storage, 2)
    assert sweep.remove_orphans(session, storage) == 1
    assert len(keys(storage)) == 3
    assert storage.exists(image.stored_filename)


def test_files_that_are_not_ours_are_left_alone(session: Session, storage: FolderStorage) -> None:
    strangers = {"heron.jpg", "notes.txt", "renditions/heron.jpg-preview.jpg", "photos/2026/a.png"}
    for key in strangers:
        storage.put(key, b"somebody's own")
    age(storage, 1000)
    assert sweep.remove_orphans(session, storage) == 0
    assert keys(storage) == strangers


def test_the_trash_is_kept_for_thirty_days(
    session: Session, storage: FolderStorage, arrived: Incoming
) -> None:
    old, young, live = (keep(session, storage, arrived) for _ in range(3))
    old.trashed_at = datetime.now(UTC) - timedelta(days=30, minutes=1)
    young.trashed_at = datetime.now(UTC) - timedelta(days=29, hours=23)
    session.commit()
    names = {image: image.stored_filename for image in (young, live)}
    sweep.sweep(session, storage)
    assert set(session.scalars(select(Image.stored_filename))) == set(names.values())
    assert {key for key in keys(storage) if "/" not in key} == set(names.values())
    sweep.sweep(session, storage)
    assert len(keys(storage)) == 6


def test_a_trash_of_many_pictures_is_emptied_in_several_goes(
    session: Session, storage: FolderStorage, arrived: Incoming, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "ROWS_AT_ONCE", 2)
    for _ in range(5):
        keep(session, storage, arrived).trashed_at = datetime.now(UTC)
    session.commit()
    assert sweep.empty_trash(session, storage) == 5
    assert keys(storage) == set()
