"""The cookies: which names they have, and that no script and no other site gets at them."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, current_app, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.wrappers import Response

from artworks.web import context

NAME = "artwork_session"
# A browser takes a cookie of this name only over https, for this very host and for all of it (RFC 6265bis, 4.1.3.2).
HOST = "__Host-"


def session_key() -> str:
    """Return the key of this browser's session; empty when it has none."""
    return request.cookies.get(_cookie_name(NAME), "")


def set_session_cookie(response: Response, key: str) -> None:
    """Set the cookie with the key of the browser's session."""
    longest: timedelta = current_app.config["SESSION_LIMITS"].longest
    response.set_cookie(
        _cookie_name(NAME),
        key,
        max_age=longest,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )


def delete_session_cookie(response: Response) -> None:
    """Delete the cookie of the browser's session."""
    response.delete_cookie(
        _cookie_name(NAME), path="/", httponly=True, samesite="Lax", secure=request.is_secure
    )


def _cookie_name(name: str) -> str:
    return HOST + name if request.is_secure else name


class FlashCookie(SecureCookieSessionInterface):
    """Flask's own cookie, which carries messages from one page to the next, with the same care."""

    def get_cookie_name(self, app: Flask) -> str:
        """Return the name that belongs to the way the page was asked for."""
        return _cookie_name(super().get_cookie_name(app))

    def get_cookie_secure(self, app: Flask) -> bool:
        """Return whether the cookie is for https only: whenever the page came that way."""
        return request.is_secure

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Return whether there is something to keep; a script has no next page to show messages on."""
        return context.actor().way != "token" and super().should_set_cookie(app, session)
