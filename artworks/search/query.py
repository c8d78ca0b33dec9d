"""What somebody types into the search box, read into words, phrases and filters; nothing typed is ever an error."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from artworks.texts.search_words import words_of

MOST_WORDS = 12
MOST_TERMS = 8
# Between straight marks stands anything, `\"` and `\\` for a mark and a backslash; between curly ones no other mark.
# What begins with one kind and ends with the other is taken as it is meant.
_STRAIGHT = r'"(?P<{name}_straight>(?:[^"\\]|\\.)*)"'
_CURLY = r'["“”„](?P<{name}_curly>[^"“”„]*){end}'
_TOKEN = re.compile(
    rf"""(?P<minus>-?)(?:(?P<name>[A-Za-z]+):(?:{_STRAIGHT.format(name="value")}"""
    rf"""|{_CURLY.format(name="value", end='["“”„]')}|(?P<value>[^\s"“”„]+))"""
    rf"""|{_STRAIGHT.format(name="phrase")}|{_CURLY.format(name="phrase", end='(?:["“”„]|$)')}"""
    r"""|(?P<word>[^\s"“”„]+))""",
    re.DOTALL,
)
_ESCAPED = re.compile(r'\\(["\\])')

# What a filter is looked for by: text, a moment, or a sign and bytes; a day becomes the moment at which it begins.
TermValue = str | date | datetime | tuple[str, int]


@dataclass(frozen=True)
class FilterTerm:
    """One filter: what it is about, its value as it is looked for, and whether it is turned round by a minus.

    `value` is text, except: a moment for `before` and `after`; a sign and bytes for `size`.
    """

    name: str
    value: TermValue
    negated: bool = False


@dataclass(frozen=True)
class Query:
    """A search, read: words begin words of the picture's text, phrases stand in it as they are, `without` do not.

    `punctuation` is the text itself when there is nothing in it but signs, which no index has.
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


# Makes sense of `name:value`, turned round by a minus or not; None when there is none.
ReadTerm = Callable[[str, str, bool], FilterTerm | None]


def parse(text: str, read_term: ReadTerm) -> Query:
    """Read what was typed; what `read_term` makes no sense of is read as words."""
    words: list[str] = []
    phrases: list[tuple[str, ...]] = []
    without: list[tuple[str, ...]] = []
    terms: list[FilterTerm] = []
    signs: list[str] = []
    for token in _TOKEN.finditer(text):
        minus = bool(token["minus"])
        if token["name"]:
            value = _between(token, "value") or token["value"] or ""
            term = read_term(token["name"].lower(), value.strip(), minus)
            if term and len(terms) < MOST_TERMS:
                terms.append(term)
                continue
        phrase = _between(token, "phrase")
        found = tuple(words_of(token[0].lstrip("-") if phrase is None else phrase)[:MOST_WORDS])
        if not found:
            signs.append(token[0] if phrase is None else phrase)
            continue
        if minus:
            without.append(found)
        elif phrase is not None and len(found) > 1:
            phrases.append(found)
        else:
            words += found
    some = Query(
        tuple(words[:MOST_WORDS]), tuple(phrases[:MOST_WORDS]), tuple(without[:MOST_WORDS]), tuple(terms)
    )
    return some if some != Query() else Query(punctuation=" ".join(" ".join(signs).split()))


def _between(token: re.Match[str], name: str) -> str | None:
    """Return what stands between quotation marks; None where there are none."""
    straight, curly = token[f"{name}_straight"], token[f"{name}_curly"]
    return curly if straight is None else _ESCAPED.sub(r"\1", straight)
