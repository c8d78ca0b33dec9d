"""Our styles and scripts under an address that changes with them, so that a browser asks for each once; the icons."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath

from apiflask import APIBlueprint
from flask import Response, request, send_from_directory

from artworks.core.errors import NotFound
from artworks.web.permissions import public

STATIC = Path(__file__).resolve().parents[2] / "static"
FOLDERS = ("css", "js", "icons")
ICON = "favicon.svg"
# Each name as it is written: no part of a path can be "..", and a file lies at most one folder below css or js. The
# sample pictures are everybody's too.
PLAIN = re.compile(
    r"(?:css|js)/(?:[\w-]+/)?[\w-]+\.(?:css|js)|icons/[\w-]+\.(?:png|ico|svg|webmanifest)"
    r"|samples/[\w-]+(?:,? [\w-]+)*\.(?:jpg|png|gif)|samples/small/[\w-]+\.webp",
    re.ASCII,
)
IMPORT = re.compile(r'^import (?:[^"]+ from )?"(\.{1,2}/[^"]+)"', re.MULTILINE)
# What a script loads when it is first needed.
LATER = re.compile(r'\bimport\("(\.{1,2}/[^"]+)"\)')
STYLE_IMPORT = re.compile(r'^@import "([^"]+)";$', re.MULTILINE)
COMMENT = re.compile(r"/\*(?!!).*?\*/", re.DOTALL)
FOREVER = "public, max-age=31536000, immutable"
DAY = "public, max-age=86400"

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
    return content.hexdigest()[:6]


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
        found += [other for other in _imports(script, IMPORT) if other not in found]
    return tuple(found[len(scripts) :])


def imports() -> dict[str, tuple[list[str], list[str]]]:
    """Return what each script imports, and what it loads when that is first needed; a script without is left out."""
    scripts = sorted(path.relative_to(STATIC).as_posix() for path in (STATIC / "js").rglob("*.js"))
    named = {name: (_imports(name, IMPORT), _imports(name, LATER)) for name in scripts}
    return {name: others for name, others in named.items() if any(others)}


@cache
def _imports(script: str, pattern: re.Pattern[str]) -> list[str]:
    """List the scripts that one names by a kind of import, as they are called under static."""
    text = (STATIC / script).read_text(encoding="utf-8")
    named = (normpath(join(dirname(script), name)) for name in pattern.findall(text))
    return list(dict.fromkeys(named))


@cache
def _imports_script() -> str:
    """Return a script that says what each script imports."""
    return f"export default {json.dumps(imports(), separators=(',', ':'))};\n"


@pages.get("/assets/<of>/imports.js")
@public
def imports_script(of: str) -> Response:
    """Serve what each script imports, so that a page asks for all it may need at once (static/js/start/start.js)."""
    caching = FOREVER if of == mark() else "no-cache"
    return Response(_imports_script(), mimetype="text/javascript", headers={"Cache-Control": caching})


@pages.get("/assets/<of>/<path:name>")
@public
def serve(of: str, name: str) -> Response:
    """Serve a style with what it imports, a script or a sample; a page from before an update gets today's, uncached."""
    caching = FOREVER if of == mark() else "no-cache"
    if not name.endswith(".css") or not PLAIN.fullmatch(name) or not (STATIC / name).is_file():
        return _file(name, caching)
    response = Response(style(name), mimetype="text/css", headers={"Cache-Control": caching})
    response.add_etag()
    response.make_conditional(request)
    return response


@pages.get("/static/<path:name>")
@public
def plain(name: str) -> Response:
    """Serve the same under its plain name, which does not change with it."""
    return _file(name, "no-cache")


# Browsers ask for these two whatever the page says.
@pages.get("/favicon.ico")
@public
def tab_icon() -> Response:
    """Serve the icon of tabs."""
    return _file("icons/favicon.ico", DAY)


@pages.get("/apple-touch-icon.png")
@public
def home_icon() -> Response:
    """Serve the icon of home screens."""
    return _file("icons/apple-touch-icon.png", DAY)


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


def style(name: str) -> str:
    """Return a style sheet with those that it imports in it, so that a page asks for one; comments stay here."""
    text = COMMENT.sub("", (STATIC / name).read_text(encoding="utf-8"))
    text = STYLE_IMPORT.sub(lambda found: style(normpath(join(dirname(name), found[1]))), text)
    # What stands in quotation marks stays as it is.
    words = re.split(r'("[^"]*")', re.sub(r"\s+", " ", text).strip())
    return "".join(part if part.startswith('"') else _tight(part) for part in words)


def _tight(text: str) -> str:
    """Return a piece of a style sheet without the spaces that mean nothing."""
    return re.sub(r" ?([{};,]) ?|(:) ", r"\1\2", text).replace(";}", "}")


# Names are those of Bootstrap Icons; a template asks for one with the `icon` macro of `_macros.html`.
ICONS = (
    "arrow-counterclockwise",
    "arrow-left",
    "arrow-right",
    "arrows-angle-expand",
    "arrows-fullscreen",
    "bar-chart",
    "bookmark",
    "box-arrow-right",
    "box-arrow-up-right",
    "card-text",
    "chat",
    "check-lg",
    "check2-circle",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle-half",
    "clipboard",
    "clock-history",
    "collection",
    "columns-gap",
    "dash-lg",
    "download",
    "easel",
    "envelope",
    "exclamation-circle",
    "exclamation-triangle",
    "files",
    "folder2-open",
    "funnel",
    "gear",
    "grid",
    "grip-vertical",
    "hash",
    "heart-fill",
    "hourglass-split",
    "image",
    "images",
    "info-circle",
    "key",
    "laptop",
    "list-ul",
    "moon-stars",
    "pencil",
    "people",
    "person",
    "person-plus",
    "phone",
    "plus-lg",
    "search",
    "share",
    "sliders",
    "stars",
    "sun",
    "three-dots",
    "trash3",
    "x-lg",
)
_SYMBOL = re.compile(
    r'<symbol class="[^"]*" viewBox="(?P<box>[^"]*)" id="(?P<id>[^"]*)">(?P<body>.*?)</symbol>', re.DOTALL
)


def build_sprite(source: str, names: Iterable[str] = ICONS) -> str:
    """Cut the named icons out of the text of `bootstrap-icons.svg` (about 1 MB) and return a sprite of them.

    Raises `ValueError` with the missing names, so that a new Bootstrap-Flask without one of them is noticed at
    start and not as a hole in the page.
    """
    wanted = set(names)
    found = {match["id"]: match for match in _SYMBOL.finditer(source) if match["id"] in wanted}
    missing = sorted(wanted - found.keys())
    if missing:
        raise ValueError(f"These icons are not in bootstrap-icons.svg: {', '.join(missing)}")
    symbols = "".join(
        f'<symbol id="{name}" viewBox="{found[name]["box"]}">{found[name]["body"]}</symbol>'
        for name in sorted(wanted)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>'
