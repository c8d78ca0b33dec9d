"""The bytes of a picture: original, preview and thumbnail, served so that no browser runs them."""

from __future__ import annotations

import hashlib
import os
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from apiflask import APIBlueprint
from flask import Response, make_response, request, send_file
from werkzeug.wsgi import wrap_file

from artworks.adapters.gunicorn.socket import needs_no_thread
from artworks.core.errors import DamagedFile, NotFound, StorageFull
from artworks.images import files as image_files
from artworks.images import image as images
from artworks.images import sizes
from artworks.images.files import RenditionFile
from artworks.imaging.rendition_kinds import KINDS, UPLOAD_KINDS
from artworks.web import context
from artworks.web.permissions import requires
from models import Image, db
from utils import MEDIA_TYPES, clean_filename

pages = APIBlueprint("bytes", __name__, enable_openapi=False)
UNKNOWN = "application/octet-stream"
# Files of up to so many bytes, such as all small copies, are taken by the kernel at once, or nearly.
SMALL = 256 * 1024
MONTH = 30 * 24 * 3600
YEAR = 365 * 24 * 3600
# Of an address without a version, or with another one than is sent: what is kept is asked about soon.
SOON_OLD = "private, max-age=60, must-revalidate"
NO_VERSION = 0
# After so many sizes that this process made, those of all are looked at for too many bytes; and once an hour.
TRIM_AFTER = 32
_made = count(1)
INERT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"


@pages.get("/static/uploads/<path:name>")
@requires("viewer")
def original(name: str) -> Response:
    """Serve the file as it was uploaded; `download=1` saves it under its original name."""
    image = images.by_stored_name(db.session(), name)
    if not image_files.has_original(context.dependencies().storage, image):
        raise NotFound("The file of this picture is missing.")
    download = clean_filename(image.original_filename) if request.args.get("download") == "1" else None
    return send(name, image.media_type if image.media_type in MEDIA_TYPES else UNKNOWN, download)


@pages.get(f"/images/<int:image_id>/<any({', '.join(KINDS)}):kind>")
@requires("viewer")
def rendition(image_id: int, kind: str) -> Response:
    """Serve a small copy without metadata; made now when it is not there."""
    return send_rendition(context.image(image_id), kind)


@pages.get("/trash/<int:image_id>/thumbnail")
@requires("editor")
def trashed_thumbnail(image_id: int) -> Response:
    """Serve the thumbnail of a picture in the trash, which answers 404 everywhere else."""
    return send_rendition(context.trashed(image_id), "thumbnail")


def send_rendition(image: Image, kind: str, receiver: str = "") -> Response:
    """Send a small copy of any kind; its address holds for good where it names the version that is sent.

    `receiver` is who gets it, where that is not who calls. Raises NotFound, DamagedFile, RateLimited and Unavailable.
    """
    image_id = image.id
    file = _find_or_make(image, kind, receiver)
    try:
        response = send(file.key, file.media_type, None, receiver)
    except NotFound:
        # Remade at this moment: its old files are gone, and its row says where the new ones are.
        image = images.find(db.session(), image_id, trashed=None)
        file = _find_or_make(image, kind, receiver)
        response = send(file.key, file.media_type, None, receiver)
    named = request.args.get("v") == str(file.version)
    response.headers["Cache-Control"] = f"private, max-age={YEAR}, immutable" if named else SOON_OLD
    return response


def _find_or_make(image: Image, kind: str, receiver: str) -> RenditionFile:
    storage = context.dependencies().storage
    kind = sizes.sufficient_kind(image, kind)
    file = image_files.rendition(db.session(), storage, image, kind if kind in UPLOAD_KINDS else "preview")
    db.session.commit()
    if kind in UPLOAD_KINDS:
        return file
    # Now its size is known, also of one that an older database did not know.
    if sizes.sufficient_kind(image, kind) != kind:
        return _find_or_make(image, kind, receiver)
    wanted = sizes.WantedSize.of(image, kind)
    try:
        made = sizes.find(db.session(), storage, wanted) or _make_size(wanted, receiver or context.receiver())
    except (NotFound, DamagedFile, StorageFull):
        # The original is gone or too heavy for this size, or there is no room for it: the preview is shown, and not
        # kept for this one.
        return file._replace(version=NO_VERSION)
    # In the address stands the version of the picture's own renditions.
    return made._replace(version=file.version)


def _make_size(wanted: sizes.WantedSize, receiver: str) -> RenditionFile:
    """Make a later size, of which few are made at once; raises NotFound, DamagedFile, RateLimited and Unavailable."""
    dependencies = context.dependencies()
    # The connection goes back to the pool while this one waits and works.
    context.release_connection()
    slot = context.size_slots().take(receiver, f"{wanted.image_id} {wanted.kind}")
    try:
        # Perhaps whoever was waited for made the same.
        if found := sizes.find(db.session(), dependencies.storage, wanted):
            return found
        context.release_connection()
        made = sizes.make(context.transactions(), dependencies.storage, wanted)
    finally:
        slot.leave()
    if (
        next(_made) % TRIM_AFTER == 0
        and dependencies.watch.state(db.session(), dependencies.storage).may_delete
    ):
        sizes.trim(db.session(), dependencies.storage, dependencies.rendition_cache_bytes)
    return made


def send(key: str, media_type: str, download: str | None, receiver: str = "") -> Response:
    """Send a stored file: from the disk when it is there, else as a stream. A key's content never changes.

    A large one takes a place among what the process sends at once, where a thread sends it. `receiver` is who gets it,
    where that is not who calls. Raises RateLimited and Unavailable when there is no place.
    """
    response = _file_response(key, media_type, download)
    response.headers["Cache-Control"] = f"private, max-age={MONTH}"
    response.headers["Content-Security-Policy"] = INERT
    has_body = request.method == "GET" and response.status_code in (200, 206)
    if has_body and (response.content_length or 0) > SMALL and not needs_no_thread(request.environ):
        _hold_transfer_slot(response, receiver or context.receiver())
    return response


def _hold_transfer_slot(response: Response, receiver: str) -> None:
    """Hold one of the process's transfers for an answer until it has been sent, or close it."""
    # The connection goes back to the pool while this one may wait.
    context.release_connection()
    try:
        place = context.transfers().take(receiver)
    except BaseException:
        response.close()
        raise
    body: Any = response.response
    close = body.close

    def close_and_leave() -> None:
        try:
            close()
        finally:
            place.leave()

    # Not `call_on_close`: a file that the server sends by itself never comes by there.
    body.close = close_and_leave


def _file_response(key: str, media_type: str, download: str | None) -> Response:
    storage = context.dependencies().storage
    path: Path | None = storage.local_path(key)
    # The key itself may hold signs of any script, which a header cannot.
    etag = hashlib.sha256(key.encode()).hexdigest()[:32]
    if path is not None:
        # It may have gone, or its disk may have, since it was looked for.
        with storage.reading(key):
            response = send_file(
                path,
                mimetype=media_type,
                etag=etag,
                as_attachment=download is not None,
                download_name=download or Path(key).name,
            )
    else:
        response = make_response()
        response.set_etag(etag)
        response.mimetype = media_type
        if download is not None:
            # In the form that a header can hold whatever the script (RFC 6266).
            encoded = {"filename*": f"UTF-8''{quote(download, safe='')}"}
            response.headers.set("Content-Disposition", "attachment", **encoded)
        if response.make_conditional(request).status_code == 200:
            stream = storage.open(key)
            # Measured on the stream itself: the file may be gone when it is asked about a second time.
            response.content_length = stream.seek(0, os.SEEK_END)
            stream.seek(0)
            response.response = wrap_file(request.environ, stream)
    return response
