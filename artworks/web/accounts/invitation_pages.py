"""Links that let people in: taking an invitation, choosing a new password, and asking for a link by mail."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from artworks.accounts import invitations, throttle, tokens
from artworks.core.errors import AppError, NotFound
from artworks.web import context as access
from artworks.web import urls as links
from artworks.web.accounts import invitation_mail as posting
from artworks.web.accounts.login_pages import let_in
from models import OneTimeLink, db

pages = APIBlueprint("tickets", __name__, enable_openapi=False)


@pages.after_request
def keep_out_of_indexes(response: Response) -> Response:
    """Ask search engines to leave these addresses alone, should they ever see one."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@pages.errorhandler(NotFound)
def dead(error: NotFound) -> ResponseReturnValue:
    """Say that a link does not work, the same for every reason."""
    return make_response(render_template("accounts/dead_link.html", message=error.message), 404)


@pages.get("/invitation/<key>")
def invitation(key: str) -> ResponseReturnValue:
    """Show what somebody is invited to."""
    return _invitation(_look("invitation", key), typed=None)


@pages.post("/invitation/<key>")
def join(key: str) -> ResponseReturnValue:
    """Make the account that an invitation is for, and sign in."""
    ticket = _look("invitation", key)
    name = request.form.get("name", "")
    facts = _facts(ticket)
    try:
        person = invitations.accept_invitation(
            db.session(),
            ticket,
            name=name,
            password=request.form.get("password", ""),
            address=access.address(),
        )
    except AppError as error:
        db.session.rollback()
        if isinstance(error, NotFound):
            raise
        return make_response(_invitation(facts, typed=name, error=error), error.status)
    flash(f"Welcome, {person.called}.", "success")
    return let_in(person, "invitation", "/")


@pages.get("/reset/<key>")
def reset(key: str) -> ResponseReturnValue:
    """Ask for a new password."""
    ticket = _look("reset", key)
    return render_template("accounts/reset.html", facts=_facts(ticket), scripts=_scripts(ticket))


@pages.post("/reset/<key>")
def choose(key: str) -> ResponseReturnValue:
    """Take the new password, end every session and token of the person, and sign in here."""
    ticket = _look("reset", key)
    facts = _facts(ticket)
    scripts = _scripts(ticket)
    try:
        person = invitations.accept_reset(
            db.session(), ticket, password=request.form.get("password", ""), address=access.address()
        )
    except AppError as error:
        db.session.rollback()
        if isinstance(error, NotFound):
            raise NotFound(invitations.NO_SUCH_LINK) from None
        page = render_template("accounts/reset.html", facts=facts, scripts=scripts, error=error)
        return make_response(page, error.status)
    ended = " Your tokens for scripts ended, too: make new ones where you need them." if scripts else ""
    flash(f"Your new password is in place. You are signed out everywhere else.{ended}", "success")
    return let_in(person, "reset", "/")


@pages.get("/forgot")
def forgot() -> ResponseReturnValue:
    """Ask for the address a link should go to, or say who can make one."""
    return _forgot()


@pages.post("/forgot")
def send_reset() -> ResponseReturnValue:
    """Have a link mailed to whoever has this address; the answer is the same whether anybody has."""
    if posting.mailer() is None:
        return _forgot()
    email = request.form.get("email", "")
    throttle.record_attempt(db.session(), "reset", access.address(), email)
    db.session.commit()
    posting.post_reset_later(email, access.address(), links.lasting(""))
    return _forgot(sent=True)


def _look(kind: str, key: str) -> OneTimeLink:
    return invitations.load_link(db.session(), db.session.commit, kind, key, access.address())


def _scripts(ticket: OneTimeLink) -> int:
    """Count the tokens that end with the password."""
    return len(tokens.list_valid(db.session(), ticket.person_id or 0))


def _facts(ticket: OneTimeLink) -> dict[str, str]:
    """Keep what the page shows: after a mistake the row itself may be gone."""
    return {name: getattr(ticket, name) for name in ("email", "name", "role", "made_by")}


def _invitation(
    shown: OneTimeLink | dict[str, str], *, typed: str | None, error: AppError | None = None
) -> str:
    facts: dict[str, Any] = shown if isinstance(shown, dict) else _facts(shown)
    name = facts["name"] if typed is None else typed
    return render_template("accounts/invitation.html", facts=facts, name=name, error=error)


def _forgot(*, sent: bool = False) -> str:
    return render_template("accounts/forgot.html", mails=posting.mailer() is not None, sent=sent)
