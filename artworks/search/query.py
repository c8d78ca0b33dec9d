"""What somebody types into the search box, read into words, phrases and filters; nothing typed is ever an error."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

MOST_WORDS = 12
MOST_TERMS = 8
_TOKEN = re.compile(
    r"""(?P<minus>-?)(?:(?P<name>[A-Za-z]+):(?:["“”„](?P<quoted>[^"“”„]*)["“”„]|(?P<value>[^\s"“”„]+))"""
    r"""|["“”„](?P<phrase>[^"“”„]*)(?:["“”„]|$)|(?P<word>[^\s"“”„]+))"""
)

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


# Makes sense of `name:value`, turned round by a minus or not; None when there is none.
ReadTerm = Callable[[str, str, bool], FilterTerm | None]


def words_of(text: str) -> list[str]:
    """Return the words of a text: runs of letters, marks and digits of any script, at most 12."""
    spaced = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text)
    return spaced.split()[:MOST_WORDS]


def parse(text: str, read_term: ReadTerm) -> Query:
    """Read what was typed; what `read_term` makes no sense of is read as words."""
    words: list[str] = []
    phrases: list[tuple[str, ...]] = []
    without: list[tuple[str, ...]] = []
    terms: list[FilterTerm] = []
    for token in _TOKEN.finditer(text):
        minus = bool(token["minus"])
        if token["name"]:
            value = token["quoted"] or token["value"] or ""
            term = read_term(token["name"].lower(), value.strip(), minus)
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
