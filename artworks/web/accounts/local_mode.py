"""The end of local mode: with the first request that comes from elsewhere, whatever it asks for."""

from __future__ import annotations

import logging
from contextlib import suppress
from urllib.parse import urlsplit

from apiflask import APIFlask
from flask import current_app, request

from artworks.accounts import local_mode, login
from artworks.core.network import is_loopback
from artworks.web import context
from artworks.web.security import PORT
from models import db

log = logging.getLogger(__name__)


def register(app: APIFlask) -> None:
    """Look at every request, also at those that are refused for their host name."""
    app.before_request(end_if_from_elsewhere)


def end_if_from_elsewhere() -> None:
    """End local mode when a request comes from elsewhere; the request itself is then one like any other."""
    config = current_app.config
    if config["SIGN_IN"] == "required" or config["REACHED_BY"]:
        return
    reason = from_elsewhere()
    if not reason:
        return
    session = db.session()
    ended = local_mode.end(session, reason, off=config["SIGN_IN"] == "off", address=context.address())
    session.commit()
    if ended:
        code = login.owner_code(str(current_app.secret_key))
        log.warning(
            "%s As long as nobody has an account, the owner account is made with this code: %s. %s",
            local_mode.explain(reason), code, local_mode.WAY_BACK,
        )  # fmt: skip


def from_elsewhere() -> str:
    """Return what shows that this request does not come from this computer; empty when nothing does."""
    forwarded = any(name in request.headers for name in local_mode.FORWARDED)
    return local_mode.from_elsewhere(_requested_host(), context.address(), forwarded=forwarded)


def _requested_host() -> str:
    """Return the name by which the page was asked for.

    Some proxies hide it, such as nginx as long as it is not told otherwise. A browser that loads what is on our own
    page tells it all the same, and no page of others can make it say so.
    """
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        with suppress(ValueError):
            seen = urlsplit(request.referrer or "").hostname
            if seen and not is_loopback(seen):
                return seen
    return PORT.sub("", request.host)


def is_in_force(*, ended: str, anybody: bool) -> bool:
    """Return whether whoever calls is let in without signing in; `ended` is why nobody is any more."""
    config = current_app.config
    if ended or config["REACHED_BY"] or from_elsewhere():
        return False
    return config["SIGN_IN"] == "off" or (config["SIGN_IN"] == "auto" and not anybody)
