"""Answers without JSON: lines, tags or tables with the names of the fields, of models that ignore what was asked."""

from __future__ import annotations

import re
import textwrap

from artworks.ai.reading.keys import field_of

_LABEL = re.compile(
    r"^[ \t]*(?:[-*+•#>]{1,6}[ \t]+|\d{1,2}[.)][ \t]+){0,2}[*_`\"]{0,4}(?P<key>[^\W\d_][\w -]{1,30}?)[*_`\"]{0,4}"
    r"(?:[ \t]*[:：][*_`]*(?=\s|[\"#]|\Z)|[ \t]+[=–—-][ \t]+)",
    re.MULTILINE,
)
_HEADING = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+|(?=[*_]{2}))[*_]{0,3}(?P<key>[^\W\d_][\w -]{1,30}?)[*_]{0,3}[ \t]*[:：]?[*_]{0,3}[ \t]*$",
    re.MULTILINE,
)
_TAG = re.compile(r"<(?P<closes>/?)(?P<key>[A-Za-z][\w -]{1,30})>")
_ROW = re.compile(
    r"^[ \t]*\|?[ \t]*[*_`]*(?P<key>[^\W\d_][^|\n]{1,30}?)[*_`]*[ \t]*\|(?P<value>[^|\n]+)\|?[ \t]*$",
    re.MULTILINE,
)
# A text of several lines in YAML.
_BLOCK = re.compile(r"\A[|>][-+]?[ \t]*\n")


def labelled_fields(text: str, names: tuple[str, ...], ended: bool) -> dict[str, str]:
    """Return the fields of a text with a label before each; {} when there are not at least two, or all of them.

    The last one is taken only when it has one paragraph: what a model says at the end would else be part of it.
    """
    for pairs in (_tagged(text), _rows(text)):
        if _is_enough([name for name, _ in pairs], names):
            return dict(pairs)
    labels, headings = (
        [(mark, name) for mark in form.finditer(text) if (name := field_of(mark["key"]))]
        for form in (_LABEL, _HEADING)
    )
    # "## Hashtags:" is both.
    marks = max(
        (labels, headings),
        key=lambda marks: _is_enough([name for _, name in marks], names) * len(marks),
    )
    found = [name for _, name in marks]
    if not _is_enough(found, names):
        return {}
    ends = [mark.start() for mark, _ in marks[1:]] + [len(text)]
    values = {name: _value(text[mark.end() : end]) for (mark, name), end in zip(marks, ends, strict=True)}
    last = found[-1]
    if not ended or "\n\n" in values[last]:
        del values[last]
    return values


def _tagged(text: str) -> list[tuple[str, str]]:
    """Return the fields that stand in tags of their names."""
    found: list[tuple[str, str]] = []
    opened: dict[str, int] = {}
    for mark in _TAG.finditer(text):
        name = field_of(mark["key"])
        if name and not mark["closes"]:
            opened[name] = mark.end()
        elif name in opened:
            found.append((name, text[opened.pop(name) : mark.start()].strip()))
    return found


def _rows(text: str) -> list[tuple[str, str]]:
    """Return the fields that have rows of their own in a table."""
    return [(name, row["value"].strip()) for row in _ROW.finditer(text) if (name := field_of(row["key"]))]


def _is_enough(found: list[str], names: tuple[str, ...]) -> bool:
    """Return whether fields are named once each, and as many of those that are asked for as no chance names."""
    return len(found) == len(set(found)) and len(set(found) & set(names)) >= min(2, len(names))


def _value(text: str) -> str:
    """Return what stands behind a label, of a block of YAML its lines."""
    bare = text.strip()
    block = _BLOCK.match(bare)
    if not block:
        return bare
    lines = textwrap.dedent(bare[block.end() :])
    return " ".join(lines.split("\n")) if bare.startswith(">") else lines
