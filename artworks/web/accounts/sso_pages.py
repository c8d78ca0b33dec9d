"""Single sign-on: to the provider of an organisation, and back from there."""

from __future__ import annotations

import hmac
import time
from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from artworks.accounts import throttle
from artworks.accounts.oidc_provider import OidcProvider, identity_from_claims
from artworks.audit import log as audit
from artworks.core.actor import Actor
from artworks.core.errors import AppError, Forbidden, NotFound, RateLimited, Unauthorized
from artworks.membership import sso
from artworks.web import context
from artworks.web.accounts import login_pages
from artworks.web.permissions import anonymous
from models import db

pages = APIBlueprint("organisation", __name__, enable_openapi=False)
PENDING = "organisation"
PATIENCE_SECONDS = 3600
# The cookie that keeps it until the person is back holds 4 KB.
MOST_GOAL = 1500


@pages.app_context_processor
def template_names() -> dict[str, Any]:
    """Return what the templates call the organisation; empty when there is none."""
    known: OidcProvider | None = current_app.config["ORGANISATION"]
    return {"organisation_name": known.name if known else ""}


@pages.post("/sign-in/organisation")
@anonymous
def start() -> ResponseReturnValue:
    """Lead to the provider, from our own pages only.

    A page does it and not a redirect: browsers hold the redirects of a form to `form-action 'self'`, and to name the
    provider there is not enough, because it may lead on to others, such as the one of a partner.
    """
    from artworks.web.accounts import oidc

    provider = _provider()
    goal = login_pages.safe_path(request.form.get("next", ""))
    try:
        _record_attempt()
        address, pending = oidc.authorization_url(provider, _redirect_uri())
        _clear_attempt()
        db.session.commit()
    except AppError as error:
        return _redirect_with_error(error, goal)
    kept = goal if len(goal) <= MOST_GOAL else "/"
    # One at a time: a second start, in another tab say, takes the place of the first.
    session[PENDING] = {**pending, "goal": kept, "at": int(time.time())}
    return render_template("accounts/sso.html", address=address)


@pages.get("/sign-in/organisation/back")
@anonymous
def back() -> ResponseReturnValue:
    """Let a person in whom the provider sends back."""
    from artworks.web.accounts import oidc

    provider = _provider()
    pending: dict[str, Any] = session.get(PENDING, {})
    goal, email = login_pages.safe_path(pending.get("goal", "")), ""
    try:
        _record_attempt()
        told = oidc.fetch_claims(provider, _redirect_uri(), _authorization_code(provider, pending), pending)
        identity = identity_from_claims(provider, told)
        email = identity.email
        if not identity.role:
            sso.shut_out_without_role(db.session(), provider, identity, context.address())
            db.session.commit()
        person = sso.sign_in_or_create(db.session(), provider, identity, context.address())
        _clear_attempt()
    except AppError as error:
        return _redirect_with_error(error, goal, email)
    return login_pages.start_session(person, "oidc", goal)


def _authorization_code(provider: OidcProvider, pending: dict[str, Any]) -> str:
    """Return the code that the person brings, once, to the browser that began; raises Forbidden and Unauthorized."""
    if "error" in request.args:
        session.pop(PENDING, None)
        raise Forbidden(f"{provider.called} did not let you in.")
    given = request.args.get("state", "").encode("utf-8", "replace")
    if not pending or not hmac.compare_digest(given, pending["state"].encode()):
        raise Unauthorized("This sign-in was not begun in this browser, or is used up. Please sign in again.")
    session.pop(PENDING, None)
    code = request.args.get("code", "")
    if not code or pending["at"] < time.time() - PATIENCE_SECONDS:
        raise Unauthorized("This sign-in was begun too long ago. Please sign in again.")
    return code


def _provider() -> OidcProvider:
    known: OidcProvider | None = current_app.config["ORGANISATION"]
    if known is None:
        raise NotFound("There is no organisation to sign in with here.")
    return known


def _redirect_uri() -> str:
    """Return the address that is registered with the provider; that its host is one of ours was seen to before."""
    return url_for("organisation.back", _external=True)


def _record_attempt() -> None:
    """Count a try before anything is done for it; nothing is kept open while the provider is asked."""
    throttle.record_attempt(db.session(), PENDING, context.address())
    db.session.commit()


def _clear_attempt() -> None:
    throttle.clear_attempts(db.session(), PENDING, context.address())


def _redirect_with_error(error: AppError, goal: str, email: str = "") -> Response:
    """Redirect to the sign-in page with a sentence, and record it in the audit."""
    db.session.rollback()
    if not isinstance(error, RateLimited):
        came_from = Actor(address=context.address())
        audit.record(
            db.session(), "sign-in failed", email, actor=came_from, way="organisation", reason=error.message
        )
        db.session.commit()
    flash(error.message, "danger")
    return redirect("/sign-in" if goal == "/" else f"/sign-in?{urlencode({'next': goal})}", 303)
