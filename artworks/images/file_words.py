"""Words that an uploaded file holds, made to fit the fields of a picture; they fill what the person left empty."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from artworks.core.errors import AppError
from artworks.core.fields import LIMITS, LONGEST_HASHTAG, MOST_HASHTAGS
from artworks.core.text import clean_fields, hashtag, unique
from artworks.imaging import renditions
from artworks.imaging.embedded_words.kinds import EmbeddedWords
from artworks.texts.folding import is_seen

_CUT = "…"
log = logging.getLogger(__name__)


def read(path: Path, media_type: str) -> dict[str, Any]:
    """Return the words of a file by the fields that they are for; none for a file that they cannot be read of.

    Nobody is refused a picture for them.
    """
    try:
        return fit(renditions.read_words(path, media_type))
    except (AppError, RuntimeError, ValueError) as error:
        log.warning("The words of an uploaded file could not be read: %s", error)
        return {}


def fit(found: EmbeddedWords) -> dict[str, Any]:
    """Return words cut to what the fields take, at a space and with a mark; a title that is cut begins the description.

    Keywords become the hashtags that a person would have typed; of more than there may be, the first stay.
    """
    title, description = _line(found.title), found.description
    if len(title) > LIMITS["post_title"] and not description.startswith(title):
        description = f"{title}\n\n{description}"
    tags = unique(filter(None, map(hashtag, found.keywords)))
    words = {
        "post_title": _cut(title, LIMITS["post_title"]),
        "description": _cut(description.strip(), LIMITS["description"]),
        "alt_text": _cut(_line(found.alt_text), LIMITS["alt_text"]),
        "hashtags": [tag for tag in tags if len(tag) <= LONGEST_HASHTAG][:MOST_HASHTAGS],
    }
    return clean_fields(
        {field: value for field, value in words.items() if is_seen("".join(value))}, typed=False
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters; a longer one ends after a whole word, if it can, with a mark."""
    if len(text) <= limit:
        return text
    head = text[: limit - len(_CUT)]
    spaces = [place for place, char in enumerate(text[: len(head) + 1]) if char.isspace()]
    return head[: spaces[-1] if spaces else len(head)].rstrip() + _CUT
