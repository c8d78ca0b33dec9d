"""Objects that are nearly JSON, read member by member, so that no text of one field gets into another.

The text is cut at the keys that are known. What stands between two of them belongs to the first one, as a whole or not
at all: where it could also be read otherwise, the field counts as missing.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import json_repair

from artworks.ai.reading.keys import FIELD_OF, field_of, squeeze

# All fields at their limits are far below.
_LONGEST_OBJECT = 60_000
_LONGEST_REPAIRED = 12_000
_DEEPEST_BRACKETS = 20

_KEY = re.compile(
    r"""(?P<before>^|[{,，;\n]|["'”’\]}]\s|\*/)[\s\u200b\ufeff]*"""
    r"""(?P<quote>["'“”‘„`]?)(?P<key>[^\W_][\w .\-]{0,40})(?P<close>["'”’“`]?)\s*(?:[:：]|=>?)"""
)
# A quote in a comment could be the end of the text that it stands in.
_BLANK = r"(?:[\s\u200b\ufeff]|(?://|#\s)[^\n\"]{0,300}(?:\n|\Z)|/\*[^\"]{0,300}?\*/)*"
_BLANKS = re.compile(_BLANK, re.DOTALL)
_COMMENTS_AT_END = re.compile(
    r"(?:(?<=[\s,\]}\"'])(?://|#[ \t])[^\n\"'”’]{0,300}|/\*[^\"'”’]{0,300}?\*/)\s*\Z"
)
_OTHER_KEY = re.compile(r'"[^\W_][\w .\-]{0,39}"\s*:')
# Where an answer was cut in the name of its next member.
_KEY_BEGUN = re.compile(r',\s*(?:"([^\W_][\w .\-]*)?"?)?\Z')
# Inside of a text: where another member may begin.
_LIKE_A_MEMBER = re.compile(r"""["'”’]\s*,\s*["'“‘][^"'“”‘’\n]{1,40}["'”’]\s*:""")
# Also without the sign between a key and its value.
_LIKE_A_KEY = re.compile(r"""["'“”‘’]([^"'“”‘’\n]{1,40})["'“”‘’]\s*[:：=“"'\[]""")
_CLOSING = {'"': '"', "'": "'", "“": "”", "”": "”", "‘": "’", "„": "“", "`": "`"}
# What may stand behind the last value.
_REST = "}] \t\r\n`,，.…"
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrtbf])")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_OBJECT_START = re.compile(r"\{\s*[\"'“]\w")
_END_OF_TEXT = re.compile(r"[\"'”’]\s*[,}\]:]")
_DECODER = json.JSONDecoder(strict=False)


@dataclass
class BrokenObject:
    """The members of a broken object that are sure, by field, and those that are not."""

    end: int
    is_cut: bool
    values: dict[str, Any] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Member:
    name: str
    text: str
    is_last: bool


def members(text: str, start: int, ended: bool) -> BrokenObject | None:
    """Return what is sure of the object that begins at a brace; None when no known key is in it.

    With `ended` the server said that the model had come to an end, so that a last value without a brace is whole.
    """
    end, is_closed = _end_of(text, start, ended)
    body = text[start + 1 : end]
    found = list(_split(body.removesuffix("}") if is_closed else body))
    if not found:
        return None
    answer = BrokenObject(end, is_cut=not is_closed and not ended)
    names = [member.name for member in found]
    for place, member in enumerate(found):
        before_a_double = place + 1 < len(names) and names.count(names[place + 1]) > 1
        if names.count(member.name) > 1 or before_a_double or not _read(member, answer, is_closed or ended):
            answer.doubtful.add(member.name)
    return answer


def _end_of(text: str, start: int, ended: bool) -> tuple[int, bool]:
    """Return where an object ends by its braces, and whether it is sure that it ends there."""
    limit, end = min(len(text), start + _LONGEST_OBJECT), 0
    depth = 0
    for brace in re.finditer(r"[{}]", text[start:limit]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            end = start + brace.end()
            break
    if not end or not _is_end(text[end:limit], ended):
        # Braces stand in a text of it, too.
        end = text.rfind("}", start, limit) + 1
    is_sure = bool(end) and _is_end(text[end:limit], ended)
    return (end, True) if is_sure else (limit, False)


def _is_end(rest: str, ended: bool) -> bool:
    """Return whether what stands behind a brace is no part of the object; talk may follow where the model had ended."""
    if not rest.strip("}]`) \t\r\n"):
        return True
    before_others = rest[: found.start()] if (found := _OBJECT_START.search(rest)) else rest
    return ended and not _END_OF_TEXT.search(before_others)


def _split(body: str) -> Iterator[_Member]:
    """Yield the members with known keys; all keys are quoted as the first one is."""
    first = body[_skip(body, 0) :][:1]
    quote = first if first in _CLOSING else ""
    keys = [
        (key.start("quote"), key.end(), name)
        for key in _KEY.finditer(body)
        if key["quote"] == quote and (name := field_of(key["key"])) and _is_of_the_object(body, key)
    ]
    for place, (_, after, name) in enumerate(keys):
        is_last = place + 1 == len(keys)
        yield _Member(name, body[after:] if is_last else body[after : keys[place + 1][0]], is_last)


def _is_of_the_object(body: str, key: re.Match[str]) -> bool:
    """Return whether a key is not that of an object inside of the object, unless that is only wrapped around."""
    before = body[: key.start("quote")].rstrip()
    return not before.endswith("{") or not _KEY.search(before) or before.count('"') <= 2


def _read(member: _Member, answer: BrokenObject, is_whole: bool) -> bool:
    """Read a member's value into the answer; return whether it was sure."""
    text = member.text.strip()
    if member.is_last and not is_whole and not _is_before_next(text):
        return False
    if member.is_last and is_whole and _KEY_BEGUN.search(text) and not text.endswith(","):
        return False
    for read in (_strict, _quoted, _repaired):
        if (value := read(text)) is not None and not (
            read is _repaired and member.is_last and text[:1] in _CLOSING
        ):
            answer.values[member.name] = value
            return True
    return False


def _is_before_next(text: str) -> bool:
    """Return whether the answer was cut where its next member had begun, so that this one is whole."""
    begun = _KEY_BEGUN.search(text)
    name = squeeze(begun[1] or "") if begun else "-"
    return (
        bool(name) and any(spelling.startswith(name) for spelling in FIELD_OF) and _strict(text) is not None
    )


def _strict(text: str) -> Any:
    """Return a value that is right by itself, with only comments, unknown members and a comma behind it."""
    try:
        value, place = _DECODER.raw_decode(text, _skip(text, 0))
        while place < len(text):
            place = _skip(text, place)
            if not text[place:].strip(_REST):
                return value
            key = _OTHER_KEY.match(text, _skip(text, place + 1)) if text[place] == "," else None
            if key is None:
                return value if _KEY_BEGUN.match(text, place) else None
            _, place = _DECODER.raw_decode(text, _skip(text, key.end()))
    except (ValueError, RecursionError):
        return None
    return value


def _skip(text: str, place: int) -> int:
    found = _BLANKS.match(text, place)
    return found.end() if found else place


def _quoted(text: str) -> str | None:
    """Return a text whose quotes are not escaped: all between its first quote and its last one."""
    text = _COMMENTS_AT_END.sub("", text)
    closing = _CLOSING.get(text[:1])
    stripped = text.rstrip("} \t\r\n,，;`")
    if closing is None or len(stripped) < 2 or not stripped.endswith(closing):
        return None
    size = 3 if len(stripped) > 6 and stripped[:3] == stripped[-3:] == closing * 3 else 1
    inner = stripped[size:-size]
    if _names_a_field(inner) or _LIKE_A_MEMBER.search(inner) or inner.endswith("\\"):
        return None
    return _unescaped(inner)


def _names_a_field(text: str) -> bool:
    """Return whether a field's name stands in a text as a key does, so that what follows may be another field's."""
    return any(field_of(name[1]) for name in _LIKE_A_KEY.finditer(text))


def _unescaped(inner: str) -> str | None:
    """Return the inside of a text without its escapes; backslashes that escape nothing go."""
    inner = _BAD_ESCAPE.sub("", inner)
    escaped = re.sub(r'(?<!\\)((?:\\\\)*)"', r'\1\\"', inner)
    try:
        value = json.loads(f'"{escaped}"', strict=False)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _repaired(text: str) -> Any:
    """Return a value mended by json-repair, if every letter of the text is in it, in its order."""
    text = _COMMENTS_AT_END.sub("", text).strip()
    if not text or len(text) > _LONGEST_REPAIRED or _names_a_field(text) or _is_deep(text):
        return None
    if _LIKE_A_MEMBER.search(text):
        return None
    try:
        found = json_repair.loads('{"value": ' + text + "}", skip_json_loads=True)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or list(found) != ["value"] or found["value"] in ("", None):
        return None
    return found["value"] if _letters(_flat(found["value"])) == _letters(_plain(text)) else None


def _is_deep(text: str) -> bool:
    return text.count("[") + text.count("{") > 300 or "[" * _DEEPEST_BRACKETS in "".join(text.split())


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key} {_flat(item)}" for key, item in value.items())
    return " ".join(map(_flat, value)) if isinstance(value, list) else str(value)


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", text)


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFC", text) if char.isalnum()).casefold()
