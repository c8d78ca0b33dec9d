"""Sizes that are made at the first look and kept for a while: a registry of kinds, and a limit of their bytes.

The kinds are `LATER_KINDS` of artworks/imaging/rendition_kinds.py. How many are made at once is the web's to limit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Select, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from artworks.adapters.storage.storage import Storage, rendition_key
from artworks.core.errors import NotFound
from artworks.core.transactions import TransactionFactory
from artworks.images import files as image_files
from artworks.images.files import RenditionFile
from artworks.imaging import renditions
from artworks.imaging.rendition_kinds import LATER_KINDS, RENDITION_VERSION, UPLOAD_KINDS
from models import Image, LaterRendition

# Files that are removed in one transaction.
REMOVED_AT_ONCE = 100


class WantedSize(NamedTuple):
    """A later size of a picture, by what of its row is needed to make it."""

    image_id: int
    original_filename: str
    stored_filename: str
    media_type: str
    kind: str

    @classmethod
    def of(cls, image: Image, kind: str) -> WantedSize:
        """Return what is to be made of a picture whose facts are known."""
        return cls(image.id, image.original_filename, image.stored_filename, image.media_type or "", kind)

    def file(self, media_type: str) -> RenditionFile:
        """Return where it is stored once it is made as a media type."""
        key = rendition_key(self.stored_filename, self.kind, media_type, RENDITION_VERSION)
        return RenditionFile(key, media_type, RENDITION_VERSION)


def sufficient_kind(image: Image, kind: str) -> str:
    """Return the kind that shows as much of a picture as the one asked for: none is larger than its original."""
    if kind in UPLOAD_KINDS or not image.width or not image.height:
        return kind
    longest = max(image.width, image.height)
    return next((made for made, most in UPLOAD_KINDS.items() if longest <= most), kind)


def find(session: Session, storage: Storage, wanted: WantedSize) -> RenditionFile | None:
    """Return where a later size is stored; None when it has to be made."""
    row = session.get(LaterRendition, (wanted.image_id, wanted.kind), populate_existing=True)
    if row is None or row.version != RENDITION_VERSION:
        return None
    found = wanted.file(row.media_type)
    return found if storage.exists(found.key) else None


def make(begin: TransactionFactory, storage: Storage, wanted: WantedSize) -> RenditionFile:
    """Make a later size of an original and store it: the file first, then its row, in a short transaction.

    Raises NotFound when the original or its picture is gone, DamagedFile when the original cannot be read or needs too
    much memory for this size, and DecoderEnded.
    """
    if not image_files.has_original(storage, wanted):
        raise NotFound(f"The file of {wanted.original_filename} is missing.")
    with image_files.local_file(storage, wanted.stored_filename) as path:
        data, media_type = renditions.make_size(path, wanted.media_type, LATER_KINDS[wanted.kind])
    made = wanted.file(media_type)
    storage.put(made.key, data)
    row = {
        "version": RENDITION_VERSION,
        "media_type": media_type,
        "size_bytes": len(data),
        "made_at": func.now(),
    }
    adding = insert(LaterRendition).values(image_id=wanted.image_id, kind=wanted.kind, **row)
    try:
        with begin() as session:
            session.execute(adding.on_conflict_do_update(index_elements=["image_id", "kind"], set_=row))
    except IntegrityError as error:
        # Deleted for good meanwhile, with the files that were known then.
        storage.delete(made.key)
        raise NotFound("There is no such picture any more.") from error
    return made


def trim(session: Session, storage: Storage, most_bytes: int) -> int:
    """Remove the oldest later sizes, until all have at most `most_bytes` together; returns how many. Commits.

    Those of an older version go first: nobody is shown them any more. Only to be called where the storage carries this
    database's mark.
    """
    count = 0
    while rows := session.execute(_select_surplus(most_bytes)).all():
        session.commit()
        # The file first: a row without one is made anew, and a file without a row would lie there for good.
        for row in rows:
            storage.delete(rendition_key(row.stored_filename, row.kind, row.media_type, row.version))
        removed = tuple_(LaterRendition.image_id, LaterRendition.kind, LaterRendition.made_at)
        # Not one that was made anew meanwhile.
        gone = [(row.image_id, row.kind, row.made_at) for row in rows]
        session.execute(delete(LaterRendition).where(removed.in_(gone)))
        session.commit()
        count += len(rows)
    session.commit()
    return count


def _select_surplus(most_bytes: int) -> Select[Any]:
    """Return the query for some of the later sizes that are too many, the oldest first."""
    # The bytes of one and of all that are newer.
    current = func.sum(LaterRendition.size_bytes).filter(LaterRendition.version >= RENDITION_VERSION)
    up_to_here = current.over(order_by=LaterRendition.made_at.desc())
    held = select(LaterRendition, up_to_here.label("bytes")).subquery()
    return (
        select(
            held.c.image_id, held.c.kind, held.c.version, held.c.media_type, held.c.made_at,
            Image.stored_filename,
        )
        .join(Image, Image.id == held.c.image_id)
        .where((held.c.version < RENDITION_VERSION) | (held.c.bytes > most_bytes))
        .order_by(held.c.version >= RENDITION_VERSION, held.c.made_at)
        .limit(REMOVED_AT_ONCE)
    )  # fmt: skip
