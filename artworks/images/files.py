"""The bytes of a picture: the original, its renditions, and what is known about the file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from typing import Any, NamedTuple, Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import utils
from artworks.adapters.storage.storage import Storage, rendition_key
from artworks.adapters.storage.temporary_files import temporary_file_errors
from artworks.core.errors import NotFound
from artworks.imaging import renditions
from artworks.imaging.rendition_kinds import RENDITION_VERSION, UPLOAD_KINDS, Renditions
from artworks.search import palette
from models import Image

# What is to be found out once more of a picture that may be drawn otherwise: its doubles, and its pixels for them.
NOT_COMPARED = {"pixel_hash": None, "compared_at": None}


class RenditionFile(NamedTuple):
    """A stored rendition: its key, its media type and its version, which stands in its address, too."""

    key: str
    media_type: str
    version: int


def rendition(session: Session, storage: Storage, image: Image, kind: str) -> RenditionFile:
    """Return where a thumbnail or preview is stored; it is made anew when it is not there.

    That is so for rows adopted from an older database, and after renditions were deleted by hand. One of an older
    version is as good as any: its turn comes in the background (artworks/images/remaking.py). Raises NotFound when the
    original is gone too, DamagedFile when it cannot be read. Writes down what was measured.
    """
    known = _by_row(image.stored_filename, kind, image.rendition_type, image.rendition_version)
    if known is not None and storage.exists(known.key):
        return known
    # Perhaps it was remade since the row was read.
    columns = select(Image.rendition_type, Image.rendition_version).where(Image.id == image.id)
    row = session.execute(columns).one_or_none()
    newer = _by_row(image.stored_filename, kind, *row) if row else None
    if newer is not None and newer != known and storage.exists(newer.key):
        return newer
    media_type = measure(session, storage, image)
    return RenditionFile(
        rendition_key(image.stored_filename, kind, media_type, RENDITION_VERSION),
        media_type,
        RENDITION_VERSION,
    )


def _by_row(stored_filename: str, kind: str, media_type: str | None, version: int) -> RenditionFile | None:
    """Return where a rendition is by what its row says; None where it says that there is none."""
    if not media_type:
        return None
    return RenditionFile(rendition_key(stored_filename, kind, media_type, version), media_type, version)


def versions_of(session: Session, image_ids: Iterable[int]) -> dict[int, int]:
    """Return which version of the drawing the renditions of some pictures are, by their ids."""
    query = select(Image.id, Image.rendition_version).where(Image.id.in_(set(image_ids)))
    return {row.id: row.rendition_version for row in session.execute(query)}


class HasOriginal(Protocol):
    """A picture, or what is known of one: the name of its original."""

    @property
    def stored_filename(self) -> str:
        """The key of its original."""


def has_original(storage: Storage, image: HasOriginal) -> bool:
    """Return whether a picture's file is there; one under a name that no storage takes is not."""
    try:
        return storage.exists(image.stored_filename)
    except ValueError:
        # Rows adopted from an older database may hold anything as a name.
        return False


def measure(session: Session, storage: Storage, image: Image) -> str:
    """Make the renditions of an original, write down its type, size, hash and colours, and return their media type."""
    if not has_original(storage, image):
        raise NotFound(f"The file of {image.original_filename} is missing.")
    with local_file(storage, image.stored_filename) as path:
        # Read to its end first: to the decoder a disk that fails in the middle would be a damaged picture.
        sha256 = utils.sha256_of(path)
        made, facts = draw(path)
    store_renditions(storage, image.stored_filename, made)
    if image.rendition_type and image.rendition_version < RENDITION_VERSION:
        facts |= NOT_COMPARED
    # Facts are no words: they leave the version alone, so two looks at once and an edit in between never clash.
    session.execute(update(Image).where(Image.id == image.id).values(sha256=sha256, **facts))
    return made.media_type


def draw(path: Path) -> tuple[Renditions, dict[str, Any]]:
    """Make the renditions of a file, and return them with what is known by them, as columns of its row.

    Raises UnsupportedType, DamagedFile and DecoderEnded.
    """
    with path.open("rb") as file:
        media_type = utils.sniff(file.read(4096))
    made = renditions.make(path, media_type)
    return made, {
        "media_type": media_type,
        "rendition_type": made.media_type,
        "rendition_version": RENDITION_VERSION,
        "width": made.width,
        "height": made.height,
        "size_bytes": path.stat().st_size,
        "colours": list(made.colours),
        "colour_names": palette.plain_names(made.colours),
        "palette": palette.cells_of(made.colours),
        "look": made.perceptual_hash,
    }


def store_renditions(storage: Storage, stored_filename: str, made: Renditions) -> None:
    """Store the renditions of an original under the keys of this version of the drawing."""
    for kind in UPLOAD_KINDS:
        storage.put(
            rendition_key(stored_filename, kind, made.media_type, RENDITION_VERSION), getattr(made, kind)
        )


@contextmanager
def local_file(storage: Storage, key: str) -> Iterator[Path]:
    """Yield a path to a stored file, through a temporary copy when the storage is not a local folder.

    Errors of the system while it is read become those of the storage.
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
