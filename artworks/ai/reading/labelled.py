"""Answers without JSON: lines that begin with the names of the fields, as models write that ignore what was asked."""

from __future__ import annotations

import re

from artworks.ai.reading.keys import field_of

_LABEL = re.compile(
    r"^[ \t]*(?:[-*+•#>]{1,6}[ \t]+|\d{1,2}[.)][ \t]+){0,2}[*_`\"]{0,4}(?P<key>[^\W\d_][\w -]{1,30}?)[*_`\"]{0,4}"
    r"[ \t]*[:：][*_`]*(?=\s|[\"#]|\Z)",
    re.MULTILINE,
)


def labelled_fields(text: str, names: tuple[str, ...], ended: bool) -> dict[str, str]:
    """Return the fields of a text with a label before each; {} when there are not at least two, or all of them.

    The last one is taken only when it has one paragraph: what a model says at the end would else be part of it.
    """
    marks = [(mark, name) for mark in _LABEL.finditer(text) if (name := field_of(mark["key"]))]
    found = [name for _, name in marks]
    if len(found) != len(set(found)) or len(set(found) & set(names)) < min(2, len(names)):
        return {}
    ends = [mark.start() for mark, _ in marks[1:]] + [len(text)]
    values = {name: text[mark.end() : end].strip() for (mark, name), end in zip(marks, ends, strict=True)}
    last = found[-1]
    if not ended or "\n\n" in values[last]:
        del values[last]
    return values
