"""The category that a model chose, in the spelling of one that exists."""

from __future__ import annotations

import re

from artworks.texts.folding import fold

_LEVELS = re.compile(r"\s*(?:[>»›→|＞｜⟩❯]|::)+\s*|\s+[-–—/\\:]\s+|\s*[/／\\:：]\s*")
# What separates levels and nothing else, also where the category is a new one.
_SURE_LEVELS = re.compile(r"\s*(?:[>»›→|＞｜⟩❯]|::)+\s*|\s+[-–—/\\]\s+")
_ENDS = " \t\n.。,;"
_REMARK = re.compile(r"\s*[(\[（][^()\[\]（）]*[)\]）]\s*\Z")


def match_category(text: str, existing: list[str]) -> str:
    """Return the existing category that a text means, however its levels are separated; else the text as a new one.

    A new one has two levels at most: "Prints / Linocut".
    """
    line = " ".join(text.split()).strip(_ENDS)
    known = {_folded(name): name for name in reversed(existing)}
    for candidate in (line, _REMARK.sub("", line), *re.split(r"\s*[,;、，]\s*", line)):
        if (found := known.get(_folded(candidate))) is not None:
            return found
    levels = _SURE_LEVELS.split(line)
    whole = re.split(r"\s*[/／\\:：]\s*", line)
    if len(levels) == 1 and len(whole) > 1 and _folded(whole[0]) in _first_levels(existing):
        levels = whole
    return " / ".join([level.strip(_ENDS) for level in levels if level.strip(_ENDS)][:2])


def _first_levels(existing: list[str]) -> set[str]:
    return {_folded(name.split(" / ")[0]) for name in existing}


def _folded(name: str) -> str:
    """Return a name as it is compared, and with one sign between its levels."""
    return "/".join(level.strip() for level in _LEVELS.split(fold(name).strip(_ENDS)) if level.strip())
