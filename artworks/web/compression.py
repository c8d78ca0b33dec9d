"""How little is sent: compressed where no key shows, files only once, an unchanged page not at all."""

from __future__ import annotations

import hashlib

from apiflask import APIFlask
from flask import Response, g, request
from flask_compress import Compress, DictCache

from artworks.web.templating import asked_by_script

# By the tables of the system scripts are of one of two types.
MEDIA_TYPES = frozenset(
    (
        "application/javascript",
        "application/json",
        "image/svg+xml",
        "text/css",
        "text/html",
        "text/javascript",
    )
)
SETTINGS = {
    # The first is taken where a browser takes several alike. Measured with a page of the library, 66 kB: each makes
    # about 8.6 kB of it, zstd with 3% more processor time for the page, br and gzip at their usual levels with 11%.
    "COMPRESS_ALGORITHM": ["zstd", "br", "gzip"],
    "COMPRESS_ZSTD_LEVEL": 3,
    "COMPRESS_BR_LEVEL": 3,
    "COMPRESS_LEVEL": 4,
    "COMPRESS_MIN_SIZE": 500,
    "COMPRESS_MIMETYPES": MEDIA_TYPES,
    "COMPRESS_STREAMS": False,
    "COMPRESS_REGISTER": False,
    "COMPRESS_EVALUATE_CONDITIONAL_REQUEST": False,
}
# Whose pages show a key: an address that opens something, a token, a code. By the length of such a page when it is
# compressed, somebody whose words stand on it beside the key could find the key out, letter by letter (BREACH).
WITH_KEYS = frozenset(
    ("account", "gallery", "organisation", "people", "share_pages", "shares", "sign_in", "tickets")
)
# What is the same for everybody and only changes with the program.
FILES = frozenset(("assets.imports_script", "assets.plain", "assets.serve", "bootstrap.static", "icons"))


def register(app: APIFlask) -> None:
    """Compress answers on their way out; before others ask to change them, as what comes first is done last."""
    app.config.update(SETTINGS)
    pages, files = Compress(app), Compress(app)
    files.cache, files.cache_key = DictCache(), lambda _: str(g.content_hash)

    @app.after_request
    def compress(response: Response) -> Response:
        if response.mimetype not in MEDIA_TYPES or response.status_code == 204:
            return response
        if request.endpoint in FILES:
            return _compress_file(files, response)
        if response.status_code == 200 and response.mimetype == "text/html" and asked_by_script():
            # An open page asks again and again (static/js/navigation/fresh_page.js).
            response.add_etag(weak=True)
            response.make_conditional(request)
        return pages.after_request(response) if _shows_no_key() else response


def _shows_no_key() -> bool:
    """Return whether the length of a page may be seen: it shows no key, and no other website had it made."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    return request.blueprint not in WITH_KEYS and site in ("none", "same-origin")


def _compress_file(files: Compress, response: Response) -> Response:
    """Send a file as it was compressed when one of this content was first asked for."""
    if response.status_code == 206:
        # A part of the file itself, whose mark tells that it is not one of the compressed file.
        response.vary.add("Accept-Encoding")
        return response
    if response.status_code == 200 and "Accept-Encoding" in request.headers:
        response.direct_passthrough = False
        g.content_hash = hashlib.sha256(response.get_data()).hexdigest()
    response = files.after_request(response)
    if "Content-Encoding" in response.headers:
        del response.headers["Accept-Ranges"]
        response.make_conditional(request)
    return response
