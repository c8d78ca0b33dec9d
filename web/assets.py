"""Our styles and scripts under an address that changes with them, so that a browser asks for each only once."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from apiflask import APIBlueprint
from flask import Response, send_from_directory

from errors import NotFound

STATIC = Path(__file__).resolve().parent.parent / "static"
FOLDERS = ("css", "js")
ICON = "favicon.svg"
FOREVER = "public, max-age=31536000, immutable"

pages = APIBlueprint("assets", __name__, enable_openapi=False)


@cache
def mark() -> str:
    """Give a mark of all files together, as they are when the process starts.

    It is a part of the path and not a query: scripts import each other by relative names, which carry it along.
    """
    found = [STATIC / ICON, *(path for folder in FOLDERS for path in sorted((STATIC / folder).iterdir()))]
    content = hashlib.sha256()
    for path in found:
        content.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()[:12]


def asset(name: str) -> str:
    """Give the address of a file under static/css or static/js, or of the icon."""
    return f"/assets/{mark()}/{name}"


@pages.get("/assets/<of>/<path:name>")
def serve(of: str, name: str) -> Response:
    """Serve a style or script; a page that was open before an update gets today's, uncached."""
    if name != ICON and name.partition("/")[0] not in FOLDERS:
        raise NotFound("There is nothing at this address.")
    response = send_from_directory(STATIC, name)
    response.headers["Cache-Control"] = FOREVER if of == mark() else "no-cache"
    return response
