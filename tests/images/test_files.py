"""The bytes of a picture: found, made anew, or said to be missing."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from artworks.core.errors import DamagedFile, NotFound, UnsupportedType
from artworks.images import files as image_files
from models import Image
from tests.fakes.storage import MemoryStorage
from tests.support.factories import picture


def legacy(session: Session, name: str = "heron.jpg") -> Image:
    """Add a row as an older program left it."""
    image = Image(original_filename=name, stored_filename=name)
    session.add(image)
    session.commit()
    return image


def test_a_first_look_learns_the_facts_and_leaves_the_version_alone(session: Session) -> None:
    storage, image = MemoryStorage(), legacy(session)
    storage.put("heron.jpg", picture("GIF", (80, 50)))
    key = image_files.rendition(session, storage, image, "thumbnail").key
    session.commit()
    session.expire_all()
    assert storage.exists(key)
    assert (image.media_type, image.width, image.height) == ("image/gif", 80, 50)
    assert (image.size_bytes, image.version) == (storage.size("heron.jpg"), 1)
    assert len(image.sha256 or "") == 64


def test_a_rendition_that_is_there_is_not_made_again(session: Session) -> None:
    storage, image = MemoryStorage(), legacy(session)
    storage.put("heron.jpg", picture())
    key = image_files.rendition(session, storage, image, "preview").key
    session.refresh(image)
    storage.put(key, b"as it is")
    storage.delete("heron.jpg")
    assert image_files.rendition(session, storage, image, "preview").key == key
    assert storage.read(key) == b"as it is"


def test_a_missing_original_is_not_found(session: Session) -> None:
    for name in ("missing.jpg", "../outside.jpg", "a b/\n.jpg"):
        with pytest.raises(NotFound, match="is missing"):
            image_files.rendition(session, MemoryStorage(), legacy(session, name), "preview")


def test_an_original_that_is_no_whole_picture_is_said_to_be_so(session: Session) -> None:
    storage, image = MemoryStorage(), legacy(session)
    for data, error in ((picture("PNG", (200, 200))[:90], DamagedFile), (b"<html>", UnsupportedType)):
        storage.put("heron.jpg", data)
        with pytest.raises(error):
            image_files.rendition(session, storage, image, "preview")
        assert set(storage.files) == {"heron.jpg"}
