"""The folded key, by which names, tags and words are the same however they are written, and the signs of a hashtag.

The database has the same as `name_fold` (schema/versions/0010_folding.py); tests/texts/test_folding.py compares both.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import regex
from sqlalchemy import ColumnElement, cast, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

# Zero-width joiner and non-joiner: format characters that Persian, Indic scripts and emoji need inside a word.
JOINERS = "\u200c\u200d"
# Control characters and Unicode's "default ignorable" signs, which are not drawn: soft hyphen, zero-width spaces, marks
# of direction, variation selectors, fillers. Without the joiners and without the tags that flags are made of.
UNSEEN = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e0fff"
)
# Letters between which a joiner changes what is read or drawn: Arabic to Sinhala, Tibetan to Mongolian and further
# scripts of their kind, and emoji.
JOINED = (
    "\u0600-\u0dff\u0f00-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\ua95f\ua980-\uaaff\uabc0-\uabff"
    "\U00010a00-\U00011fff\u2190-\u2bff\U0001f000-\U0001faff"
)
SPACES = " \t-\r\x1c-\x1f\x85\u1680\u2028\u2029"
_UNSEEN = re.compile(f"[{UNSEEN}]+")
_SPACES = re.compile(f"[{SPACES}]+")
_MORE_JOINERS = re.compile(f"([{JOINERS}])[{JOINERS}]+")
_LOOSE_JOINERS = re.compile(f"(?<![{JOINED}])[{JOINERS}]|[{JOINERS}](?![{JOINED}])")
# The tags of a flag follow its emoji; anywhere else nobody sees them.
_LOOSE_TAGS = re.compile("(?<![\U0001f000-\U0001faff\U000e0020-\U000e007f])[\U000e0020-\U000e007f]+")
# What stands in a hashtag. Emoji are whole: keycaps, what is drawn as a picture because U+FE0F follows, flags of parts
# of a country, colours of skin, and what is joined.
_OF_HASHTAG = regex.compile(
    r"""[0-9*]\ufe0f?\u20e3 | \p{Emoji}(?<![0-9*\#])\ufe0f | \U0001f3f4[\U000e0020-\U000e007f]+
    | [\p{L}\p{M}\p{N}\p{So}\p{Emoji_Modifier}_\u200c\u200d] | (?<=\u200d)(?![0-9*\#])\p{Emoji}""",
    regex.VERBOSE,
)
# The empty pattern of Braille is a sign like others, but blank.
_SEEN = regex.compile(r"[^\p{C}\p{Z}\u2800]")
_SEEN_IN_HASHTAG = regex.compile(r"[^\p{C}\p{Z}\p{M}\u2800_]")


def fold(text: str) -> str:
    """Return the key of a text: two texts that look or mean the same have the same one.

    Case, width and form of letters, inner spaces, variation selectors and what is not drawn make no difference.
    Joiners count inside emoji and in words of scripts that need them.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    # Taken apart first, or an iota below a letter would come before a further accent. Lower case last: Cherokee is
    # folded to capitals by Unicode, which no database does.
    folded = unicodedata.normalize("NFKD", text).casefold().lower()
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", folded))
    folded = _LOOSE_JOINERS.sub("", _MORE_JOINERS.sub(r"\1", folded))
    return _SPACES.sub(" ", _LOOSE_TAGS.sub("", folded)).strip(" ")


def folded_name(name: Any) -> ColumnElement[str]:
    """Return SQL for the key of a name, a column or a text, at most 500 characters long."""
    return func.name_fold(name, type_=Text)


def folded_tag(tag: str) -> ColumnElement[list[str]]:
    """Return SQL for an array of one hashtag, typed with its # or without, as it is compared."""
    return func.image_fold(cast(["#" + bare_tag(tag)], ARRAY(Text)))


def bare_tag(tag: str) -> str:
    """Return a hashtag without its #."""
    return tag.lstrip("#＃")


def signs_of_hashtag(text: str) -> str:
    """Return what of a text belongs in a hashtag: letters, marks, numbers, `_`, whole emoji; not marks alone."""
    kept = "".join(_OF_HASHTAG.findall(text)).strip(JOINERS)
    return kept if _SEEN_IN_HASHTAG.search(fold(kept)) else ""


def is_seen(name: str) -> bool:
    """Return whether there is anything in a name that people can see."""
    return _SEEN.search(fold(name)) is not None


def with_other_slash(name: str) -> list[str]:
    """Return a name with and without spaces around its one slash, as far as it is not written so; [] without one."""
    levels = [level.strip() for level in name.split("/")]
    if len(levels) != 2 or not all(map(is_seen, levels)):
        return []
    return [form for form in ("/".join(levels), " / ".join(levels)) if form != name]
