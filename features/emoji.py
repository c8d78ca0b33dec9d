"""Telling emoji from other signs, and taking them out of a text without leaving holes."""

from __future__ import annotations

import re
import unicodedata

# What is drawn as a picture by itself, after emoji-data.txt of Unicode 16 (Emoji_Presentation), and the few older
# signs, such as the heart, that are meant as one without being marked. Signs that belong in a text stay: © ™ № ♯ ★.
DRAWN = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2600-\u2604\u2614\u2615\u2618\u261d\u2639\u263a"
    "\u2648-\u2653\u2665\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5"
    "\u26fa\u26fd\u2705\u270a-\u270d\u2728\u2744\u274c\u274e\u2753-\u2755\u2757\u2763\u2764\u2795-\u2797\u27b0\u27bf"
    "\u2b1b\u2b1c\u2b50\u2b55\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f1e6-\U0001f1ff\U0001f201"
    "\U0001f21a\U0001f22f\U0001f232-\U0001f236\U0001f238-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f64f"
    "\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7eb\U0001f7f0\U0001f90c-\U0001f9ff\U0001fa70-\U0001faff"
)
# What is drawn as a picture only where U+FE0F follows or an emoji is joined to it.
MAYBE = (
    "\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
)
MAYBE += "\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f202\U0001f237"
TAIL = "\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
ONE = f"(?:[{DRAWN}]|[{MAYBE}]\ufe0f)(?:[{TAIL}]|\u200d[{DRAWN}{MAYBE}])*\u200d?"
EMOJI = re.compile(ONE)
# Keycaps and coloured © or ™ lose their colour, not their meaning.
COLOURED = re.compile("(?<=[0-9#*©®™‼⁉])\ufe0f?\u20e3|(?<=[0-9#*©®™‼⁉])\ufe0f")
RUN = re.compile(rf"([ \t]*){ONE}(?:[ \t]*{ONE})*([ \t]*)")
CLOSING = ".,;:!?…)]}”’»、。！？"
OPENING = "([{“‘«¿¡"


def has_emoji(text: str) -> bool:
    """Tell whether there is an emoji in a text."""
    return EMOJI.search(text) is not None or COLOURED.search(text) is not None


def without_emoji(text: str) -> str:
    """Take every emoji out of a text, with the space that it leaves too much; other texts come back unchanged."""
    if not has_emoji(text):
        return text
    plain = RUN.sub(_gap, COLOURED.sub("", text))
    return re.sub(r"\n{3,}", "\n\n", plain).strip()


def _gap(run: re.Match[str]) -> str:
    """Give what stands in place of some emoji: a space between words, nothing at an edge or before a full stop."""
    before = run.string[run.start() - 1 : run.start()]
    after = run.string[run.end() : run.end() + 1]
    if before in ("", "\n") or after in ("", "\n") or before in OPENING or after in CLOSING:
        return ""
    glued = not run[1] and not run[2]
    return "" if glued and not (_spaced(before) and _spaced(after)) else " "


def _spaced(char: str) -> bool:
    """Tell whether a letter is of a script that puts spaces between words."""
    return char.isalnum() and unicodedata.category(char) != "Lo"


def tag_without_emoji(tag: str) -> str:
    """Take every emoji out of a hashtag; empty when nothing else was in it."""
    kept = EMOJI.sub("", COLOURED.sub("", tag)).strip("\u200c\u200d\ufe0f")
    return kept if kept != "#" else ""
