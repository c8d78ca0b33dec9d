"""Authentication and authorisation: finds out who calls, and refuses what their permissions do not allow."""

from __future__ import annotations

from urllib.parse import urlencode

from apiflask import APIFlask
from flask import current_app, g, make_response, redirect, request
from flask.typing import ResponseReturnValue

from artworks.accounts import sessions, throttle, tokens
from artworks.accounts.local_mode import explain
from artworks.audit import log as audit
from artworks.core.actor import NOBODY, OWNER, Actor, act_as
from artworks.core.errors import Forbidden, Unauthorized
from artworks.web import context, permissions
from artworks.web.accounts import cookies, local_mode
from artworks.web.error_handlers import on_app_error, wants_json
from artworks.web.security import SAFE_METHODS, refuse_files
from models import db

BEARER = "bearer "


def register(app: APIFlask) -> None:
    """Authorise every request, and then refuse files where none are taken."""
    app.before_request(authorize_request)
    app.before_request(refuse_files)


def authorize_request() -> ResponseReturnValue | None:
    """Return nothing for whoever may go on; else lead to the sign-in page, or answer 401 or 403."""
    # An address that does not exist says so only to those who may look around.
    rule = permissions.rule_of(current_app, request.endpoint) if request.endpoint else permissions.NOT_THERE
    if rule is None:
        raise Forbidden("Nobody may do this, because no rule says who may.")
    if not rule.authenticates:
        return None
    actor = _authenticate()
    if not rule.role:
        return None
    if not actor.role:
        return _login_required_response()
    if actor.way == "session" and not _is_browser_request():
        raise Forbidden("This call does not come from a page of this program. Scripts use a token.")
    if rule.in_person and actor.way == "token":
        raise Forbidden("A token cannot do this. Sign in to do it.")
    context.require_role(rule.role)
    return None


def _authenticate() -> Actor:
    """Return who calls, and remember it for this request, with the settings of this moment."""
    actor = _find_actor()
    context.read_settings()
    if request.method not in SAFE_METHODS:
        # No connection is held while the rest of a large body is on its way.
        db.session.commit()
    g.actor = actor
    act_as(db.session(), actor)
    return actor


def _find_actor() -> Actor:
    address = context.address()
    key, session = cookies.session_key(), db.session()
    bearer = request.headers.get("Authorization", "")
    by_token = bearer[: len(BEARER)].lower() == BEARER
    found = sessions.read(session, "" if by_token else key, context.session_limits(), address)
    g.anybody, g.local_mode_ended = found.anybody, found.local_mode_ended
    if local_mode.is_in_force(ended=found.local_mode_ended, anybody=found.anybody):
        return _local_actor(address)
    if by_token:
        return _token_actor(bearer[len(BEARER) :].strip(), address)
    if found.actor is None:
        return NOBODY
    if found.stale and found.actor.session_id:
        sessions.touch(session, found.actor.session_id, address)
        session.commit()
    return found.actor


def _local_actor(address: str) -> Actor:
    return Actor(OWNER.role, way=OWNER.way, address=address)


def _token_actor(key: str, address: str) -> Actor:
    """Return whose token it is; wrong ones are counted for the address. Raises RateLimited and Unauthorized."""
    session = db.session()
    actor = tokens.read(session, key, address)
    if actor is None:
        throttle.record_attempt(session, "token", address)
        audit.record(session, "token refused", actor=Actor(address=address))
        session.commit()
        raise Unauthorized("This token is not valid, or not any more.")
    session.commit()
    return actor


def _is_browser_request() -> bool:
    """Return whether a call that may change something comes from a page: browsers say where it comes from.

    That it comes from a page of ours was seen to before (artworks/web/security.py).
    """
    return (
        request.method in SAFE_METHODS or "Origin" in request.headers or "Sec-Fetch-Site" in request.headers
    )


def _login_required_response() -> ResponseReturnValue:
    """Return the way to sign in: pages redirect to it, data and forms answer 401."""
    first = not g.anybody
    reads_pages = request.accept_mimetypes.accept_html or "Accept" not in request.headers
    if not wants_json() and request.method in SAFE_METHODS and reads_pages:
        if first:
            return redirect("/first-owner", 303)
        where = request.full_path if request.query_string else request.path
        return redirect("/sign-in" if where == "/" else f"/sign-in?{urlencode({'next': where})}", 303)
    response = make_response(on_app_error(Unauthorized(_login_required_reason(first=first))))
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _login_required_reason(*, first: bool) -> str:
    """Return why nobody is let in; `first` as long as there is no account."""
    ended = g.local_mode_ended and f"{explain(g.local_mode_ended)} "
    if not first:
        # Where sign-in is not switched off, people signed in before as well.
        return f"{ended if current_app.config['SIGN_IN'] == 'off' else ''}Please sign in first."
    return f"{ended}There is no account yet. Open the page in a browser to make the owner account."
