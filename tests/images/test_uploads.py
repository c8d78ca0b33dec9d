"""From a file to a picture: whole or not at all, wherever it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from artworks.core.errors import AppError, Invalid, StorageAway, StorageFull, Unavailable
from artworks.images import image as images
from artworks.images import uploads
from artworks.images.uploads import Incoming, Received, UploadOptions
from models import Image, PendingFile, Revision
from tests.fakes.storage import MemoryStorage
from tests.support.factories import picture

Arrive = Callable[..., Incoming]


@pytest.fixture
def arrive(tmp_path: Path) -> Arrive:
    def make(data: bytes, name: str = "Heron.jpg") -> Incoming:
        path = tmp_path / f"upload-{len(list(tmp_path.iterdir()))}.part"
        path.write_bytes(data)
        return Incoming(path, name, len(data))

    return make


def receive(session: Session, storage: MemoryStorage, *files: Incoming, keep: bool = False) -> Received:
    return uploads.receive(session, storage, list(files), UploadOptions({}, keep, 100_000))


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Image)) or 0


def test_a_picture_is_a_row_an_original_and_two_renditions(session: Session, arrive: Arrive) -> None:
    storage, data = MemoryStorage(), picture("PNG", (64, 48))
    received = receive(session, storage, arrive(data))
    image = session.get_one(Image, received.images[0])
    name = image.stored_filename
    assert set(storage.files) == {
        name, f"renditions/{name}-thumbnail-v2.webp", f"renditions/{name}-preview-v2.webp",
    }  # fmt: skip
    assert storage.files[name][0] == data
    assert (image.width, image.height, image.size_bytes, len(image.sha256 or "")) == (64, 48, len(data), 64)
    assert image.colours
    assert session.scalars(select(Revision.action)).all() == ["upload"]


def test_the_original_is_stored_before_the_row(
    session: Session, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, seen = MemoryStorage(), []
    create = images.create

    def watched(*args: object, **options: object) -> Image:
        seen.append(len(storage.files))
        return create(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(images, "create", watched)
    receive(session, storage, arrive(picture()))
    assert seen == [3]


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("error", [StorageFull("No room."), Unavailable("Away.")])
def test_a_storage_that_fails_at_any_step_leaves_nothing(
    session: Session, arrive: Arrive, step: int, error: StorageFull | Unavailable
) -> None:
    storage = MemoryStorage()
    storage.fail_next(error, after=step)
    with pytest.raises(type(error)):
        receive(session, storage, arrive(picture()))
    assert (storage.files, count(session)) == ({}, 0)


@pytest.mark.parametrize(("error", "notes"), [(StorageFull("No room."), 0), (StorageAway("Silent."), 1)])
def test_what_a_silent_store_may_still_take_in_is_looked_at_again(
    session: Session, arrive: Arrive, error: AppError, notes: int
) -> None:
    storage = MemoryStorage()
    storage.fail_next(error, after=3)
    with pytest.raises(type(error)):
        receive(session, storage, arrive(picture()))
    assert session.scalar(select(func.count()).select_from(PendingFile)) == notes


def test_a_row_that_cannot_be_written_leaves_no_file(
    session: Session, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = MemoryStorage()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(images, "create", killed)
    with pytest.raises(KeyboardInterrupt):
        receive(session, storage, arrive(picture()))
    assert (storage.files, count(session)) == ({}, 0)


def test_a_file_that_cannot_be_deleted_hides_no_error(session: Session, arrive: Arrive) -> None:
    storage = MemoryStorage()
    storage.fail_next(StorageFull("No room."), after=3)

    def stuck(key: str) -> None:
        raise Unavailable("Away.")

    storage.delete = stuck  # type: ignore[method-assign]
    with pytest.raises(StorageFull):
        receive(session, storage, arrive(picture()))
    assert count(session) == 0


def test_a_copy_that_was_stored_meanwhile_wins(
    session: Session, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other upload of the same file commits while this one is still being decoded."""
    storage, other, data = MemoryStorage(), MemoryStorage(), picture()
    store = uploads.store

    def slow(*args: object) -> images.NewImage:
        monkeypatch.setattr(uploads, "store", store)
        receive(session, other, arrive(data, "first.jpg"))
        return store(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(uploads, "store", slow)
    received = receive(session, storage, arrive(data, "second.jpg"))
    assert (received.images, [name for name, _ in received.duplicates]) == ([], ["second.jpg"])
    assert (storage.files, len(other.files), count(session)) == ({}, 3, 1)


def test_one_file_twice_in_a_form_is_stored_once_or_as_often_as_wished(
    session: Session, arrive: Arrive
) -> None:
    storage, data = MemoryStorage(), picture()
    received = receive(session, storage, arrive(data, "a.jpg"), arrive(data, "b.jpg"))
    assert received.duplicates == [("b.jpg", received.images[0])]
    kept = receive(session, storage, arrive(data, "c.jpg"), arrive(data, "d.jpg"), keep=True)
    assert (len(kept.images), count(session)) == (2, 3)


def test_each_file_is_answered_for(session: Session, arrive: Arrive) -> None:
    good, bad = arrive(picture(), "good.jpg"), arrive(b"GIF89a nonsense", "bad.gif")
    large, empty = arrive(b"x" * 100_001, "large.png"), arrive(b"", "empty.png")
    received = receive(session, MemoryStorage(), bad, good, large, empty)
    assert len(received.images) == 1
    assert [(name, error.status) for name, error in received.rejected] == [
        ("bad.gif", 422), ("large.png", 413), ("empty.png", 422),
    ]  # fmt: skip


def test_words_that_do_not_fit_are_refused_before_anything_is_stored(
    session: Session, arrive: Arrive
) -> None:
    storage = MemoryStorage()
    with pytest.raises(Invalid):
        uploads.receive(
            session, storage, [arrive(picture())], UploadOptions({"category": "x" * 81}, False, 10**6)
        )
    assert storage.calls == []


def test_the_samples_are_six_small_pictures_of_mixed_kinds() -> None:
    found = uploads.samples()
    assert len(found) == 6
    assert {file.path.suffix for file in found} == {".jpg", ".png", ".gif"}
    assert max(file.size for file in found) < 150_000
