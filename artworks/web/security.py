"""Security of every request and answer: host names, the cross-site guard, the limit of a body, headers."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from apiflask import APIFlask
from flask import Response, current_app, request

from artworks.core.errors import BadRequest, Forbidden, UnsupportedType
from artworks.web.uploads import UploadRequest

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# What a form with files is called, and the endpoints that take one.
FILES = "multipart/form-data"
UPLOADS = ("images.upload", "library.upload_page", "studio.change_logo")
# What the pages never load, each kind by its name. `default-src 'none'` would be shorter, but browsers do not sort all
# things alike: icons that `<use>` takes from a file come under `img-src` in most, and under nothing but `default-src`
# in Firefox before 132 (https://bugzilla.mozilla.org/show_bug.cgi?id=1773976).
UNUSED = ("child-src", "font-src", "frame-src", "media-src", "object-src", "worker-src")
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
PORT = re.compile(r":\d+$")


def register(app: APIFlask) -> None:
    """Add the request class, the checks of every request and the headers of every answer to the application."""
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
    """Limit a body that is no form with files: it is read into memory whole."""
    if request.mimetype != FILES:
        request.max_content_length = request.max_form_memory_size


def refuse_files() -> None:
    """Refuse forms with files but where pictures are added; raises UnsupportedType.

    By the head alone: nothing of the body is read, and no file is spooled. What does not exist is answered as such.
    """
    if request.mimetype != FILES or request.endpoint in (None, *UPLOADS):
        return
    if request.method not in SAFE_METHODS or request.content_length or "Transfer-Encoding" in request.headers:
        raise UnsupportedType(
            "Files are only taken where pictures are added. Send this as a form without files, or as JSON."
        )


def refuse_cross_site() -> None:
    """Refuse changes by other websites; our own pages and programs that are no browser go on. Raises Forbidden."""
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
