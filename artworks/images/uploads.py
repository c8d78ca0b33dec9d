"""From a file that arrived to a picture in the library: check, make renditions, store, then the row."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

import utils
from artworks.adapters.postgres.health import sqlstate
from artworks.adapters.storage.storage import Storage
from artworks.core.errors import (
    AppError,
    DecoderEnded,
    Invalid,
    StorageAway,
    TooLarge,
    Unavailable,
    UnsupportedType,
)
from artworks.core.text import clean_fields
from artworks.files import pending as pending_files
from artworks.images import file_words
from artworks.images import files as image_files
from artworks.images import image as images
from artworks.images.image import NewImage
from artworks.imaging import conversion, renditions
from artworks.imaging.checks import formats

SAMPLES = Path(__file__).resolve().parents[2] / "static" / "samples"
NO_DATABASE = (
    "The database does not answer right now. Look in a moment what was added, and send the rest again."
)
BROKEN = (
    "Something went wrong on our side with this picture. Look whether it is there before you send it again."
)
# What a database raises that is away.
NO_ANSWER = (OperationalError, InterfaceError, PoolTimeout)
# SQLSTATEs after which a commit may have happened all the same: lost connections, shutdowns, "completion unknown".
UNKNOWN_END = ("08", "57", "40003")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Incoming:
    """One received file: where it lies for now, the name it had, its size and whether it passed the limit."""

    path: Path
    filename: str
    size: int
    too_large: bool = False


@dataclass(frozen=True)
class FromOther:
    """A new picture that came in another format: what it was, what it became, and what there is to say of it."""

    filename: str
    image_id: int
    format: str
    media_type: str
    note: str


@dataclass(frozen=True)
class Picture:
    """A PNG, JPEG or GIF on its way in; `origin` and the last two belong to one that was turned into it."""

    path: Path
    filename: str
    media_type: str
    sha256: str
    origin: str | None = None
    source_sha256: str | None = None
    note: str = ""


@dataclass(frozen=True)
class UploadOptions:
    """What holds for all files of an upload.

    `words` (category, key_points) go to every new picture, and `words_from_files` says whether those that a file holds
    fill what is empty then. `limit` is in bytes. `may_store` is asked before a file is stored, and raises what stands
    in the way. With `convert`, pictures of some other formats are turned into PNG or JPEG rather than refused.
    `place` is called with the id of each picture, also of one that was there before, in the transaction that writes it.
    `sample_words` are the words of sample pictures, by the names of their files.
    """

    words: Mapping[str, Any]
    keep_duplicates: bool
    limit: int
    convert: bool = False
    may_store: Callable[[], None] = lambda: None
    words_from_files: bool = True
    place: Callable[[int], None] = lambda _image_id: None
    sample_words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass
class Received:
    """What became of the files of one upload: ids of new pictures, ids already there, and errors, with file names.

    Those of `converted` are among the new pictures, too.
    """

    images: list[int] = field(default_factory=list)
    converted: list[FromOther] = field(default_factory=list)
    duplicates: list[tuple[str, int]] = field(default_factory=list)
    rejected: list[tuple[str, AppError]] = field(default_factory=list)


def receive(session: Session, storage: Storage, files: list[Incoming], options: UploadOptions) -> Received:
    """Store every good file and commit it by itself, so that a later one can neither undo nor delay it.

    A file that is refused is listed with its error, and so is one that something goes wrong with. A storage or a
    database that fails ends the whole: what was stored before is kept, and the files after are listed with the same
    error, untried. It is raised when there is nothing else to tell.
    """
    clean_fields(options.words)
    received = Received()
    names = [utils.clean_filename(file.filename) for file in files]
    for place, (file, name) in enumerate(zip(files, names, strict=True)):
        try:
            _store_one(session, storage, file, name, options, received)
            session.commit()
        except Exception as error:
            session.rollback()
            known = _as_app_error(error)
            if len(files) == 1 and known.status >= 500:
                raise
            if _stops_upload(error):
                received.rejected += [(left, known) for left in names[place:]]
                break
            received.rejected.append((name, known))
    return received


def _stops_upload(error: Exception) -> bool:
    """Return whether the files after this one would meet the same."""
    if isinstance(error, AppError):
        return error.status >= 500 and not isinstance(error, DecoderEnded)
    return isinstance(error, NO_ANSWER)


def _as_app_error(error: Exception) -> AppError:
    """Return an error in a sentence for people; one that is no refusal is logged."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, NO_ANSWER):
        log.warning("The database failed during an upload: %s", type(error).__name__)
        return Unavailable(NO_DATABASE, retry_after=5)
    log.error("A file could not be added.", exc_info=error)
    return AppError(BROKEN)


def _store_one(
    session: Session, storage: Storage, file: Incoming, name: str, options: UploadOptions, received: Received
) -> None:
    check_size(file, name, options.limit)
    sha256 = utils.sha256_of(file.path)
    if not options.keep_duplicates and (known := images.same_file(session, sha256)) is not None:
        options.place(known)
        received.duplicates.append((name, known))
        return
    # The lock on the hash is not held while the picture is decoded; it is taken again before the row is written.
    session.commit()
    with as_picture(file, name, sha256, options) as picture:
        _store_picture(session, storage, picture, name, options, received)


@contextmanager
def as_picture(file: Incoming, name: str, sha256: str, options: UploadOptions) -> Iterator[Picture]:
    """Yield what is to be stored: the file as it came, or what it was turned into, which is gone afterwards.

    Raises OtherFormat for what is no picture that can be taken, and DamagedFile for one that cannot be turned.
    """
    with file.path.open("rb") as opened:
        head = opened.read(formats.HEAD_BYTES)
    try:
        picture = Picture(file.path, name, utils.sniff(head), sha256)
    except UnsupportedType:
        kind = formats.identify(head)
    else:
        yield picture
        return
    if kind is None or not options.convert:
        raise conversion.refusal(kind, name, file.path)
    if not (refusal := conversion.refusal(kind, name)).convertible:
        raise refusal
    options.may_store()
    made = conversion.convert(file.path, kind, options.limit, utils.human_size(options.limit))
    with utils.CappedFile(file.path.parent, options.limit) as spooled:
        spooled.write(made.data)
        filename = utils.with_ending(name, made.media_type)
        yield Picture(spooled.path, filename, made.media_type, spooled.sha256, kind.name, sha256, made.note)


def _store_picture(
    session: Session,
    storage: Storage,
    picture: Picture,
    name: str,
    options: UploadOptions,
    received: Received,
) -> None:
    """Store a picture and write its row; `name` is that of the file that came."""
    stored = utils.stored_name(picture.media_type)
    options.may_store()
    pending_files.note_storing(session, stored)
    session.commit()
    try:
        new = store(storage, picture.path, picture.filename, picture.sha256, stored)
        new = replace(new, source_sha256=picture.source_sha256, converted_from=picture.origin)
        found = file_words.read(picture.path, new.media_type) if options.words_from_files else {}
        came = picture.source_sha256 or picture.sha256
        if not options.keep_duplicates and (known := images.same_file(session, came)) is not None:
            received.duplicates.append((name, known))
            session.rollback()
            _discard(session, storage, stored)
            options.place(known)
            return
        image_id = images.create(session, new, options.words, found, options.sample_words.get(name)).id
        options.place(image_id)
        pending_files.note_stored(session, stored)
    except BaseException as error:
        session.rollback()
        # What a store that fell silent was sent may still arrive there: the note stays, to look again in an hour.
        _discard(session, storage, stored, forget=not isinstance(error, StorageAway))
        raise
    _commit(session, storage, stored)
    received.images.append(image_id)
    if picture.origin:
        received.converted.append(FromOther(name, image_id, picture.origin, picture.media_type, picture.note))


def _media_type(path: Path) -> str:
    """Return the media type of a file by its content; raises UnsupportedType."""
    with path.open("rb") as file:
        return utils.sniff(file.read(4096))


def _discard(session: Session, storage: Storage, stored: str, *, forget: bool = True) -> None:
    """Remove the files of an upload that failed; what cannot be removed now, the note leaves to the clean-up."""
    if pending_files.remove(storage, stored) and forget:
        try:
            pending_files.delete_note(session, stored)
            session.commit()
        except SQLAlchemyError as error:
            # Not to hide what went wrong before: the note is found in an hour.
            session.rollback()
            log.warning("The upload %s stays noted: %s", stored, type(error).__name__)


def _commit(session: Session, storage: Storage, stored: str) -> None:
    """Commit a new row; its files go only when the database itself says that it was not written.

    Where that is not known, its row in `pending_file` is read in an hour: it goes with the same commit.
    """
    try:
        session.commit()
    except BaseException as error:
        session.rollback()
        if _was_refused(error):
            _discard(session, storage, stored)
        else:
            log.warning(
                "It is not known whether the picture %s was written down; its files are kept.", stored
            )
        raise


def _was_refused(error: BaseException) -> bool:
    """Return whether the database answered a commit with a refusal; a line that breaks leaves the end unknown."""
    state = sqlstate(error)
    return bool(state) and not state.startswith(UNKNOWN_END)


def check_size(file: Incoming, name: str, limit: int) -> None:
    """Raise TooLarge or Invalid for a file that is larger than the limit, in bytes, or empty."""
    if file.too_large or file.size > limit:
        raise _too_large(name, file.size, limit)
    if not file.size:
        raise Invalid(f"{name} is empty.", field="files")


def _too_large(name: str, size: int, limit: int) -> TooLarge:
    shown, most = utils.human_size(size), utils.human_size(limit)
    is_too = f"is {shown}" if shown != most else "is a little too large"
    return TooLarge(f"{name} {is_too}. The limit is {most}.", field="files")


def store(storage: Storage, path: Path, name: str, sha256: str, stored: str) -> NewImage:
    """Check a file, make its renditions and put all three into the storage, the original last.

    Raises UnsupportedType, DamagedFile or StorageFull; the caller then removes what was stored under `stored`.
    """
    media_type = _media_type(path)
    made = renditions.make(path, media_type)
    image_files.store_renditions(storage, stored, made)
    storage.put(stored, path)
    return NewImage(
        original_filename=name,
        stored_filename=stored,
        media_type=media_type,
        rendition_type=made.media_type,
        width=made.width,
        height=made.height,
        size_bytes=path.stat().st_size,
        sha256=sha256,
        colours=list(made.colours),
        look=made.perceptual_hash,
    )


def samples() -> list[Incoming]:
    """List the six sample pictures that come with the program."""
    return [
        Incoming(path, path.name, path.stat().st_size)
        for path in sorted(SAMPLES.iterdir())
        if path.suffix in (".png", ".jpg", ".gif")
    ]
