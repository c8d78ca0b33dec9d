"""Rows without files, files of an exact size, naughty strings, and a count of what goes to the database."""

from __future__ import annotations

import functools
import json
import threading
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import dropwhile
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from artworks.adapters.storage.spool import Spool
from artworks.core.csv_sql import OTHER_FORMS, SIGNS, is_unseen
from artworks.images import image as images
from artworks.images.image import NewImage
from models import Image
from tests.support.factories import picture
from tests.support.program import PATIENCE

COMMENT_BYTES = 65_533


def row(session: Session, name: str = "picture.jpg", **words: Any) -> Image:
    """Add a picture of which only the row is there; rows of one transaction have the same time."""
    new = NewImage(
        original_filename=name,
        stored_filename=f"{uuid.uuid4()}.jpg",
        media_type="image/jpeg",
        rendition_type="image/jpeg",
        width=60,
        height=40,
        size_bytes=700,
        sha256=uuid.uuid4().hex * 2,
        colours=[],
    )
    return images.create(session, new, words)


def padded(size: int) -> bytes:
    """Make a whole JPEG of exactly `size` bytes, by comments inside it."""
    data = picture()
    filling = size - len(data)
    comments = []
    while filling:
        # A comment takes four bytes more than its text, so none may be left with less.
        taken = min(filling, COMMENT_BYTES + 4)
        if 0 < filling - taken < 4:
            taken -= 4
        comments.append(b"\xff\xfe" + (taken - 2).to_bytes(2, "big") + b"x" * (taken - 4))
        filling -= taken
    return data[:2] + b"".join(comments) + data[2:]


@functools.cache
def naughty() -> tuple[str, ...]:
    """Read the Big List of Naughty Strings (MIT, see tests/data/BLNS_LICENSE.txt)."""
    path = Path(__file__).parent.parent / "data" / "blns.json"
    return tuple(json.loads(path.read_text(encoding="utf-8")))


def is_formula(text: str) -> bool:
    """Return whether a text begins with a sign behind what nobody sees, in the plainest way to say so."""
    first = next(dropwhile(lambda sign: is_unseen(sign) and sign not in SIGNS, text), "")
    return first != "" and first in SIGNS + OTHER_FORMS


def kept(text: str) -> str:
    """Return a text as the contract has it stored."""
    return unicodedata.normalize("NFC", text).strip()


def begins_before_it_reads(client: FlaskClient, address: str, header: str, sent: list[str]) -> None:
    """Take in a CSV of three rows whose header comes before any row is written: those wait until it was read."""
    taken, write = threading.Event(), Spool.write
    begun: list[Spool] = []

    def held(spool: Spool, piece: bytes) -> None:
        if begun:
            assert taken.wait(PATIENCE)
        begun.append(spool)
        write(spool, piece)

    with patch.object(Spool, "write", held):
        answer = client.get(address)
        pieces = iter(answer.iter_encoded())
        assert next(pieces) == f"{header}\r\n".encode()
        taken.set()
        rest = b"".join(pieces)
    # Who calls was asked for, about how much that will be, and that was written down before.
    assert "person_session" in sent[0]
    assert "EXPLAIN" in sent[1]
    assert "INSERT INTO audit" in sent[3]
    assert rest.count(b"\r\n") == 3
    answer.close()


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements sent through an engine, without BEGIN and COMMIT."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
