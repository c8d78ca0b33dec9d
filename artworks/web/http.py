"""What every request and every answer has in common: headers, the cross-site guard, the upload limit, plain forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import urlsplit

from apiflask import APIFlask
from flask import Request, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import cached_property
from werkzeug.wsgi import LimitedStream

from artworks.core.errors import BadRequest, Forbidden, Invalid, TooLarge, UnsupportedType
from utils import CappedFile, clean_filename, human_size

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# What a form with files is called, and the endpoints that take one.
FILES = "multipart/form-data"
UPLOADS = ("images.upload", "library.upload_page")
# What the pages never load, each kind by its name. `default-src 'none'` would be shorter, but browsers do not sort all
# things alike: icons that `<use>` takes from a file come under `img-src` in most, and under nothing but `default-src`
# in Firefox before 132 (https://bugzilla.mozilla.org/show_bug.cgi?id=1773976).
UNUSED = ("child-src", "font-src", "frame-src", "manifest-src", "media-src", "object-src", "worker-src")
POLICY = "; ".join(
    (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'",
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        *(f"{name} 'none'" for name in UNUSED),
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# Digits of an id that the database can hold for certain.
LONGEST_NUMBER = 18
# Of a number that is only compared.
LONGEST_SEEN = 100
LOAD_AGAIN = "Load the page again, then do this once more."
PORT = re.compile(r":\d+$")


class UploadStream(CappedFile):
    """Take one file of a form; one that goes on and on after its limit ends the whole request with TooLarge."""

    def __init__(self, folder: Path, limit: int, filename: str) -> None:
        super().__init__(folder, limit)
        self.filename = filename

    def write(self, data: Any) -> int:
        """Take in the next bytes; past the limit they are counted, past twice the limit nothing more is read."""
        taken = super().write(data)
        if self.size > 2 * self.limit:
            raise TooLarge(
                f"{clean_filename(self.filename)} is far larger than {human_size(self.limit)}, which is the limit. "
                "Nothing was added; leave it out and send the others again.",
                field="files",
            )
        return taken


class WholeStream(LimitedStream):
    """A body in chunks, read whole or not at all: werkzeug's own would end where the limit is, as if that was all."""

    def readall(self) -> bytes:
        """Return all of it; raises RequestEntityTooLarge when there is more than the limit."""
        data = super().readall()
        if self.is_exhausted and self._stream.read(1):
            raise RequestEntityTooLarge
        return data


class UploadRequest(Request):
    """A request whose files are spooled to the instance folder with a limit for each one."""

    @cached_property
    def stream(self) -> IO[bytes]:
        """Return the body; one that is too long is never cut off, whether its length was told or not."""
        found = super().stream
        if self.content_length is not None or not isinstance(found, LimitedStream):
            return found
        return cast("IO[bytes]", WholeStream(self.environ["wsgi.input"], found.limit, is_max=True))

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Read the body as JSON; one nested too deeply to be read counts as broken.

        A form of any website can send text that reads as JSON, but not under the name of JSON. Raises UnsupportedType.
        """
        if not self.is_json and self.get_data():
            raise UnsupportedType(
                "JSON is understood here. Send it with the header Content-Type: application/json."
            )
        try:
            return super().get_json(force, silent, cache)
        except RecursionError:
            return None if silent else super().on_json_loading_failed(ValueError("nested too deeply"))

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Read no body at all as an empty object, so that a call without choices needs none."""
        return super().on_json_loading_failed(e) if self.get_data() else {}

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> UploadStream:
        folder: Path = current_app.extensions["aim"].temporary
        stream = UploadStream(folder, current_app.config["MAX_FILE_BYTES"], filename or "")
        self.__dict__.setdefault("spooled", []).append(stream)
        return stream

    def close(self) -> None:
        """Remove the spooled files, also those of a form that was never read to its end."""
        super().close()
        for stream in self.__dict__.get("spooled", ()):
            stream.close()


def register(app: APIFlask) -> None:
    """Give the application its request class, guard and headers."""
    app.request_class = UploadRequest
    app.before_request(refuse_unknown_host)
    app.before_request(refuse_cross_site)
    app.before_request(limit_body)
    app.after_request(add_headers)


def refuse_unknown_host() -> None:
    """Answer only to our own names, so that no other site can point its name at this server; raises BadRequest.

    Flask's TRUSTED_HOSTS is not used: it never matches an IPv6 address and leaves no way to build an error page.
    """
    name = PORT.sub("", request.host).lower()
    if name not in current_app.config["ALLOWED_HOSTS"]:
        raise BadRequest("This page cannot be reached by that name. ALLOWED_HOSTS lists those that work.")


def limit_body() -> None:
    """Keep a body that is no form with files small: it is read into memory whole."""
    if request.mimetype != FILES:
        request.max_content_length = request.max_form_memory_size


def refuse_files() -> None:
    """Take forms with files where pictures are added and nowhere else; raises UnsupportedType.

    By the head alone: nothing of the body is read, and no file is spooled. What does not exist is told as such.
    """
    if request.mimetype != FILES or request.endpoint in (None, *UPLOADS):
        return
    if request.method not in SAFE_METHODS or request.content_length or "Transfer-Encoding" in request.headers:
        raise UnsupportedType(
            "Files are only taken where pictures are added. Send this as a form without files, or as JSON."
        )


def refuse_cross_site() -> None:
    """Let only our own pages, and programs that are no browser, change anything; raises Forbidden."""
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    # Whatever is not known to be ours is foreign: no browser sends anything else.
    foreign = site not in (None, "same-origin", "none") or (
        origin is not None and _host_of(origin) != request.host
    )
    if foreign:
        raise Forbidden("This request came from another website and was stopped.")


def _host_of(address: str) -> str:
    """Return the host and port of an address; empty when it is not one."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


def add_headers(response: Response) -> Response:
    """Put the security headers on an answer that has none of its own; pages and data are never cached."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint == "bootstrap.static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def version_of(form: Mapping[str, str]) -> int:
    """Read the version a plain form was made from; raises Invalid."""
    return seen(form, "version")


def seen(form: Mapping[str, str], name: str) -> int:
    """Read the number of what somebody saw when they filled in a form; raises Invalid, as for a page of long ago."""
    raw = form.get(name, "")
    if not (raw.isascii() and raw.isdigit() and len(raw) <= LONGEST_SEEN):
        raise Invalid(f"This page does not say which {name} it shows. {LOAD_AGAIN}", field=name)
    return int(raw)


def form_text(value: str) -> str:
    """Undo what a browser does to a text area on its way: line ends become CR LF."""
    return value.replace("\r\n", "\n")


def before() -> int | None:
    """Return the id before which a list that goes back in time goes on; None for its first page. Raises Invalid."""
    raw = request.args.get("before", "")
    if not raw:
        return None
    if not raw.isascii() or not raw.isdigit() or len(raw) > LONGEST_NUMBER:
        raise Invalid("before: this should be a number.", field="before")
    return int(raw)
