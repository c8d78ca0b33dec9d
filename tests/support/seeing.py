"""A caller that says with each change which version it saw, the newest, like a page that was opened a moment ago."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from models import db

# Method and address, where the number stands, what it is called, and where the newest is.
_TAG = "SELECT version FROM tag WHERE folded = '#' || ltrim(lower(:tag), '#')"
_OF = "SELECT {} FROM {} WHERE id = :id"
_SETTING = "SELECT coalesce(max(version), 0) FROM setting WHERE name = 'openai_model'"
SEEN = (
    (r"PATCH /api/collections/(\d+)", "json", "version", _OF.format("version", "collection")),
    (r"POST /api/collections/(\d+)/order", "json", "arranged", _OF.format("arranged", "collection")),
    (r"POST /collections/(\d+)", "data", "version", _OF.format("version", "collection")),
    (r"POST /collections/(\d+)/order", "data", "arranged", _OF.format("arranged", "collection")),
    (r"PATCH /api/views/(\d+)", "json", "version", _OF.format("version", "saved_view")),
    (r"POST /views/(\d+)", "data", "version", _OF.format("version", "saved_view")),
    (r"PATCH /api/categories/(\d+)", "json", "version", _OF.format("version", "category")),
    (r"POST /categories/(\d+)/(?:rename|move)", "data", "version", _OF.format("version", "category")),
    (r"PATCH /api/tags()", "json", "version", _TAG),
    (r"POST /tags/rename()", "data", "version", _TAG),
    (r"PATCH /api/shares/(\d+)", "json", "version", _OF.format("version", "share_link")),
    (r"POST /shared/(\d+)(?:/address)?", "data", "version", _OF.format("version", "share_link")),
    (r"POST /people/(\d+)", "data", "version", _OF.format("version", "person")),
    # Of whoever came last, which is the caller of the tests of that page.
    (r"POST /account/name()", "data", "version", "SELECT version FROM person ORDER BY id DESC LIMIT 1"),
    (r"(?:PATCH /api|POST )/settings/(?:values/)?openai_model()", "data", "version", _SETTING),
    (
        r"(?:PUT /api|POST )/settings/key()",
        "data",
        "version",
        "SELECT coalesce(max(version), 0) FROM sealed_secret",
    ),
    (
        r"POST /settings/logo()",
        "data",
        "version",
        "SELECT coalesce(max(version), 0) FROM setting WHERE name = 'studio_logo'",
    ),
    (r"PUT /api/voice()", "json", "version", "SELECT max(id) FROM voice"),
    (r"POST /settings/voice()(?:/\d+/restore)?", "data", "version", "SELECT max(id) FROM voice"),
)


Seen = tuple[str, str, int]


def what_is_seen(app: Flask, call: str, given: dict[str, Any]) -> Seen | None:
    """Return for a call such as "PATCH /api/views/1" where it says what was seen, under which name, and the newest."""
    for pattern, where, name, newest in SEEN:
        match = re.fullmatch(pattern, call)
        if match:
            # Numbers that no column can hold are tried as well.
            tag = str(given.get("tag", "")).encode(errors="replace").decode().replace("\0", "")
            values = {"id": min(int(match[1] or 0), 2**62), "tag": tag}
            with app.app_context(), db.engine.connect() as connection:
                found = connection.scalar(text(newest), values)
            return where, name, found if found is not None else int("voice" not in newest)
    return None


class Seeing(FlaskClient):
    """Fill in what a call leaves out; one with `blind=True` is sent as it is."""

    def open(self, *args: Any, blind: bool = False, **kwargs: Any) -> TestResponse:
        """Send a call."""
        if not blind and args and isinstance(args[0], str) and kwargs.get("method", "GET") != "GET":
            call = f"{kwargs['method'].upper()} {args[0].partition('?')[0]}"
            given = kwargs.get("json") or kwargs.get("data") or {}
            seen = what_is_seen(self.application, call, given) if isinstance(given, dict) else None
            if seen:
                where, name, number = seen
                where = "json" if "json" in kwargs else where
                said = {key: value for key, value in given.items() if (key, value) != (name, None)}
                kwargs[where] = {name: number, **said}
        return super().open(*args, **kwargs)
