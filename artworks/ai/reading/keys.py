"""The names that models give to the fields of an answer: ours, and the spellings that they fall into."""

from __future__ import annotations

import re
import unicodedata

from artworks.ai.reading.labels import field_named
from artworks.core.fields import AI_FIELDS

# In lower case without spaces and signs, best first; the field's own name and label go before them.
_MORE: dict[str, tuple[str, ...]] = {
    "post_title": ("title", "headline", "imagetitle", "artworktitle", "picturetitle"),
    "description": ("desc", "postdescription", "imagedescription", "artworkdescription"),
    "hashtags": ("hashtag", "tags", "hashtaglist", "posthashtags", "keywords", "keyword", "taglist"),
    "category": ("categories", "categoryname", "postcategory"),
    "key_points": ("keypoint", "points", "keyfacts", "bulletpoints", "keydetails"),
    "alt_text": (
        "alt",
        "alternativetext",
        "alternatetext",
        "imagealt",
        "imagealttext",
        "alttag",
        "altdescription",
    ),
}


def squeeze(name: str) -> str:
    """Return a name without what spellings differ in: case, spaces, `_` and other signs."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in folded if char.isalnum())


def _spellings() -> dict[str, tuple[str, ...]]:
    """Return the squeezed spellings of each field, best first."""
    return {
        field.name: tuple(
            dict.fromkeys([squeeze(field.name), squeeze(field.label), *_MORE.get(field.name, ())])
        )
        for field in AI_FIELDS
    }


SPELLINGS = _spellings()
FIELD_OF = {spelling: field for field, spellings in SPELLINGS.items() for spelling in spellings}
_NUMBER = re.compile(r"\A\W*\d{1,2}[.)]\s*")


def field_of(key: object) -> str | None:
    """Return the field that a key of an answer means; None for any other key."""
    if not isinstance(key, str) or len(key) > 60:
        return None
    if key in SPELLINGS:
        return key
    bare = _NUMBER.sub("", key)
    return FIELD_OF.get(squeeze(bare)) or field_named(bare)


def rank_of(key: str) -> int:
    """Return how well a key names its field: 0 is the field's own name, the last are names in other languages."""
    field = field_of(key)
    if field is None:
        return len(FIELD_OF)
    if key == field:
        return 0
    spelling = squeeze(_NUMBER.sub("", key))
    return SPELLINGS[field].index(spelling) + 1 if spelling in SPELLINGS[field] else len(FIELD_OF) - 1
