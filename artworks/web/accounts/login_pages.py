"""Sign in, sign out, and make the first owner's account."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import current_app, flash, g, make_response, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from artworks.accounts import local_mode, login, sessions
from artworks.audit import log as audit
from artworks.core.errors import AppError
from artworks.web import context
from artworks.web.accounts import cookies
from artworks.web.permissions import anonymous
from models import Person, db

pages = APIBlueprint("sign_in", __name__, enable_openapi=False)


@pages.get("/sign-in")
@anonymous
def form() -> ResponseReturnValue:
    """Ask who it is."""
    if context.actor().role:
        return redirect(safe_path(request.args.get("next", "")), 303)
    if not _has_accounts():
        return redirect("/first-owner", 303)
    return render_template(
        "accounts/login.html",
        next=safe_path(request.args.get("next", "")),
        # Else people signed in before as well.
        ended=_why_local_mode_ended() if current_app.config["SIGN_IN"] == "off" else "",
    )


@pages.post("/sign-in")
@anonymous
def enter() -> ResponseReturnValue:
    """Let a person in whose password is right."""
    email, goal = request.form.get("email", ""), safe_path(request.form.get("next", ""))
    try:
        person = login.sign_in_with_password(
            db.session(),
            db.session.commit,
            email=email,
            password=request.form.get("password", ""),
            address=context.address(),
        )
    except AppError as error:
        db.session.rollback()
        page = render_template("accounts/login.html", next=goal, email=email, mistake=error.message)
        return _error_response(page, error)
    return start_session(person, "password", goal)


@pages.post("/sign-out")
@anonymous
def leave() -> ResponseReturnValue:
    """End this browser's session."""
    actor = context.actor()
    if actor.session_id:
        audit.record(db.session(), "sign-out", actor.email)
        sessions.end_key(db.session(), cookies.session_key())
        db.session.commit()
    session.clear()
    response = redirect("/sign-in", 303)
    cookies.delete_session_cookie(response)
    # What the browser stored of the pages and pictures goes too.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@pages.get("/first-owner")
@anonymous
def first_owner() -> ResponseReturnValue:
    """Show the form for the owner's account, as long as there is none."""
    if _has_accounts():
        return redirect("/sign-in", 303)
    return _first_owner_page(typed={})


@pages.post("/first-owner")
@anonymous
def make_first_owner() -> ResponseReturnValue:
    """Make the owner's account and sign in."""
    typed = {name: request.form.get(name, "") for name in ("code", "email", "name")}
    try:
        person = login.create_first_owner(
            db.session(),
            db.session.commit,
            code=None if context.actor().role else typed["code"],
            secret=str(current_app.secret_key),
            email=typed["email"],
            name=typed["name"],
            password=request.form.get("password", ""),
            address=context.address(),
        )
    except AppError as error:
        db.session.rollback()
        return _error_response(
            _first_owner_page(typed=typed, mistake=error.message, field=error.field), error
        )
    flash(f"Welcome, {person.called}. From now on everybody signs in.", "success")
    return start_session(person, "owner code", "/")


def start_session(person: Person, way: str, goal: str) -> Response:
    """Open a session for a person on this browser, under a new key, and go to a page of ours; commits."""
    key = sessions.start(
        db.session(),
        person,
        context.session_limits(),
        way=way,
        address=context.address(),
        device=sessions.device_name(request.headers.get("User-Agent", "")),
        old_key=cookies.session_key(),
    )
    db.session.commit()
    response = redirect(safe_path(goal), 303)
    cookies.set_session_cookie(response, key)
    return response


def safe_path(address: str) -> str:
    """Return an address if it is a path of this site, else the library: `next` never leads anywhere else."""
    plain = address.isprintable() and "\\" not in address and not address.startswith("//")
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    return address if plain and address.startswith("/") and not (parts.scheme or parts.netloc) else "/"


def _first_owner_page(**shown: Any) -> str:
    """Return the form for the owner's account, with why the code is needed where it was not before."""
    return render_template(
        "accounts/first_owner.html",
        needs_code=not context.actor().role,
        ended=_why_local_mode_ended(),
        **shown,
    )


def _has_accounts() -> bool:
    """Return whether there is an account at all."""
    return bool(g.get("anybody"))


def _error_response(page: str, error: AppError) -> Response:
    response = make_response(page, error.status)
    if error.retry_after:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


def _why_local_mode_ended() -> str:
    """Return what ended local mode; empty when nothing did."""
    ended = g.get("local_mode_ended", "")
    return local_mode.explain(ended) if ended else ""
