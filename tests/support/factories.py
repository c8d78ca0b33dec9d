"""Small pictures and rows that the tests are made of."""

from __future__ import annotations

import functools
import io
import random
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from flask.testing import EnvironBuilder, FlaskClient
from PIL import Image as Pillow
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

import utils
from artworks.adapters.storage.storage import Storage
from artworks.images import image as images
from artworks.images.files import store_renditions
from artworks.images.image import NewImage
from artworks.imaging import renditions
from artworks.imaging.rendition_kinds import Renditions
from artworks.web.image_json import image_to_json
from models import Image, db


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), seed: int | None = None) -> bytes:
    """Make a small picture; every call gives other bytes unless a seed is given."""
    colours = random.Random(seed)
    image = Pillow.new("RGB", size, tuple(colours.randrange(256) for _ in range(3)))
    image.putpixel((0, 0), tuple(colours.randrange(256) for _ in range(3)))
    image.putpixel((1, 0), tuple(colours.randrange(256) for _ in range(3)))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def upload(client: FlaskClient, *files: tuple[bytes, str], **form: Any) -> TestResponse:
    """Send files as the page does."""
    sent = [("files", FileStorage(io.BytesIO(data), name)) for data, name in files]
    # Encoded in memory: for a large form the client would leave a temporary file open.
    boundary, body = encode_multipart(MultiDict([*sent, *form.items()]))
    return client.post("/api/images", data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


@functools.cache
def _renditions() -> Renditions:
    """Make the small copies of one picture, once a process."""
    with NamedTemporaryFile(suffix=".jpg") as file:
        file.write(picture())
        file.flush()
        return renditions.make(Path(file.name), "image/jpeg")


def added(client: FlaskClient, name: str = "Heron at dusk.jpg", **words: Any) -> dict[str, Any]:
    """Add one picture as whoever calls, set some words as a person, and give its JSON.

    What an upload leaves behind is written directly, in a fifth of its time; who calls is found out and let in as for
    one. The small copies and colours are another picture's, and nobody is told to compare it: for that, `upload` one.
    """
    app = client.application
    environ = EnvironBuilder(
        app, "/api/images", method="POST", environ_base=client.environ_base
    ).get_environ()
    client._add_cookies_to_wsgi(environ)
    with app.request_context(environ):
        refusal = app.preprocess_request()
        assert refusal is None, refusal
        session = db.session()
        image = _add(session, app.extensions["aim"].storage, name)
        session.commit()
        if words:
            images.edit(session, image, image.version, words)
            session.commit()
        return image_to_json(image)


def _add(session: Session, storage: Storage, name: str) -> Image:
    data, made = picture(), _renditions()
    new = NewImage(
        original_filename=utils.clean_filename(name),
        stored_filename=utils.stored_name("image/jpeg"),
        media_type="image/jpeg",
        rendition_type=made.media_type,
        width=made.width,
        height=made.height,
        size_bytes=len(data),
        sha256=sha256(data).hexdigest(),
        colours=list(made.colours),
        look=made.perceptual_hash,
    )
    store_renditions(storage, new.stored_filename, made)
    storage.put(new.stored_filename, data)
    return images.create(session, new)
