"""Files of a form, handed to the features, and what became of them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from flask import current_app, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from artworks.adapters import job_queue
from artworks.bulk import added
from artworks.collections import collection as collections
from artworks.core.errors import AppError, Invalid, OtherFormat, Unavailable
from artworks.duplicates import detection
from artworks.images import uploads
from artworks.images.uploads import Incoming, Received, UploadOptions
from artworks.library.sample_words import SAMPLE_WORDS
from artworks.search import listing as search
from artworks.search.filters import Filters
from artworks.web import context, image_json
from artworks.web.error_handlers import ask_for_retry, error_body
from artworks.web.forms import form_text, int_field
from models import Image, db
from utils import CappedFile

MOST_FILES = 20
FIELDS = {"category", "key_points", "hashtags", "collection", "duplicates", "convert"}
# The messages of a plain form travel in the session cookie, and a browser drops one of more than 4 kB whole.
COOKIE_BYTES = 2000
TURN = "To have a picture turned into JPEG or PNG, tick the box for that and add it again."
log = logging.getLogger(__name__)


def receive() -> Received:
    """Store the files of this request; raises Invalid for a form that does not fit."""
    unknown = set(request.form) - FIELDS
    if unknown or set(request.files) - {"files"}:
        # A part of a form may have no name at all.
        named = min((name or "" for name in unknown), default="files")
        raise Invalid("The form has a field that is not known here.", field=named[:60])
    duplicates = request.form.get("duplicates") or "skip"
    if duplicates not in ("skip", "keep"):
        raise Invalid("Duplicates can be skipped or kept.", field="duplicates")
    convert = request.form.get("convert") or "0"
    if convert not in ("0", "1"):
        raise Invalid("Other formats can be turned (1) or refused (0).", field="convert")
    sent = [file for file in request.files.getlist("files") if file.filename or _stream(file).size]
    if not sent:
        raise Invalid("No picture was chosen.", field="files")
    if len(sent) > MOST_FILES:
        raise Invalid(f"At most {MOST_FILES} pictures can be sent at once.", field="files")
    words = {name: form_text(request.form.get(name, "")) for name in ("category", "key_points", "hashtags")}
    incoming = [_incoming(file) for file in sent]
    return _store(
        incoming, words, keep_duplicates=duplicates == "keep", convert=convert == "1", place=_placing()
    )


def _placing() -> Callable[[int], None]:
    """Return what puts each picture into the collection that the form names; raises Invalid and NotFound."""
    chosen = request.form.get("collection", "")
    if not chosen:
        return lambda _image_id: None
    collection_id = int_field("collection", chosen, "The collection is given by its number.")
    collections.find(db.session(), collection_id)

    def place(image_id: int) -> None:
        collections.add(db.session(), collection_id, [image_id])

    return place


def record_undo(received: Received) -> int | None:
    """Record that new pictures came, and return the id of the action that takes it back; None without any."""
    if not received.images:
        return None
    try:
        undo_id = added.record_added(db.session(), received.images, _added_sentence(received).rstrip("."))
        db.session.commit()
    except SQLAlchemyError as error:
        # They are there all the same.
        db.session.rollback()
        log.warning("The undo of new pictures was not recorded: %s", type(error).__name__)
        return None
    return undo_id


def receive_samples() -> Received:
    """Store the sample pictures that come with the program."""
    return _store(uploads.samples(), {}, keep_duplicates=False, sample_words=SAMPLE_WORDS)


def _store(incoming: list[Incoming], words: dict[str, str], **more: Any) -> Received:
    """Store files; `more` are further fields of UploadOptions."""
    dependencies = context.dependencies()
    options = UploadOptions(
        words=words,
        limit=current_app.config["MAX_FILE_BYTES"],
        may_store=lambda: dependencies.watch.ensure_may_store(db.session(), dependencies.storage),
        words_from_files=dependencies.words_from_files,
        **more,
    )
    received = uploads.receive(db.session(), dependencies.storage, incoming, options)
    if received.images:
        _enqueue_comparison()
    return received


def _enqueue_comparison() -> None:
    """Enqueue the comparison of new pictures; the task runs every minute anyhow, should that fail."""
    url = current_app.config["SQLALCHEMY_DATABASE_URI"].render_as_string(hide_password=False)
    try:
        job_queue.enqueue_debounced(url, detection.COMPARE)
    except job_queue.QueueError as error:
        log.warning("New pictures were not rung for: %s", error)


def _stream(file: Any) -> CappedFile:
    stream: CappedFile = file.stream
    return stream


def _incoming(file: Any) -> Incoming:
    stream = _stream(file)
    stream.flush()
    return Incoming(stream.path, file.filename or "", stream.size, stream.too_large)


def read_stored(received: Received) -> list[Image]:
    """Read the new pictures again, in the order in which they came; raises Unavailable when that fails.

    They are there then all the same, and that is said.
    """
    if not received.images:
        return []
    try:
        query = search.select_images(Filters(ids=tuple(received.images)))
        found = {image.id: image for image in db.session.scalars(query)}
    except SQLAlchemyError as error:
        log.warning("New pictures could not be read again: %s", type(error).__name__)
        raise Unavailable(
            f"{_added_sentence(received)} The database did not answer after that, so look in the library what is "
            "there before you send anything again.",
            retry_after=5,
        ) from error
    return [found[number] for number in received.images if number in found]


def upload_response(received: Received) -> ResponseReturnValue:
    """Answer with what became of each file; beside it with the fault that left nothing stored, if there was one."""
    fault = None if received.images else _server_error(received)
    if fault is None:
        return upload_json(received), status(received)
    response = make_response(jsonify({**upload_json(received), **error_body(fault)}), fault.status)
    ask_for_retry(response, fault)
    return response


def upload_json(received: Received) -> dict[str, Any]:
    """Return what became of each file, as the contract has it."""
    return {
        "images": [image_json.image_to_json(image) for image in read_stored(received)],
        "duplicates": [{"filename": name, "image_id": number} for name, number in received.duplicates],
        "rejected": [_rejected(name, error) for name, error in received.rejected],
        "converted": [vars(one) for one in received.converted],
    }


def _rejected(name: str, error: AppError) -> dict[str, Any]:
    """Return a refusal with the name of what the file is, where that is the reason, and whether it can be turned."""
    known = (error.format, error.convertible) if isinstance(error, OtherFormat) else (None, False)
    return {"filename": name, **error_body(error), "format": known[0], "convertible": known[1]}


def status(received: Received) -> int:
    """Return 201 when anything is new, 200 when all were there already, else the first refusal's status.

    A fault of ours comes before both of the latter: the same files may well be taken later.
    """
    if received.images:
        return 201
    if (fault := _server_error(received)) is not None:
        return fault.status
    if received.duplicates or not received.rejected:
        return 200
    first: AppError = received.rejected[0][1]
    return first.status


def _server_error(received: Received) -> AppError | None:
    """Return what failed on our side; None when every refusal is about a file."""
    return next((error for _name, error in received.rejected if error.status >= 500), None)


def _added_sentence(received: Received) -> str:
    count = len(received.images)
    return f"{count} picture{'s' if count != 1 else ''} added."


def upload_messages(received: Received) -> list[tuple[str, str]]:
    """Return what became of the files, for people: (sentence, kind), as many as a cookie holds."""
    messages = [(_added_sentence(received), "success")] if received.images else []
    for one in received.converted:
        became = "PNG" if one.media_type == "image/png" else "JPEG"
        messages.append((f"{one.filename} was turned into a {became}. {one.note}".rstrip(), "info"))
    messages += [(f"{name} is already in your library.", "info") for name, _number in received.duplicates]
    if any(isinstance(error, OtherFormat) and error.convertible for _name, error in received.rejected):
        messages.append((TURN, "info"))
    for name, error in received.rejected:
        messages.append((error.message if name in error.message else f"{name}: {error.message}", "danger"))
    bytes_left = COOKIE_BYTES
    for place, (sentence, _kind) in enumerate(messages):
        # Some bytes more for the kind, and signs of other scripts count as they are written in the cookie.
        bytes_left -= len(json.dumps(sentence)) + 20
        if bytes_left < 0:
            left = len(messages) - place
            more = f"{left} more file{'s were' if left != 1 else ' was'} there already or could not be added."
            return [*messages[:place], (more, "danger")]
    return messages
