"""The cookies: which names they have, and that no script and no other site gets at them."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.wrappers import Response

from artworks.web import context

SESSION, MESSAGES = "artwork_session", "artwork_messages"
# A browser takes a cookie of this name only over https, for this very host and for all of it (RFC 6265bis, 4.1.3.2).
HOST = "__Host-"


def cookie_name(name: str, secret: str, host: str, *, secure: bool) -> str:
    """Return the name of a cookie of this installation at `host`, which may end with a port.

    Browsers send a cookie to every port of a host: programs on one computer must not take each other's names.
    """
    mark = hmac.digest(
        secret.encode(), f"cookies of port {urlsplit(f'//{host}').port}".encode(), hashlib.sha256
    )
    return f"{HOST if secure else ''}{name}_{mark.hex()[:8]}"


def session_key() -> str:
    """Return the key of this browser's session; empty when it has none.

    Up to 1.1.0 the cookie's name had no mark: until such a session ends it is read under that name.
    """
    return request.cookies.get(_name_here(SESSION)) or request.cookies.get(_old_name(), "")


def set_session_cookie(response: Response, key: str) -> None:
    """Set the cookie with the key of the browser's session."""
    longest: timedelta = current_app.config["SESSION_LIMITS"].longest
    response.set_cookie(
        _name_here(SESSION),
        key,
        max_age=longest,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )


def delete_session_cookie(response: Response) -> None:
    """Delete the cookie of the browser's session.

    Under the old name only where there is no other: another program on this computer may still use that.
    """
    name = _name_here(SESSION) if _name_here(SESSION) in request.cookies else _old_name()
    response.delete_cookie(name, path="/", httponly=True, samesite="Lax", secure=request.is_secure)


def _name_here(name: str) -> str:
    return cookie_name(name, str(current_app.secret_key), request.host, secure=request.is_secure)


def _old_name() -> str:
    return HOST + SESSION if request.is_secure else SESSION


class FlashCookie(SecureCookieSessionInterface):
    """Flask's own cookie, which carries messages from one page to the next, with the same care."""

    def get_cookie_name(self, app: Flask) -> str:
        """Return the name that belongs to the way the page was asked for."""
        return _name_here(MESSAGES)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Return whether the cookie is for https only: whenever the page came that way."""
        return request.is_secure

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Return whether there is something to keep; a script has no next page to show messages on."""
        return context.actor().way != "token" and super().should_set_cookie(app, session)
