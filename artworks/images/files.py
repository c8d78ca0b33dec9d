"""The bytes of a picture: the original, its renditions, and what is known about the file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj

from sqlalchemy import update
from sqlalchemy.orm import Session

import utils
from artworks.adapters.storage.storage import Storage, rendition_key
from artworks.adapters.storage.temporary_files import temporary_file_errors
from artworks.core.errors import NotFound
from artworks.imaging import renditions
from artworks.search import palette
from models import Image


def rendition(session: Session, storage: Storage, image: Image, kind: str) -> str:
    """Return the storage key of a thumbnail or preview; it is made anew when it is not there.

    That is so for rows adopted from an older database, and after renditions were deleted by hand. Raises NotFound
    when the original is gone too, DamagedFile when it cannot be read. Writes down what was measured.
    """
    if image.rendition_type:
        key = rendition_key(image.stored_filename, kind, image.rendition_type)
        if storage.exists(key):
            return key
    measure(session, storage, image)
    return rendition_key(image.stored_filename, kind, image.rendition_type or "")


def has_original(storage: Storage, image: Image) -> bool:
    """Return whether a picture's file is there; one under a name that no storage takes is not."""
    try:
        return storage.exists(image.stored_filename)
    except ValueError:
        # Rows adopted from an older database may hold anything as a name.
        return False


def measure(session: Session, storage: Storage, image: Image) -> None:
    """Make the renditions of an original, and write down its type, size, hash and colours."""
    if not has_original(storage, image):
        raise NotFound(f"The file of {image.original_filename} is missing.")
    with local_file(storage, image.stored_filename) as path:
        # Read to its end first: to the decoder a disk that fails in the middle would be a damaged picture.
        sha256, size = utils.sha256_of(path), path.stat().st_size
        with path.open("rb") as file:
            media_type = utils.sniff(file.read(4096))
        made = renditions.make(path, media_type)
    for kind, data in (("thumbnail", made.thumbnail), ("preview", made.preview)):
        storage.put(rendition_key(image.stored_filename, kind, made.media_type), data)
    # Facts are no words: they leave the version alone, so two looks at once and an edit in between never clash.
    session.execute(
        update(Image)
        .where(Image.id == image.id)
        .values(
            media_type=media_type,
            rendition_type=made.media_type,
            width=made.width,
            height=made.height,
            sha256=sha256,
            size_bytes=size,
            colours=list(made.colours),
            colour_names=palette.plain_names(made.colours),
            palette=palette.cells_of(made.colours),
            look=made.perceptual_hash,
        )
    )


@contextmanager
def local_file(storage: Storage, key: str) -> Iterator[Path]:
    """Yield a path to a stored file, through a temporary copy when the storage is not a local folder.

    What the system says of the file meanwhile is told as the storage tells it.
    """
    local = storage.local_path(key)
    if local is not None:
        with storage.reading(key):
            yield local
        return
    folder = Path(tempfile.gettempdir())
    with (
        storage.open(key) as source,
        temporary_file_errors(folder),
        tempfile.NamedTemporaryFile(dir=folder) as copy,
    ):
        copyfileobj(source, copy)
        copy.flush()
        yield Path(copy.name)
