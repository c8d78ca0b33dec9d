"""How texts, hashtags and names are cleaned and measured before they are stored."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from artworks.core.errors import Conflict, Invalid
from artworks.core.fields import LABELS, LIMITS, LONGEST_HASHTAG, MOST_HASHTAGS
from artworks.texts.folding import fold, is_seen, signs_of_hashtag
from models import STATUSES

LONGEST_NOTE = 2000
LONGEST_NAME = 80
WRONG_STATUS = "The status must be new, draft or ready."

# What separates tags in a typed line: spaces, commas and semicolons of any script, and the next `#`.
SEPARATORS = str.maketrans(dict.fromkeys(",;，、；،؛", " ") | {"＃": " #", "#": " #"})


def clean(value: object, field: str, limit: int | None = None) -> str:
    """Return `value` in Unicode NFC, trimmed.

    Raises Invalid for anything but text, for NUL and lone surrogates (PostgreSQL cannot hold them) and for text
    longer than `limit` characters (the contract's, when not given).
    """
    label = LABELS.get(field, field)
    if not isinstance(value, str):
        raise Invalid(f"The {label} must be text.", field=field)
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value):
        raise Invalid(f"The {label} has a character that cannot be kept.", field=field)
    text = unicodedata.normalize("NFC", value).strip()
    most = LIMITS.get(field, LONGEST_NOTE) if limit is None else limit
    if len(text) > most:
        raise Invalid(f"The {label} is {len(text):,} characters long. The limit is {most:,}.", field=field)
    return text


def hashtag(raw: str) -> str:
    """Return one tag with a leading `#` and neither spaces nor punctuation; empty when nothing is left."""
    # Composed last: what was taken out may have stood between a letter and its accent.
    kept = unicodedata.normalize("NFC", signs_of_hashtag(raw))
    return f"#{kept}" if kept else ""


def hashtags(value: object) -> list[str]:
    """Read hashtags from a list or from one line split at spaces and commas.

    Duplicates are dropped however they are written, the order is kept. Raises Invalid for other shapes, more than 60
    tags or a tag of more than 100 characters.
    """
    if isinstance(value, str):
        parts: list[Any] = clean(value, "hashtags", 20_000).translate(SEPARATORS).split()
    elif isinstance(value, list):
        parts = [clean(part, "hashtags", 2000) for part in value]
    else:
        raise Invalid("The hashtags must be a list or one line of text.", field="hashtags")
    tags = unique(filter(None, map(hashtag, parts)))
    if len(tags) > MOST_HASHTAGS:
        raise Invalid(f"There are {len(tags)} hashtags. The limit is {MOST_HASHTAGS}.", field="hashtags")
    for tag in tags:
        if len(tag) > LONGEST_HASHTAG:
            raise Invalid(f"A hashtag is longer than {LONGEST_HASHTAG} characters.", field="hashtags")
    return tags


def typed_hashtags(value: object, field: str = "hashtags") -> list[str]:
    """Read what a person typed as hashtags; raises Invalid naming the field, also when there is none in it."""
    try:
        tags = hashtags(value)
    except Invalid as error:
        raise Invalid(error.message, field=field) from None
    typed = "".join(map(str, value)) if isinstance(value, list) else str(value)
    if not tags and is_seen(typed.translate(dict.fromkeys(SEPARATORS))):
        raise Invalid(
            f"“{typed[:60]}” has no hashtag in it: it takes a letter, a digit or an emoji.", field=field
        )
    return tags


def unique(tags: Iterable[str]) -> list[str]:
    """Drop repeated tags, compared by their folded key; the first one stays."""
    first: dict[str, str] = {}
    for tag in tags:
        first.setdefault(fold(tag), tag)
    return list(first.values())


def clean_fields(changes: Mapping[str, Any], *, typed: bool = True) -> dict[str, Any]:
    """Clean every given field of the contract; raises Invalid naming the field, also for an unknown one.

    What a model wrote is not `typed`: hashtags without one are none, and no reason to refuse what else it wrote.
    """
    cleaned: dict[str, Any] = {}
    for field, value in changes.items():
        if field == "hashtags":
            cleaned[field] = typed_hashtags(value) if typed else hashtags(value)
        elif field == "status":
            if value not in STATUSES:
                raise Invalid(WRONG_STATUS, field="status")
            cleaned[field] = value
        elif field in LIMITS:
            text = clean(value, field)
            # A category that nobody could see is refused to a person, and none for a model; any other text that is
            # made of signs that are not drawn is none for both.
            is_text = typed if field == "category" else bool(fold(text))
            cleaned[field] = text if is_text or is_seen(text) else ""
        else:
            raise Invalid(f"There is no field called {field[:60]}.", field=field[:60])
    return cleaned


def clean_name(value: object) -> str:
    """Return a name in one line; raises Invalid for an empty or too long one, and for one that nobody could see."""
    text = clean(value, "name", 10 * LONGEST_NAME)
    name = clean(" ".join(text.split()), "name", LONGEST_NAME)
    if not is_seen(name):
        raise Invalid("Give it a name.", field="name")
    return name


@contextmanager
def unique_name_or_conflict(session: Session, what: str, name: str) -> Iterator[None]:
    """Write what is set or added inside; raises Conflict when the name is taken, and everything before it stays."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError:
        raise Conflict(f"There is a {what} called “{name}” already.", field="name") from None
