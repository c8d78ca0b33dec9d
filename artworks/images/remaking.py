"""Renditions of an older version, made anew in the background: the newest pictures first, found by a cursor of ids.

No row needs an index for it: a scan (`StorageScan`) walks down from the newest picture under a lease, and notes the one
that is under way. New renditions are stored first, then the row says so, then the old ones go; whatever breaks that off
is taken up there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

import utils
from artworks.adapters.storage.storage import Storage, rendition_key
from artworks.core.errors import AppError, Conflict, DecoderEnded, NotFound, StorageFull, Unavailable
from artworks.files import integrity, storage_mark
from artworks.files.integrity import Scan
from artworks.files.pending import remove_renditions
from artworks.images import files as image_files
from artworks.images.background import BackgroundWork
from artworks.imaging import decoder_pool
from artworks.imaging.rendition_kinds import RENDITION_VERSION, UPLOAD_KINDS
from models import Image, RenditionFailure, StorageScan

# The task that makes them anew, and the name of its scan.
REMAKE = "images.remake"
SCAN = "renditions"
# Rows that are looked through at a time.
WINDOW = 2_000
# So many ids are gone through again when there are newer ones: an upload may end after one that began later.
OVERLAP = 1_000
# Renewed before each picture, and so short that after a kill the next minute goes on. A picture that takes longer may
# be begun by a second process, too: both write the same bytes under the same names, and the same row.
LEASE = timedelta(seconds=30)
# A picture that could not be remade is looked at again after so long; so many of them at a time.
RETRY_AFTER = timedelta(days=1)
RETRIES = 20
log = logging.getLogger(__name__)


class RenditionRemaker:
    """Makes renditions of an older version anew for the queue, in one process at a time."""

    def __init__(self, sessions: Callable[[], Session], storage: Storage) -> None:
        self._sessions = sessions
        self._storage = storage
        self._background = BackgroundWork("remaking", self._remake_waiting)

    def work(self) -> None:
        """Remake what there is to remake, for a while; raises Unavailable when the file store is away."""
        self._background.run()

    def stop(self) -> None:
        """Begin with no more pictures; the one under way is finished."""
        self._background.stop()

    def _remake_waiting(self, goes_on: Callable[[], bool]) -> None:
        with self._sessions() as session:
            remake_waiting(session, self._storage, goes_on)


def remake_waiting(session: Session, storage: Storage, goes_on: Callable[[], bool]) -> None:
    """Remake old renditions while `goes_on`, then what could not be remade a day ago; commits by itself.

    Does nothing while the storage is not the one that the rows are about, or another process is at it. Raises
    Unavailable and StorageFull, and goes on from there the next time.
    """
    is_due = _is_due(session)
    if not is_due and not _has_failed(session):
        return
    state = storage_mark.inspect_storage(session, storage)
    if state.blocked:
        log.warning("No small copies are made anew: %s", state.problem)
        return
    remaking = _Remaking(session, storage, state.may_delete)
    for failure in _claim_failed(session):
        if goes_on():
            remaking.remake(failure.image_id, failure.sha256)
    if is_due:
        remaking.scan(goes_on)


def describe_progress(session: Session, most: int = 1_000) -> str:
    """Return in a sentence how far the remaking is; empty when there is nothing to tell. Counts up to `most`."""
    scan = integrity.load_last(session, SCAN)
    said = []
    if scan and (left := _count_left(session, scan, most)):
        to_go = f"more than {most:,}" if left > most else f"{left:,}"
        made = scan.found.get("remade", 0)
        said.append(f"The small copies are being made anew: {made:,} so far, {to_go} to go.")
    kept = session.scalar(select(func.count()).select_from(RenditionFailure)) or 0
    if kept:
        keep = "1 picture keeps its" if kept == 1 else f"{kept:,} pictures keep their"
        said.append(f"{keep} older small copies, as the original is missing or cannot be read.")
    return " ".join(said)


def _count_left(session: Session, scan: StorageScan, most: int) -> int:
    if not scan.position or scan.found.get("version") != RENDITION_VERSION:
        return 0
    some = select(Image.id).where(Image.id <= int(scan.position), *_OUTDATED).limit(most + 1)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


# Rows of an older database without renditions get them at the first look.
_OUTDATED = (Image.rendition_version < RENDITION_VERSION, Image.rendition_type.is_not(None))


def _is_due(session: Session) -> bool:
    """Return whether a scan was broken off, or pictures came since the last one; not while another process is at it."""
    scan = integrity.load_last(session, SCAN)
    newest = _newest_id(session) or 0
    claimed = select(StorageScan.name).where(StorageScan.name == SCAN, StorageScan.claimed_until > func.now())
    is_free = session.scalar(claimed) is None
    is_due = is_free and (bool(scan and scan.position) or newest > _seen_up_to(scan))
    session.commit()
    return is_due


def _newest_id(session: Session) -> int | None:
    return session.scalar(select(func.max(Image.id)))


def _seen_up_to(scan: StorageScan | None) -> int:
    """Return the newest picture that the last whole scan for this version saw; 0 without one."""
    last = scan.last_found if scan else {}
    return int(last.get("top", 0)) if last.get("version") == RENDITION_VERSION else 0


def _has_failed(session: Session) -> bool:
    """Return whether there is a picture that could not be remade a day ago."""
    found = session.scalar(_select_failed(1)) is not None
    session.commit()
    return found


def _select_failed(most: int) -> Select[int]:
    query = select(RenditionFailure.image_id).where(RenditionFailure.tried_at < func.now() - RETRY_AFTER)
    return query.order_by(RenditionFailure.tried_at).limit(most)


def _claim_failed(session: Session) -> list[Row[int, str | None]]:
    """Return pictures that could not be remade a day ago, for this process to try."""
    old = _select_failed(RETRIES).with_for_update(skip_locked=True)
    claim = (
        update(RenditionFailure)
        .where(RenditionFailure.image_id.in_(old))
        .values(tried_at=func.now())
        .returning(RenditionFailure.image_id, RenditionFailure.sha256)
        .execution_options(synchronize_session=False)
    )
    found = list(session.execute(claim))
    session.commit()
    return found


class _PictureRow(NamedTuple):
    """What is known of a picture whose renditions are of an older version."""

    id: int
    original_filename: str
    stored_filename: str
    rendition_type: str
    rendition_version: int
    sha256: str | None
    width: int | None
    height: int | None


_COLUMNS = tuple(getattr(Image, name) for name in _PictureRow._fields)


class _Remaking:
    """One run over pictures whose renditions are of an older version."""

    def __init__(self, session: Session, storage: Storage, may_delete: bool) -> None:
        self._session = session
        self._storage = storage
        # Another database, or a copy of this one, on the same files deletes nothing.
        self._may_delete = may_delete

    def scan(self, goes_on: Callable[[], bool]) -> None:
        """Go down from the newest picture, or on from where that was broken off."""
        try:
            scan = integrity.load_or_start(self._session, SCAN, lease=LEASE)
        except Conflict:
            return
        with integrity.lease_held(self._session, scan):
            if scan.position and scan.found.get("version") == RENDITION_VERSION:
                # Its row may say so already, with the old files still there.
                self._remove_old(int(scan.position))
            else:
                self._start(scan)
            while rows := self._window(scan):
                for image_id in (image_id for image_id, is_old in rows if is_old):
                    if not goes_on():
                        integrity.save(self._session, scan)
                        return
                    self._remake_next(scan, image_id)
                scan.position = str(rows[-1][0] - 1)
                integrity.save(self._session, scan)
            scan.finished = True
            integrity.save(self._session, scan)
        if scan.found["remade"] or scan.found["failed"]:
            log.info(
                "The small copies of %d pictures were made anew; %d kept theirs.",
                scan.found["remade"],
                scan.found["failed"],
            )

    def _start(self, scan: Scan) -> None:
        """Begin at the newest picture; what a whole scan saw before needs no second look."""
        top = _newest_id(self._session) or 0
        seen = _seen_up_to(integrity.load_last(self._session, SCAN))
        bottom = max(0, seen - OVERLAP)
        scan.found = {"version": RENDITION_VERSION, "top": top, "bottom": bottom, "remade": 0, "failed": 0}
        scan.position = str(top)

    def _window(self, scan: Scan) -> list[tuple[int, bool]]:
        """Return the next ids downwards, and whether the renditions of each are of an older version."""
        query = (
            select(Image.id, _OUTDATED[0] & _OUTDATED[1])
            .where(Image.id <= int(scan.position), Image.id > scan.found["bottom"])
            .order_by(Image.id.desc())
            .limit(WINDOW)
        )
        rows = [(image_id, is_old) for image_id, is_old in self._session.execute(query)]
        self._session.commit()
        return rows

    def _remake_next(self, scan: Scan, image_id: int) -> None:
        if not scan.found["remade"] + scan.found["failed"]:
            log.info("Small copies are made anew in the background, those of the newest pictures first.")
        scan.position = str(image_id)
        # So that it is known which one was under way, and that this process is alive.
        integrity.save(self._session, scan)
        made = self.remake(image_id)
        if made is not None:
            scan.count("remade" if made else "failed")

    def remake(self, image_id: int, failed_with: str | None = None) -> bool | None:
        """Remake the renditions of a picture; returns whether that was done, None when there was nothing to do.

        A file with the hash `failed_with` is not tried again. Nothing slow happens within a transaction.
        """
        row = self._session.execute(select(*_COLUMNS).where(Image.id == image_id, *_OUTDATED)).one_or_none()
        self._session.commit()
        if row is None:
            # Such as one whose renditions were made at a look, after its file came back.
            self._forget_failure(image_id)
            self._session.commit()
            return None
        picture = _PictureRow(*row)
        try:
            facts = self._draw(picture, failed_with)
        except (AppError, FileNotFoundError) as error:
            self._raise_general(error)
            return self._keep_old(picture, error, None)
        if isinstance(facts, str):
            return self._keep_old(
                picture, "the file cannot be read, or is not the one that was stored", facts
            )
        if self._write(picture, facts) and self._may_delete:
            remove_renditions(self._storage, picture.stored_filename, RENDITION_VERSION - 1)
        return True

    def _draw(self, picture: _PictureRow, failed_with: str | None) -> dict[str, Any] | str:
        """Make and store new renditions; returns what is known by them, or the hash of a file that is no good."""
        if not image_files.has_original(self._storage, picture):
            raise NotFound("The file is missing.")
        with image_files.local_file(self._storage, picture.stored_filename) as path:
            sha256 = utils.sha256_of(path)
            # Other bytes than were stored may be a damaged picture: its old renditions show the whole one.
            if sha256 == failed_with or (picture.sha256 and sha256 != picture.sha256):
                return sha256
            try:
                made, facts = image_files.draw(path)
            except AppError as error:
                if error.status >= 500:
                    raise
                return sha256
        before = self._old_preview(picture)
        image_files.store_renditions(self._storage, picture.stored_filename, made)
        if before != made.preview or (picture.width, picture.height) != (made.width, made.height):
            # Drawn otherwise: its pixels are hashed, and its doubles looked for, once more.
            facts |= image_files.NOT_COMPARED
        return {"sha256": sha256, **facts}

    def _old_preview(self, picture: _PictureRow) -> bytes | None:
        name, media_type = picture.stored_filename, picture.rendition_type
        try:
            return self._storage.read(rendition_key(name, "preview", media_type, picture.rendition_version))
        except NotFound:
            return None

    def _write(self, picture: _PictureRow, facts: dict[str, Any]) -> bool:
        """Write down new renditions; returns whether the picture is there. Facts are no words: its version stays."""
        written = update(Image).where(Image.id == picture.id).values(**facts).returning(Image.id)
        there = self._session.scalar(written.execution_options(synchronize_session=False)) is not None
        self._forget_failure(picture.id)
        self._session.commit()
        if not there:
            # Deleted for good meanwhile, with the files that were known then.
            remove_renditions(self._storage, picture.stored_filename, RENDITION_VERSION)
        return there

    def _forget_failure(self, image_id: int) -> None:
        self._session.execute(delete(RenditionFailure).where(RenditionFailure.image_id == image_id))

    def _raise_general(self, error: Exception) -> None:
        """Raise what is wrong with more than one file: the storage or the decoders."""
        if isinstance(error, StorageFull):
            raise error
        if isinstance(error, DecoderEnded):
            decoder_pool.check()
        elif isinstance(error, Unavailable):
            self._storage.check()
        elif storage_mark.inspect_storage(self._session, self._storage).blocked:
            raise Unavailable("The files of the pictures are missing.") from error

    def _keep_old(self, picture: _PictureRow, reason: object, sha256: str | None) -> bool:
        """Write down that a picture keeps its old renditions; returns False."""
        log.info("Picture %d (%s) keeps its small copies: %s", picture.id, picture.original_filename, reason)
        there = select(Image.id, literal(RENDITION_VERSION), literal(sha256)).where(Image.id == picture.id)
        adding = insert(RenditionFailure).from_select(["image_id", "version", "sha256"], there)
        values = {
            "version": adding.excluded.version,
            "sha256": adding.excluded.sha256,
            "tried_at": func.now(),
        }
        self._session.execute(adding.on_conflict_do_update(index_elements=["image_id"], set_=values))
        self._session.commit()
        return False

    def _remove_old(self, image_id: int) -> None:
        """Remove the old renditions of a picture that was under way, if its new ones are there."""
        query = select(Image.stored_filename, Image.rendition_type).where(
            Image.id == image_id, Image.rendition_version == RENDITION_VERSION
        )
        name, media_type = self._session.execute(query).one_or_none() or (None, None)
        self._session.commit()
        if not name or not media_type or not self._may_delete:
            return
        keys = (rendition_key(name, kind, media_type, RENDITION_VERSION) for kind in UPLOAD_KINDS)
        if all(self._storage.exists(key) for key in keys):
            remove_renditions(self._storage, name, RENDITION_VERSION - 1)
