"""What stands behind a filter, read into what is looked for; nonsense is None, and then read as words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, tzinfo

from artworks.adapters.time_zones import time_zone
from artworks.core.errors import Invalid
from artworks.core.fields import FIELDS
from artworks.core.text import WRONG_STATUS
from artworks.search import palette
from artworks.texts.folding import bare_tag, is_seen
from models import STATUSES

LONGEST_QUERY = 200
# What one may ask for by `has:` and `missing:`, under every name that comes to mind; the first of each is offered.
PARTS = {name: field.name for field in FIELDS for name in field.search_names} | {"suggestion": "suggestion"}
OFFERED_PARTS = (*(field.search_names[0] for field in FIELDS), "suggestion")
ORIGINS = {"ai": "ai", "me": "me", "you": "me", "placeholder": "placeholder", "file": "file"}
ORIENTATIONS = ("portrait", "landscape", "square")
UNITS = {"": 1, "b": 1, "kb": 1024, "k": 1024, "mb": 1024**2, "m": 1024**2, "gb": 1024**3}
_SIZE = re.compile(r"(<=|>=|<|>)?(\d{1,9}(?:\.\d{1,3})?)([kmg]?b?)", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


def visible_name(value: str) -> str | None:
    """Return a name or tag as it is typed, when there is anything to see in it: an emoji is a tag, too."""
    return value if is_seen(bare_tag(value)) else None


def one_of(choices: Sequence[str] | Mapping[str, str]) -> Callable[[str], str | None]:
    """Return what reads one of a few words, whatever its case; of a mapping what the word stands for."""
    meanings = choices if isinstance(choices, Mapping) else {choice: choice for choice in choices}
    return lambda value: meanings.get(value.lower())


def first_day(value: str) -> date | None:
    """Read a year, month or day as its first day."""
    return _date_bound(value, end=False)


def day_after(value: str) -> date | None:
    """Read a year, month or day as the day after its end."""
    return _date_bound(value, end=True)


def _date_bound(value: str, *, end: bool) -> date | None:
    match = _DATE.fullmatch(value)
    if not match:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        begin = date(year or 0, month or 1, day or 1)
        if not end:
            return begin
        if day:
            return date.fromordinal(begin.toordinal() + 1)
        if not month or month == 12:
            return begin.replace(year=begin.year + 1, month=1)
        return begin.replace(month=month + 1)
    except (ValueError, OverflowError):
        return None


def size_bound(value: str) -> tuple[str, int] | None:
    """Read ">2mb" as a sign and bytes; without a sign, at least that much."""
    match = _SIZE.fullmatch(value.lower())
    if not match or match[3] not in UNITS:
        return None
    return match[1] or ">=", int(float(match[2]) * UNITS[match[3]])


def clean_text(value: str) -> str:
    """Return a text of an address, composed like the stored words, or a decomposed "é" would find nothing."""
    return unicodedata.normalize("NFC", value.replace("\0", "")).strip()[:LONGEST_QUERY]


def check_status(value: str) -> str:
    """Return a status; raises Invalid."""
    if value not in STATUSES:
        raise Invalid(WRONG_STATUS, field="status")
    return value


def check_collection(value: str) -> str:
    """Return the id of a collection; raises Invalid for what cannot be one."""
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise Invalid("There is no such collection.", field="collection")
    return value


def check_zone(value: str) -> tzinfo:
    """Return the time zone of a name; raises Invalid."""
    try:
        return time_zone(value)
    except ValueError as error:
        raise Invalid(str(error), field="tz") from None


def check_colour(value: str) -> str:
    """Return a colour as it is looked for; raises Invalid."""
    found = palette.colour_named(value)
    if found is None:
        raise Invalid("A colour is a plain name such as teal, or #rrggbb.", field="colour")
    return found
