"""The door for people of an organisation: to its provider, and back from there."""

from __future__ import annotations

import hmac
import time
from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from artworks.accounts import sso, throttle
from artworks.accounts.sso import OidcProvider
from artworks.audit import log as audit
from artworks.core.actor import Actor
from artworks.core.errors import AppError, Forbidden, NotFound, RateLimited, Unauthorized
from artworks.web import context as access
from artworks.web.accounts import login_pages as sign_in
from models import db

pages = APIBlueprint("organisation", __name__, enable_openapi=False)
BEGUN = "organisation"
PATIENCE_SECONDS = 3600
# The cookie that keeps it until the person is back holds 4 KB.
MOST_GOAL = 1500


@pages.app_context_processor
def names() -> dict[str, Any]:
    """Tell the templates what the organisation is called; empty when there is none."""
    known: OidcProvider | None = current_app.config["ORGANISATION"]
    return {"organisation_name": known.name if known else ""}


@pages.post("/sign-in/organisation")
def start() -> ResponseReturnValue:
    """Lead to the provider, from our own pages only.

    A page does it and not a redirect: browsers hold the redirects of a form to `form-action 'self'`, and to name the
    provider there is not enough, because it may lead on to others, such as the one of a partner.
    """
    from artworks.web.accounts import oidc

    organisation = _organisation()
    goal = sign_in.own_path(request.form.get("next", ""))
    try:
        _count()
        address, begun = oidc.way_there(organisation, _back())
        _take_back()
        db.session.commit()
    except AppError as error:
        return _refused(error, goal)
    kept = goal if len(goal) <= MOST_GOAL else "/"
    # One at a time: a second start, in another tab say, takes the place of the first.
    session[BEGUN] = {**begun, "goal": kept, "at": int(time.time())}
    return render_template("accounts/sso.html", address=address)


@pages.get("/sign-in/organisation/back")
def back() -> ResponseReturnValue:
    """Let a person in whom the provider sends back."""
    from artworks.web.accounts import oidc

    organisation = _organisation()
    begun: dict[str, Any] = session.get(BEGUN, {})
    goal, email = sign_in.own_path(begun.get("goal", "")), ""
    try:
        _count()
        told = oidc.claims(organisation, _back(), _code(organisation, begun), begun)
        who = sso.identity_from_claims(organisation, told)
        email = who.email
        if not who.role:
            sso.shut_out_without_role(db.session(), organisation, who, access.address())
            db.session.commit()
        person = sso.sign_in_or_create(db.session(), organisation, who, access.address())
        _take_back()
    except AppError as error:
        return _refused(error, goal, email)
    return sign_in.let_in(person, "oidc", goal)


def _code(organisation: OidcProvider, begun: dict[str, Any]) -> str:
    """Return the code that the person brings, once, to the browser that began; raises Forbidden and Unauthorized."""
    if "error" in request.args:
        session.pop(BEGUN, None)
        raise Forbidden(f"{organisation.called} did not let you in.")
    given = request.args.get("state", "").encode("utf-8", "replace")
    if not begun or not hmac.compare_digest(given, begun["state"].encode()):
        raise Unauthorized("This sign-in was not begun in this browser, or is used up. Please sign in again.")
    session.pop(BEGUN, None)
    code = request.args.get("code", "")
    if not code or begun["at"] < time.time() - PATIENCE_SECONDS:
        raise Unauthorized("This sign-in was begun too long ago. Please sign in again.")
    return code


def _organisation() -> OidcProvider:
    known: OidcProvider | None = current_app.config["ORGANISATION"]
    if known is None:
        raise NotFound("There is no organisation to sign in with here.")
    return known


def _back() -> str:
    """Return the address that is registered with the provider; that its host is one of ours was seen to before."""
    return url_for("organisation.back", _external=True)


def _count() -> None:
    """Count a try before anything is done for it; nothing is kept open while the provider is asked."""
    throttle.record_attempt(db.session(), BEGUN, access.address())
    db.session.commit()


def _take_back() -> None:
    throttle.clear_attempts(db.session(), BEGUN, access.address())


def _refused(error: AppError, goal: str, email: str = "") -> Response:
    """Go back to the sign-in page with a sentence, and write it down."""
    db.session.rollback()
    if not isinstance(error, RateLimited):
        came_from = Actor(address=access.address())
        audit.record(
            db.session(), "sign-in failed", email, actor=came_from, way="organisation", reason=error.message
        )
        db.session.commit()
    flash(error.message, "danger")
    return redirect("/sign-in" if goal == "/" else f"/sign-in?{urlencode({'next': goal})}", 303)
