"""Pages of one-time links: accepting an invitation, choosing a new password, and asking for a link by mail."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from artworks.accounts import invitations, throttle, tokens
from artworks.core.errors import AppError, NotFound
from artworks.web import context, urls
from artworks.web.accounts import invitation_mail
from artworks.web.accounts.login_pages import start_session
from artworks.web.permissions import anonymous
from models import OneTimeLink, db

pages = APIBlueprint("tickets", __name__, enable_openapi=False)


@pages.after_request
def keep_out_of_indexes(response: Response) -> Response:
    """Ask search engines to leave these addresses alone, should they ever see one."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@pages.errorhandler(NotFound)
def dead(error: NotFound) -> ResponseReturnValue:
    """Show that a link does not work, the same for every reason."""
    return make_response(render_template("accounts/dead_link.html", message=error.message), 404)


@pages.get("/invitation/<key>")
@anonymous
def invitation(key: str) -> ResponseReturnValue:
    """Show what somebody is invited to."""
    return _invitation_page(_load_link("invitation", key), typed=None)


@pages.post("/invitation/<key>")
@anonymous
def join(key: str) -> ResponseReturnValue:
    """Make the account that an invitation is for, and sign in."""
    link = _load_link("invitation", key)
    name = request.form.get("name", "")
    facts = _link_facts(link)
    try:
        person = invitations.accept_invitation(
            db.session(),
            link,
            name=name,
            password=request.form.get("password", ""),
            address=context.address(),
        )
    except AppError as error:
        db.session.rollback()
        if isinstance(error, NotFound):
            raise
        return make_response(_invitation_page(facts, typed=name, error=error), error.status)
    flash(f"Welcome, {person.called}.", "success")
    return start_session(person, "invitation", "/")


@pages.get("/reset/<key>")
@anonymous
def reset(key: str) -> ResponseReturnValue:
    """Ask for a new password."""
    link = _load_link("reset", key)
    return render_template("accounts/reset.html", facts=_link_facts(link), scripts=_count_tokens(link))


@pages.post("/reset/<key>")
@anonymous
def choose(key: str) -> ResponseReturnValue:
    """Take the new password, end every session and token of the person, and sign in here."""
    link = _load_link("reset", key)
    facts = _link_facts(link)
    scripts = _count_tokens(link)
    try:
        person = invitations.accept_reset(
            db.session(), link, password=request.form.get("password", ""), address=context.address()
        )
    except AppError as error:
        db.session.rollback()
        if isinstance(error, NotFound):
            raise NotFound(invitations.NO_SUCH_LINK) from None
        page = render_template("accounts/reset.html", facts=facts, scripts=scripts, error=error)
        return make_response(page, error.status)
    ended = " Your tokens for scripts ended, too: make new ones where you need them." if scripts else ""
    flash(f"Your new password is in place. You are signed out everywhere else.{ended}", "success")
    return start_session(person, "reset", "/")


@pages.get("/forgot")
@anonymous
def forgot() -> ResponseReturnValue:
    """Ask for the address a link should go to, or say who can make one."""
    return _forgot_page()


@pages.post("/forgot")
@anonymous
def send_reset() -> ResponseReturnValue:
    """Mail a link to whoever has this address; the answer is the same whether anybody has."""
    if invitation_mail.mailer() is None:
        return _forgot_page()
    email = request.form.get("email", "")
    throttle.record_attempt(db.session(), "reset", context.address(), email)
    db.session.commit()
    invitation_mail.send_reset_async(email, context.address(), urls.configured_url(""))
    return _forgot_page(sent=True)


def _load_link(kind: str, key: str) -> OneTimeLink:
    return invitations.load_link(db.session(), db.session.commit, kind, key, context.address())


def _count_tokens(link: OneTimeLink) -> int:
    """Count the tokens that end with the password."""
    return len(tokens.list_valid(db.session(), link.person_id or 0))


def _link_facts(link: OneTimeLink) -> dict[str, str]:
    """Return what the page shows: after a mistake the row itself may be gone."""
    return {name: getattr(link, name) for name in ("email", "name", "role", "made_by")}


def _invitation_page(
    shown: OneTimeLink | dict[str, str], *, typed: str | None, error: AppError | None = None
) -> str:
    facts: dict[str, Any] = shown if isinstance(shown, dict) else _link_facts(shown)
    name = facts["name"] if typed is None else typed
    return render_template("accounts/invitation.html", facts=facts, name=name, error=error)


def _forgot_page(*, sent: bool = False) -> str:
    return render_template("accounts/forgot.html", mails=invitation_mail.mailer() is not None, sent=sent)
