"""The category that a model chose, in the spelling of one that exists."""

from __future__ import annotations

import re

from artworks.ai.reading.plain_text import is_nothing
from artworks.texts.folding import fold

_ARROWS = r"\s*(?:[=-]{0,2}[>»›→|＞｜⟩❯▸►▶➔➜➞⇒]|::)+\s*"
_LEVELS = re.compile(rf"{_ARROWS}|\s+[-–—/\\:]\s+|\s*[/／\\:：]\s*")
# What separates levels and nothing else, also where the category is a new one.
_SURE_LEVELS = re.compile(rf"{_ARROWS}|\s+[-–—/\\]\s+")
_ENDS = " \t\n.。,;#＃<>/\\|›»→"
# What a model says about a category that does not exist yet.
_NEW = (
    "new(?: category)?|suggested|suggestion|proposed|neu(?:e kategorie)?"
    "|nouveau|nouvelle|nuev[oa]|nov[oa]|nuov[oa]|nieuw"
)
_NEW_BEFORE = re.compile(rf"\A(?:{_NEW})\s*[:：]\s*", re.IGNORECASE)
_NEW_BEHIND = re.compile(rf"\s*[(\[（](?:{_NEW})[)\]）]\s*\Z", re.IGNORECASE)
_REMARK = re.compile(r"\s*[(\[（][^()\[\]（）]*[)\]）]\s*\Z")
_LIST_MARK = re.compile(r"\A\s*(?:[-*+•]\s+|\(?\d{1,2}[.)]\s+)+(?=\S)")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟″＂", '"') | dict.fromkeys("‘’‚‛′ʼ＇", "'"))
# Signs that stand for a space or for the end of a level in names that models squeeze: prints_linocut.
_LOOSE = re.compile(r"[\s._•·/\\|>»›→:：／()\[\]–—-]+")
# What may join two words of a name, in any of the languages that names are likely in.
_AND = re.compile(r"(?<=\s)(?:and|und|et|y|e|en|og|och|i|и)(?=\s)")
_PLURAL = re.compile(r"(?<=[^\W\d_]{3})(?:(?<=s|x|z|h)es|(?<!s)s)\b")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOTHING_BELOW = re.compile(r"(.+?)\s*[/／\\:：>]\s*(.+)")
# A level is a name; what is longer is talk about it.
_LONGEST_LEVEL = 40


def match_category(text: str, existing: list[str]) -> str:
    """Return the existing category that a text means, however its levels are separated; else the text as a new one.

    Lines are levels, or several categories, of which the first one is taken. A new one has two levels at most:
    "Prints / Linocut".
    """
    lines = [_bare(line) if line not in existing else line for line in _lines(text)]
    if len(lines) < 2:
        return _match("".join(lines), existing)
    whole = _known(" / ".join(lines[:2]), existing)
    if whole or not _are_levels(lines, existing):
        return (
            whole
            or next(filter(None, (_known(line, existing) for line in lines)), "")
            or _match(lines[0], existing)
        )
    return _match(" / ".join(lines[:2]), existing)


def _lines(text: str) -> list[str]:
    return [line for line in (" ".join(one.split()).strip(_ENDS) for one in text.splitlines()) if line]


def _bare(line: str) -> str:
    """Return a line without a list's mark, and without saying that it is a new one."""
    return _NEW_BEHIND.sub("", _NEW_BEFORE.sub("", _LIST_MARK.sub("", line)))


def _are_levels(lines: list[str], existing: list[str]) -> bool:
    """Return whether lines are the levels of one category, and not several categories to choose from."""
    others = {_folded(name) for name in existing} | _first_levels(existing).keys()
    return not any(
        len(line) > _LONGEST_LEVEL or len(_LEVELS.split(line)) > 1 or (place and _folded(line) in others)
        for place, line in enumerate(lines[:2])
    )


def _match(line: str, existing: list[str]) -> str:
    for candidate in (line, _REMARK.sub("", line)):
        if found := _known(candidate, existing):
            return found
    known = {_folded(name): name for name in reversed(existing)}
    for candidate in re.split(r"\s*[,;、，]\s*", line):
        if name := known.get(_folded(candidate)):
            return name
    return _new(line, existing)


def _known(text: str, existing: list[str]) -> str:
    """Return the category that exists by its name, by its words, or by its last level where only one has that."""
    names = list(dict.fromkeys(existing))
    for key in (_folded, _loose, _looser):
        if found := [name for name in names if key(name) == key(text) != ""]:
            return found[0] if key is _folded or len(found) == 1 else ""
    for key in (_loose, _looser):
        leaves = [
            name for name in names if " / " in name and key(name.rsplit(" / ", 1)[1]) == key(text) != ""
        ]
        if leaves:
            return leaves[0] if len(leaves) == 1 else ""
    return ""


def _new(line: str, existing: list[str]) -> str:
    """Return a category of two levels at most, as it exists or as a new one below one that exists."""
    if (bare := _NOTHING_BELOW.match(line)) and is_nothing(bare[2]):
        return _known(bare[1], existing) or bare[1]
    levels = _SURE_LEVELS.split(line)
    whole = re.split(r"\s*[/／\\:：]\s*", line)
    first_levels = _first_levels(existing)
    if len(levels) == 1 and len(whole) > 1 and _folded(whole[0]) in first_levels:
        levels = whole
    levels = [level.strip(_ENDS) for level in levels if not is_nothing(level.strip(_ENDS))][:2]
    if len(levels) < 2:
        return "".join(levels)
    levels[0] = first_levels.get(_folded(levels[0]), levels[0])
    name = " / ".join(levels)
    return _known(name, existing) or name


def _first_levels(existing: list[str]) -> dict[str, str]:
    """Return the first levels of the categories, by their folded names."""
    return {_folded(first): first for first in (name.split(" / ")[0] for name in reversed(existing))}


def _folded(name: str) -> str:
    """Return a name as it is compared, with one sign between its levels and with straight quotes."""
    folded = fold(name.translate(_QUOTES)).strip(_ENDS)
    return "/".join(level.strip() for level in _LEVELS.split(folded) if level.strip())


def _loose(name: str) -> str:
    """Return the words of a name alone, whatever joins them."""
    return _LOOSE.sub(" ", fold(_CAMEL.sub(" ", name.translate(_QUOTES)))).strip(_ENDS)


def _looser(name: str) -> str:
    """Return the same with one sign for "and", and without the endings of English plurals."""
    return _PLURAL.sub("", _AND.sub("&", _loose(name)))
