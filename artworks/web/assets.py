"""Our styles and scripts under an address that changes with them, so that a browser asks for each only once."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath

from apiflask import APIBlueprint
from flask import Response, send_from_directory

from artworks.core.errors import NotFound

STATIC = Path(__file__).resolve().parents[2] / "static"
FOLDERS = ("css", "js")
ICON = "favicon.svg"
# Each name as it is written: no part of a path can be "..", and a file lies at most one folder below css or js.
PLAIN = re.compile(r"(?:css|js)/(?:[\w-]+/)?[\w-]+\.(?:css|js)", re.ASCII)
IMPORT = re.compile(r'^import (?:[^"]+ from )?"(\.{1,2}/[^"]+)"', re.MULTILINE)
FOREVER = "public, max-age=31536000, immutable"

pages = APIBlueprint("assets", __name__, enable_openapi=False)


@cache
def mark() -> str:
    """Return a mark of all files together, as they are when the process starts.

    It is a part of the path and not a query: scripts import each other by relative names, which carry it along.
    """
    below = (path for folder in FOLDERS for path in sorted((STATIC / folder).rglob("*")) if path.is_file())
    content = hashlib.sha256()
    for path in (STATIC / ICON, *below):
        content.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()[:12]


def asset(name: str) -> str:
    """Return the address of a file under static/css or static/js, or of the icon."""
    return f"/assets/{mark()}/{name}"


@cache
def imported_by(*scripts: str) -> tuple[str, ...]:
    """Return all that scripts import, and what that imports in turn, the nearest first; not the scripts themselves.

    A page names them, so that a browser asks for all of them at once instead of for each when it has read another.
    """
    found = list(scripts)
    for script in found:
        found += [other for other in _imports(script) if other not in found]
    return tuple(found[len(scripts) :])


@cache
def _imports(script: str) -> list[str]:
    """List the scripts that one imports by name, as they are called under static."""
    text = (STATIC / script).read_text(encoding="utf-8")
    named = (normpath(join(dirname(script), name)) for name in IMPORT.findall(text))
    return list(dict.fromkeys(named))


@pages.get("/assets/<of>/<path:name>")
def serve(of: str, name: str) -> Response:
    """Serve a style or script; a page that was open before an update gets today's, uncached."""
    return _file(name, FOREVER if of == mark() else "no-cache")


@pages.get("/static/<path:name>")
def plain(name: str) -> Response:
    """Serve the same under its plain name, which does not change with it."""
    return _file(name, "no-cache")


def _file(name: str, caching: str) -> Response:
    """Send one of our files; raises NotFound.

    Everybody gets these, and the pictures may lie beside them: Flask's own route for the folder, or a name such as
    "css/../uploads/x", would hand those out to everybody too.
    """
    if name != ICON and not PLAIN.fullmatch(name):
        raise NotFound("There is nothing at this address.")
    response = send_from_directory(STATIC, name)
    response.headers["Cache-Control"] = caching
    return response
