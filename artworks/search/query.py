"""What somebody types into the search box, read into words, phrases and filters; nothing typed is ever an error."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from artworks.search.palette import colour_named
from models import STATUSES

MOST_WORDS = 12
MOST_TERMS = 8
# What one may ask for by `has:` and `missing:`, under every name that comes to mind.
PARTS = {
    "title": "post_title",
    "description": "description",
    "text": "description",
    "tags": "hashtags",
    "hashtags": "hashtags",
    "category": "category",
    "notes": "key_points",
    "points": "key_points",
    "alt": "alt_text",
    "suggestion": "suggestion",
}
ORIGINS = {"ai": "ai", "me": "me", "you": "me", "placeholder": "placeholder"}
ORIENTATIONS = ("portrait", "landscape", "square")
UNITS = {"": 1, "b": 1, "kb": 1024, "k": 1024, "mb": 1024**2, "m": 1024**2, "gb": 1024**3}
_TOKEN = re.compile(
    r"""(?P<minus>-?)(?:(?P<name>[A-Za-z]+):(?:["“”„](?P<quoted>[^"“”„]*)["“”„]|(?P<value>[^\s"“”„]+))"""
    r"""|["“”„](?P<phrase>[^"“”„]*)(?:["“”„]|$)|(?P<word>[^\s"“”„]+))"""
)
_SIZE = re.compile(r"(<=|>=|<|>)?(\d{1,9}(?:\.\d{1,3})?)([kmg]?b?)", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


@dataclass(frozen=True)
class FilterTerm:
    """One filter: what it is about, its value as it is looked for, and whether it is turned round by a minus.

    `value` is text, except: a moment for `before` and `after`; a sign and bytes for `size`.
    """

    name: str
    value: str | datetime | tuple[str, int]
    negated: bool = False


@dataclass(frozen=True)
class Query:
    """A search, read: words begin words of the picture's text, phrases stand in it as they are, `without` do not.

    `signs` is the text itself when there is nothing in it but signs, which no index has.
    """

    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    without: tuple[tuple[str, ...], ...] = ()
    terms: tuple[FilterTerm, ...] = ()
    punctuation: str = ""

    @property
    def ranks(self) -> bool:
        """Return whether one picture can answer it better than another."""
        return bool(self.words or self.phrases)


def words_of(text: str) -> list[str]:
    """Split a text into words: runs of letters, marks and digits of any script, at most 12."""
    spaced = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text)
    return spaced.split()[:MOST_WORDS]


@lru_cache(maxsize=64)
def parse(text: str) -> Query:
    """Read what was typed; a filter that makes no sense is read as words."""
    words: list[str] = []
    phrases: list[tuple[str, ...]] = []
    without: list[tuple[str, ...]] = []
    terms: list[FilterTerm] = []
    for token in _TOKEN.finditer(text):
        minus = bool(token["minus"])
        if token["name"]:
            term = _filter_term(token["name"].lower(), token["quoted"] or token["value"] or "", minus)
            if term and len(terms) < MOST_TERMS:
                terms.append(term)
                continue
        typed = token["phrase"] if token["phrase"] is not None else token[0].lstrip("-")
        found = tuple(words_of(typed))
        if not found:
            continue
        if minus:
            without.append(found)
        elif token["phrase"] is not None and len(found) > 1:
            phrases.append(found)
        else:
            words += found
    some = Query(
        tuple(words[:MOST_WORDS]), tuple(phrases[:MOST_WORDS]), tuple(without[:MOST_WORDS]), tuple(terms)
    )
    return some if some != Query() else Query(punctuation=text.strip())


def _filter_term(name: str, value: str, negated: bool) -> FilterTerm | None:
    """Make sense of `name:value`; None when there is none."""
    found = _term_value(name, value.strip())
    return FilterTerm("colour" if name == "color" else name, found, negated) if found else None


def _term_value(name: str, value: str) -> str | datetime | tuple[str, int] | None:
    folded = value.lower()
    if name in ("tag", "category", "collection"):
        return value if words_of(value) else None
    if name == "status":
        return folded if folded in STATUSES else None
    if name in ("has", "missing"):
        return PARTS.get(folded)
    if name == "by":
        return ORIGINS.get(folded)
    if name == "orientation":
        return folded if folded in ORIENTATIONS else None
    if name in ("colour", "color"):
        return colour_named(folded)
    if name in ("before", "after"):
        return _date_bound(folded, end=name == "after")
    return _size_bound(folded) if name == "size" else None


def _date_bound(value: str, *, end: bool) -> datetime | None:
    """Read a year, month or day (UTC) as its beginning, or as the moment after its end."""
    match = _DATE.fullmatch(value)
    if not match:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        begin = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
        if not end:
            return begin
        if day:
            return datetime.fromordinal(begin.toordinal() + 1).replace(tzinfo=UTC)
        if not month or month == 12:
            return begin.replace(year=begin.year + 1, month=1)
        return begin.replace(month=month + 1)
    except (ValueError, OverflowError):
        return None


def _size_bound(value: str) -> tuple[str, int] | None:
    """Read ">2mb" as a sign and bytes; without a sign, at least that much."""
    match = _SIZE.fullmatch(value)
    if not match or match[3] not in UNITS:
        return None
    return match[1] or ">=", int(float(match[2]) * UNITS[match[3]])
