"""My account: the name, the password, where one is signed in, and tokens for scripts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint
from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from artworks.accounts import profile, sessions, tokens, users
from artworks.accounts.tokens import IssuedToken
from artworks.core.errors import AppError, NotFound
from artworks.membership import membership
from artworks.web import context, forms
from artworks.web.accounts.login_pages import start_session
from artworks.web.accounts.schemas import WRONG, TokenForm
from artworks.web.permissions import own_account
from models import ROLES, ApiToken, Person, PersonSession, db

pages = APIBlueprint("account", __name__, url_prefix="/account", enable_openapi=False)
DAYS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year"}
USUAL_DAYS = "90"
HAND_HELD = ("iPhone", "iPad", "Android")


@pages.get("")
@own_account
def index() -> ResponseReturnValue:
    """Show one's account, or say that there are none."""
    if not context.actor().named:
        return render_template("accounts/no_accounts.html", off=context.sign_in_is_off())
    return _profile_page(_current_user())


@pages.post("/name")
@own_account
def rename() -> ResponseReturnValue:
    """Change what one is called."""
    person, version = _current_user(), forms.version_of(request.form)
    typed = {"name": request.form.get("name", "")}
    try:
        membership.change(db.session(), person, name=typed["name"], version=version)
    except AppError as error:
        return _page_with_error("name", error, typed)
    db.session.commit()
    flash(f"From now on you are called {person.called}.", "success")
    return redirect("/account", 303)


@pages.post("/password")
@own_account
def change_password() -> ResponseReturnValue:
    """Change one's password, end the other sessions and give this one a new key."""
    person = _current_user()
    try:
        ended = profile.change_password(
            db.session(),
            db.session.commit,
            person,
            context.actor(),
            current=request.form.get("current", ""),
            new=request.form.get("password", ""),
            end_tokens=bool(request.form.get("end_tokens")),
        )
    except AppError as error:
        return _page_with_error("password", error, {"end_tokens": request.form.get("end_tokens", "")})
    elsewhere = f" You were signed out on {_device_count(ended.sessions)}." if ended.sessions else ""
    flash(f"Your password is changed.{elsewhere}{_describe_ended_tokens(person, ended.tokens)}", "success")
    return start_session(person, "password", "/account")


@pages.post("/sessions/<int:session_id>/end")
@own_account
def end_session(session_id: int) -> ResponseReturnValue:
    """Sign out on one device."""
    device = profile.end_session(db.session(), _current_user(), session_id)
    db.session.commit()
    flash(f"{device or 'The device'} is signed out.", "success")
    return redirect("/account#devices", 303)


@pages.post("/sessions/end-others")
@own_account
def end_others() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    ended = profile.end_other_sessions(db.session(), _current_user(), context.actor())
    db.session.commit()
    flash(
        f"You are signed out on {_device_count(ended)}." if ended else "No other device is signed in.",
        "success",
    )
    return redirect("/account#devices", 303)


@pages.post("/tokens")
@own_account
def make_token() -> ResponseReturnValue:
    """Make a token and show its key, this once: no cookie and no address ever carries it."""
    person = _current_user()
    typed = {name: request.form.get(name, "") for name in ("token_name", "role", "days")}
    try:
        given = forms.read(TokenForm, request.form, ("days", "token_name", "role"), WRONG)
        made = tokens.create(db.session(), person, name=given.token_name, role=given.role, days=given.days)
    except AppError as error:
        return _page_with_error("token", error, typed)
    db.session.commit()
    return make_response(_profile_page(person, made=made), 201)


@pages.post("/tokens/<int:token_id>/remove")
@own_account
def remove_token(token_id: int) -> ResponseReturnValue:
    """Remove a token; whatever uses it gets 401 from now on."""
    if not tokens.remove(db.session(), _current_user().id, token_id):
        raise NotFound("This token is not there any more.")
    db.session.commit()
    flash("The token is removed. Scripts that use it are let in no more.", "success")
    return redirect("/account#tokens", 303)


def _describe_ended_tokens(person: Person, ended: int) -> str:
    """Return what became of the tokens when the password changed; nothing where there are none."""
    left = len(tokens.list_valid(db.session(), person.id))
    if ended:
        return " Your token for scripts ended." if ended == 1 else f" Your {ended} tokens for scripts ended."
    return " Tokens for scripts go on working." if left else ""


def _current_user() -> Person:
    """Return the person who calls; raises NotFound where nobody has an account."""
    person_id = context.actor().person_id
    if person_id is None:
        raise NotFound("Nobody has an account here.")
    return users.find(db.session(), person_id)


def _page_with_error(form: str, error: AppError, typed: dict[str, str] | None = None) -> Response:
    """Show the page again with what was wrong in one of its forms, and what was typed there but for passwords."""
    db.session.rollback()
    response = make_response(
        _profile_page(_current_user(), form=form, error=error, typed=typed), error.status
    )
    if error.retry_after:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


def _profile_page(
    person: Person,
    *,
    form: str = "",
    error: AppError | None = None,
    typed: dict[str, str] | None = None,
    made: IssuedToken | None = None,
) -> str:
    session, now = db.session(), datetime.now(UTC)
    devices = [_device_row(one) for one in sessions.of_person(session, person.id, context.session_limits())]
    return render_template(
        "accounts/profile.html",
        person=person,
        # This one first: it is what the others are compared with.
        devices=sorted(devices, key=lambda one: not one["here"]),
        tokens=(
            made_tokens := [_token_row(one, person, now) for one in tokens.list_tokens(session, person.id)]
        ),
        living=[one["row"].name for one in made_tokens if not one["over"]],
        roles=ROLES[: ROLES.index(person.role) + 1],
        days=DAYS,
        form=form,
        error=error,
        typed=typed or {"days": USUAL_DAYS, "role": ROLES[0]},
        made=made,
    )


def _device_row(one: PersonSession) -> dict[str, Any]:
    return {
        "row": one,
        "here": one.id == context.actor().session_id,
        "icon": "phone" if one.device.endswith(HAND_HELD) else "laptop",
    }


def _token_row(one: ApiToken, person: Person, now: datetime) -> dict[str, Any]:
    """Return a token's row with what it may do today: its person may do less than when it was made."""
    return {
        "row": one,
        "role": min(one.role, person.role, key=ROLES.index),
        "over": one.expires_at <= now,
    }


def _device_count(count: int) -> str:
    return "1 other device" if count == 1 else f"{count} other devices"
