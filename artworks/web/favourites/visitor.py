"""The key by which a visitor of a gallery is known again: a cookie of that gallery alone, kept as its SHA-256."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import timedelta

from flask import current_app, request
from werkzeug.wrappers import Response

from artworks.core import security
from models import ShareLink

LASTS = timedelta(days=365)
_KEY = re.compile(r"[\w-]{43}", re.ASCII)


def key_of(share: ShareLink) -> str:
    """Return the key that the browser has for a gallery; empty for none."""
    given = request.cookies.get(_cookie_name(share), "")
    return given if _KEY.fullmatch(given) else ""


def key_from_form(share: ShareLink, once: str) -> str:
    """Return the key of a visitor, a new one for somebody who has none.

    `once` stands in the page of whoever has none, so that a second press of the same button is the same visitor.
    """
    if known := key_of(share):
        return known
    if not _KEY.fullmatch(once):
        return security.new_key()
    made = hmac.new(
        str(current_app.secret_key).encode(), f"visitor:{share.id}:{once}".encode(), hashlib.sha256
    )
    return base64.urlsafe_b64encode(made.digest()).rstrip(b"=").decode()


def set_key(response: Response, share: ShareLink, address: str, key: str) -> None:
    """Let the browser keep a key for the pages of a gallery, out of reach of scripts."""
    response.set_cookie(
        _cookie_name(share), key, path=address, max_age=LASTS, httponly=True, samesite="Lax", secure=request.is_secure
    )  # fmt: skip


def _cookie_name(share: ShareLink) -> str:
    return f"visitor_{share.token_hash[:12]}"
