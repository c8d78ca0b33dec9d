"""What every template can use: addresses, filters, icons, search hints and the person's own look."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import flask_bootstrap
from apiflask import APIFlask
from flask import Response, request
from markupsafe import Markup

from artworks.core.fields import FIELDS
from artworks.imaging import conversion
from artworks.imaging.colours import colour_names
from artworks.search.filters import SEARCH_FILTERS
from artworks.studio import logo
from artworks.usage import missing_price
from artworks.web import context, image_json
from artworks.web.assets import asset, build_sprite, imported_by
from artworks.web.permissions import mark_foreign, public, requires
from artworks.web.places import places
from models import iso
from utils import human_size

THEMES = ("dark", "light")
VIEWS = ("table", "grid", "wall")
AUTO = "auto"
# The sizes of the wall, from the smallest on (static/css/wall.css).
SIZES = tuple("1234567")
USUAL_SIZE = "3"
View = Callable[[], Response]
BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5"
YEAR = "private, max-age=31536000, immutable"

# What static/js/images/edit_control.js makes of a field edited in place: its label, its element, and whether Enter
# saves it. Each page carries them, so they are short.
FIELDS_FOR_SCRIPTS = {
    field.name: (field.title, "input" if field.is_short else "textarea", int(field.saves_on_enter))
    for field in FIELDS
}

# What static/js/library/search_suggestions.js offers, in order. It asks for them when the search box is first used, so
# that not every page carries them.
SEARCH_HINTS = [
    {"name": row.name, "aliases": row.aliases, "note": row.hint, "values": row.offered}
    for row in SEARCH_FILTERS.values()
]


def register(app: APIFlask, *, max_upload_mb: int) -> None:
    """Add to the templates what they all use, and serve the icons and the search hints."""
    app.before_request(context.refuse_unknown_time_zone)
    mark_foreign(app, "bootstrap.static", public)
    icons = _serve(app, "/icons.svg", public, _sprite(), "image/svg+xml")
    hints = _serve(
        app, "/search-hints.json", requires("viewer"), json.dumps(SEARCH_HINTS), "application/json"
    )

    @app.context_processor
    def names() -> dict[str, Any]:
        dependencies = context.dependencies()
        service = dependencies.ai_settings
        installation = dependencies.installation
        mark = logo.known(installation).mark
        return {
            "urls": image_json.urls,
            "rendition_url": image_json.rendition_url,
            "srcset": image_json.srcset,
            "list_srcset": image_json.list_srcset,
            "shape": image_json.shape,
            "asset": asset,
            "imported_by": imported_by,
            "me": context.actor(),
            "places": places,
            "theme": theme(),
            "letters_are_keys": request.cookies.get("keys") != "off",
            "time_zone": context.time_zone(),
            "zone_named": bool(request.args.get("tz")),
            "for_script": asked_by_script(),
            "view": view(),
            "size": size(),
            "ai": {
                "ready": service.source == "openai",
                "model": service.model,
                "source": service.source,
                "free": missing_price.is_free(service),
                "unpriced": missing_price.missing(service, dependencies.limits.budget_usd),
            },
            "studio": {
                "name": installation.known.config.studio_name,
                "logo": f"/studio/logo?v={mark}" if mark else "",
            },
            "max_upload_mb": max_upload_mb,
            "turned_formats": conversion.offered_formats(),
            "fields_for_scripts": FIELDS_FOR_SCRIPTS,
            "search_hints": hints,
            "icon_sprite": icons,
        }

    app.jinja_env.filters.update(
        ago=ago,
        colour_name=colour_name,
        date=date_in_words,
        day=day,
        day_in_words=day_in_words,
        filesize=human_size,
        moment=moment,
        number=number,
        rows=rows,
        usd=usd,
    )


def asked_by_script() -> bool:
    """Return whether one of our scripts asks for a page or a piece of one (static/js/core/http.js), and no person."""
    return request.headers.get("Accept") == "text/html"


def _serve(app: APIFlask, path: str, rule: Callable[[View], View], content: str, media_type: str) -> str:
    """Serve what changes with the program alone; return its address, with a mark of the content for the caches."""
    mark = hashlib.sha256(content.encode()).hexdigest()[:8]

    def serve() -> Response:
        response = Response(content, mimetype=media_type, headers={"Cache-Control": YEAR})
        response.set_etag(mark)
        response.make_conditional(request)
        return response

    name = path.strip("/").partition(".")[0].replace("-", "_")
    app.add_url_rule(path, name, rule(app.doc(hide=True)(serve)))
    return f"{path}?v={mark}"


@cache
def _sprite() -> str:
    """Return the sprite of icons; it is cut once, however many applications the tests make."""
    return build_sprite((BOOTSTRAP / "icons" / "bootstrap-icons.svg").read_text(encoding="utf-8"))


def theme() -> str:
    """Return the person's theme, dark unless they chose otherwise."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else THEMES[0]


def view() -> str:
    """Return the person's view of the library: the address first, then what they chose last.

    Where nobody chose it is "auto", the table, which style sheets hang as a wall where the window is narrow. A list
    that was begun so asks for more of it with `?view=auto`.
    """
    for chosen in (request.args.get("view", ""), request.cookies.get("view", "")):
        if chosen in (*VIEWS, AUTO):
            return chosen
    return AUTO


def size() -> str:
    """Return the size of the wall that the person chose last."""
    chosen = request.cookies.get("size", "")
    return chosen if chosen in SIZES else USUAL_SIZE


def ago(at: datetime) -> Markup:
    """Return how long ago something was, as an element that tells its day and time to whoever points at it."""
    return _time_element(at, _age_in_words(at))


def moment(at: datetime) -> Markup:
    """Return the day and time of a moment where the caller is."""
    return _time_element(at, f"{day_in_words(at)}, {at.astimezone(context.time_zone()):%H:%M}")


def day(at: datetime) -> Markup:
    """Return the day of a moment where the caller is."""
    return _time_element(at, day_in_words(at), "day")


def day_in_words(at: datetime) -> str:
    """Return the day of a moment where the caller is as plain text, for where no element can stand."""
    return date_in_words(at.astimezone(context.time_zone()))


def date_in_words(day: date, form: str = "{day} {month} {year}") -> str:
    """Return a day of the calendar in a form of which {weekday}, {day}, {month} and {year} are parts."""
    return form.format(day=day.day, month=f"{day:%B}", year=f"{day.year:04}", weekday=f"{day:%A}")


def _time_element(at: datetime, text: str, kind: str = "") -> Markup:
    """Return a time as an element, whose title names the zone; static/js/core/local_time.js may tell it better."""
    zone = context.time_zone()
    local = at.astimezone(zone)
    title = f"{date_in_words(local)}, {local:%H:%M} ({zone})"
    return Markup('<time datetime="{}" title="{}" data-local-time="{}">{}</time>').format(
        iso(at), title, kind, text
    )


def _age_in_words(at: datetime) -> str:
    seconds = max(0, int((datetime.now(UTC) - at).total_seconds()))
    if seconds < 60:
        return "just now"
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            if word == "day" and count > 30:
                return f"on {day_in_words(at)}"
            return f"{count} {word}{'s' if count != 1 else ''} ago"
    raise AssertionError


def number(value: int) -> str:
    """Write a whole number with commas between thousands."""
    return f"{value:,}"


def count_pictures(count: int) -> str:
    """Return a number of pictures: "1 picture", "1,200 pictures"."""
    return f"{number(count)} picture{'' if count == 1 else 's'}"


def rows(text: str, columns: int, least: int = 1) -> int:
    """Return how many rows a text area of so many columns needs at most, so that it can be read without scripts.

    A column is as wide as a Latin letter. Where a browser fits the height to the words (base.css,
    text_area_height.js), the number only holds until it has.
    """
    widths = (
        sum(1 + (unicodedata.east_asian_width(one) in "WF") for one in line) for line in text.split("\n")
    )
    return max(least, sum(max(1, -(-width // columns)) for width in widths))


def colour_name(colour: str) -> str:
    """Return the plain name of a "#rrggbb" colour."""
    return colour_names([colour])[0]


def usd(value: Decimal | float) -> str:
    """Write an amount of dollars: cents, and small amounts to the last digit that matters."""
    amount = Decimal(str(value))
    return f"${amount:,.2f}" if amount >= Decimal("0.1") or not amount else f"${amount:.4f}"
