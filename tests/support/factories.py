"""Small pictures and rows that the tests are made of."""

from __future__ import annotations

import io
import random
from typing import Any

from flask.testing import FlaskClient
from PIL import Image as Pillow
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart


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


def added(client: FlaskClient, name: str = "Heron at dusk.jpg", **words: Any) -> dict[str, Any]:
    """Upload one picture, set some words as a person, and give its JSON."""
    image: dict[str, Any] = upload(client, (picture(), name)).get_json()["images"][0]
    if words:
        image = client.patch(
            f"/api/images/{image['id']}", json={"version": image["version"], **words}
        ).get_json()
    return image
