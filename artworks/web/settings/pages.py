"""The settings page: what is set, and changing it; and the person's own look."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from artworks.core.database import LARGEST_ID
from artworks.core.errors import AppError, Invalid
from artworks.settings import changes
from artworks.settings.installation import AI_KEY
from artworks.studio import logo
from artworks.usage import budget
from artworks.web import context, forms
from artworks.web.permissions import anonymous, owner_in_person, requires
from artworks.web.settings import presenters
from artworks.web.settings.api import save_key, save_setting, try_service
from artworks.web.settings.schemas import KeyIn, SettingIn
from artworks.web.templating import SIZES, THEMES, VIEWS
from models import Person, db

pages = APIBlueprint("settings", __name__, enable_openapi=False)
YEAR = 365 * 24 * 3600


@pages.get("/settings")
@requires("owner")
def index() -> ResponseReturnValue:
    """Show what is set and what the month has cost; or, for the page's script, the part about the key."""
    if request.args.get("fragment") == "key":
        return render_template("settings/_key.html", **_key_parts())
    return _page()


@pages.post("/settings/values/<name>")
@owner_in_person
def change_page(name: str) -> ResponseReturnValue:
    """Change a setting with a plain form; with a mistake the page comes back with what was typed."""
    typed = request.form.get("value", "")
    try:
        values = {"value": typed, "version": _seen()}
        save_setting(name, forms.check(SettingIn, values))
    except AppError as error:
        return page_with_error(name, error, typed)
    flash("Saved.", "success")
    return redirect(f"/settings#setting-{name}", 303)


@pages.post("/settings/key")
@owner_in_person
def key_page() -> ResponseReturnValue:
    """Keep the key of the AI service with a plain form, or forget it; what was typed never comes back."""
    values = {name: request.form.get(name, "") for name in ("key", "password")}
    forget = "forget" in request.form
    try:
        if not forget and not values["key"].strip():
            raise Invalid("Paste the key.", field="key")
        values["key"] = "" if forget else values["key"]
        save_key(forms.check(KeyIn, {**values, "version": _seen()}))
    except AppError as error:
        return page_with_error(AI_KEY, error)
    flash("The key is forgotten." if forget else "The key is kept.", "success")
    return redirect("/settings#setting-key", 303)


@pages.post("/settings/test")
@owner_in_person
def test_page() -> ResponseReturnValue:
    """Try the AI service, for a reader without JavaScript."""
    try:
        return make_response(_page(trial=try_service()))
    except AppError as error:
        return page_with_error("test", error)


def _seen() -> int:
    return min(forms.seen_version(request.form, "version"), LARGEST_ID)


def _page(**more: Any) -> str:
    session, dependencies = db.session(), context.dependencies()
    spending = budget.month_spending(session, dependencies.limits)
    spend = {
        "month_usd": spending.usd,
        "budget_usd": spending.budget_usd,
        "share": spending.share,
        "calls": spending.calls,
    }
    return render_template(
        "settings/index.html",
        groups=presenters.status_groups(),
        price=presenters.price_in_words(),
        spend=spend,
        states=changes.states(session, dependencies.installation),
        logo=logo.stored(session, dependencies.installation),
        fields=presenters.FIELDS,
        shown_value=presenters.shown_value,
        **_key_parts(),
        **more,
    )


def _key_parts() -> dict[str, Any]:
    key = changes.key_state(db.session(), context.dependencies().installation)
    return {"key": key, "asks_password": asks_password()}


def asks_password() -> bool:
    """Return whether who calls has a password to type once more for a key."""
    person_id = context.actor().person_id
    person = db.session().get(Person, person_id) if person_id is not None else None
    return person is not None and person.password_hash is not None


def page_with_error(name: str, error: AppError, typed: str = "") -> Response:
    """Show the page again with what was wrong at one of its fields, and what was typed there but for secrets."""
    db.session.rollback()
    response = make_response(_page(wrong=name, error=error, typed=typed), error.status)
    if error.retry_after:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


@pages.post("/preferences")
@anonymous
def preferences() -> ResponseReturnValue:
    """Remember the theme, the view, the size of the wall, or whether letters are keys, in a cookie of this browser."""
    given = request.get_json() if request.is_json else request.form.to_dict()
    choices = {"theme": THEMES, "view": VIEWS, "size": SIZES, "keys": ("on", "off")}
    if (
        not isinstance(given, dict)
        or not given
        or any(given[name] not in choices.get(name, ()) for name in given)
    ):
        raise Invalid("Choose dark or light; table, grid or wall; a size from 1 to 7; keys on or off.")
    response = make_response("", 204) if request.is_json else redirect(_return_path(given), 303)
    for name, value in given.items():
        response.set_cookie(
            name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure
        )
    return response


def _return_path(chosen: Collection[str]) -> str:
    """Return the page the form was on, by its path alone: never another site. Its query leaves out what was chosen."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return "/"
    path = "/" + parts.path.lstrip("/\\")
    query = "&".join(part for part in parts.query.split("&") if part.partition("=")[0] not in chosen)
    return f"{path}?{query}" if query else path
