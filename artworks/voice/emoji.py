"""Telling emoji from other signs, and taking them out of a text without leaving holes."""

from __future__ import annotations

import re
import unicodedata

import regex

# What is drawn as a picture by itself, by the Unicode that the library knows, and the few older signs, as the heart,
# that are meant as one without being marked. Signs that belong in a text stay: © ™ № ♯ ★. In the blocks that hold
# little but emoji it is also what some draw as text, and what a later Unicode will add.
DRAWN = (
    r"\p{Emoji_Presentation}☀-☄☘☝☹☺♥✌✍❄❣❤"
    r"[\p{Extended_Pictographic}&&[\U0001f300-\U0001f6ff\U0001f900-\U0001f9ff\U0001fa70-\U0001faff]]"
)
# What is drawn as a picture only where U+FE0F follows, or as a part of one. U+FE0E asks for a letter and no picture.
MAYBE = r"[\p{Emoji}--[0-9#*©®™‼⁉]]"
# Colours of skin, flags of regions, and all that is joined to a whole. Not \X, which also takes accents that follow,
# and for a row of flags a time that grows with the square of its length.
TAIL = rf"(?:[\u200d\ufe0f\u20e3\p{{Emoji_Modifier}}\U000e0020-\U000e007f]|(?<=\u200d){MAYBE})*"
ONE = rf"(?:(?:[{DRAWN}](?!\ufe0e)|{MAYBE}\ufe0f){TAIL})"
EMOJI = regex.compile(ONE, regex.VERSION1)
# Keycaps and coloured © or ™ lose their colour, not their meaning.
COLOURED = regex.compile(r"(?<=[0-9#*©®™‼⁉])[\ufe0f\u20e3]+")
RUN = regex.compile(rf"([ \t]*){ONE}(?:[ \t]*{ONE})*([ \t]*)", regex.VERSION1)
CLOSING = ".,;:!?…)]}”’»、。！？"
OPENING = "([{“‘«¿¡"


def has_emoji(text: str) -> bool:
    """Return whether there is an emoji in a text."""
    return EMOJI.search(text) is not None or COLOURED.search(text) is not None


def without_emoji(text: str) -> str:
    """Return a text without its emoji, and without the space that they leave too much; others come back unchanged."""
    if not has_emoji(text):
        return text
    plain = RUN.sub(_emoji_replacement, COLOURED.sub("", text))
    return re.sub(r"\n{3,}", "\n\n", plain).strip()


def _emoji_replacement(run: regex.Match[str]) -> str:
    """Return what stands in place of some emoji: a space between words, nothing at an edge or before a full stop."""
    before = run.string[run.start() - 1 : run.start()]
    after = run.string[run.end() : run.end() + 1]
    if before in ("", "\n") or after in ("", "\n") or before in OPENING or after in CLOSING:
        return ""
    glued = not run[1] and not run[2]
    return "" if glued and not (_uses_spaces(before) and _uses_spaces(after)) else " "


def _uses_spaces(char: str) -> bool:
    """Return whether a letter is of a script that puts spaces between words."""
    return char.isalnum() and unicodedata.category(char) != "Lo"


def tag_without_emoji(tag: str) -> str:
    """Return a hashtag without its emoji; empty when nothing else was in it."""
    bare = EMOJI.sub("", COLOURED.sub("", tag)).strip("\u200c\u200d\ufe0f")
    return bare if bare != "#" else ""
