"""The object in a text that holds the answer: the one that stands last and fits, whole or nearly JSON."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from artworks.ai.reading.keys import field_of, rank_of, squeeze
from artworks.ai.reading.mending import members
from artworks.ai.reading.values import joined_levels, value_of

# A real answer has fewer braces; hostile texts consist of nothing else.
_BRACES_TRIED = 300
_DEEPEST = 7
_LOOKED_AHEAD = 8_000
_NAME = re.compile(r"[#\w](?:[^\"\n]{0,58}[^\s\"])?")
# Behind an object: the end of a text, so that the brace before is part of that text.
_GOES_ON = re.compile(r'"\s*(?:,\s*"[^"\n]{1,40}"\s*:|,?\s*[}\]])')
_OBJECT_START = re.compile(r"\{\s*[\"'“]\w")
_QUOTE_ENTITY = re.compile(r"&(?:quot|#34|#x22);", re.IGNORECASE)
# Members that hold what was written before the answer, or beside it.
_DRAFTS = re.compile(
    r"(?:first|initial|rough)?(?:draft|attempt|version)|think\w*|thoughts?|reason\w*|analysis|example"
)
# Where models put the name of a field and its value, when they list them.
_NAME_KEYS, _VALUE_KEYS = ("name", "key", "field"), ("value", "content", "text", "answer")


@dataclass
class FoundObject:
    """An object of a text: its fields that have a value, those that are there without one, and whether it was cut."""

    values: dict[str, str | list[str]] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    start: int = 0
    end: int = 0
    is_cut: bool = False
    is_strict: bool = True

    def has(self, names: tuple[str, ...]) -> bool:
        """Return whether it has a value for each of these fields."""
        return set(names) <= self.values.keys()


class _Members(dict[str, Any]):
    """A decoded object; `doubtful` are keys whose values a quote may have ended that is part of their text.

    Such a quote makes a name out of what stands behind it: one that comes twice, or that is no name.
    """

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        counts = Counter(key for key, _ in pairs)
        odd = [(counts[key] > 1 and value != self[key]) or not _is_name(key) for key, value in pairs]
        self.doubtful = {key for (key, _), is_odd in zip(pairs, odd, strict=True) if is_odd}
        self.doubtful |= {key for (key, _), is_odd in zip(pairs, odd[1:], strict=False) if is_odd}


def _is_name(key: str) -> bool:
    return bool(_NAME.fullmatch(key)) or field_of(key) is not None


_DECODER = json.JSONDecoder(strict=False, object_pairs_hook=_Members)


def find_answer(text: str, names: tuple[str, ...], ended: bool) -> FoundObject:
    """Return the object that is the answer for these fields, an empty one when there is none.

    The last object with all fields wins; where there is none, the last one, and with it those before it that hold
    only other fields. One that the end of the text cuts is the answer all the same: what stands before it was a draft.
    """
    found = [one for one in _all_objects(text, ended) if one.values.keys() & set(names) or one.is_cut]
    if not found:
        return FoundObject()
    last = found[-1]
    if last.is_cut:
        return last
    whole = next((one for one in reversed(found) if one.has(names)), None)
    return whole or _joined(found)


def is_json(text: str) -> bool:
    """Return whether a text is one object of JSON as a whole, a fence around it or none."""
    bare = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    if not (bare.startswith("{") and bare.endswith("}")):
        return False
    try:
        return _DECODER.raw_decode(bare)[1] == len(bare)
    except (ValueError, RecursionError):
        return False


def fields_of(value: object) -> dict[str, str | list[str]]:
    """Return the fields of decoded JSON."""
    found = _from_value(value)
    return found.values if found else {}


def _joined(found: list[FoundObject]) -> FoundObject:
    """Return the objects as one when each holds fields of its own, else the last."""
    last = found[-1]
    fields = [name for one in found for name in {*one.values, *one.doubtful}]
    if len(fields) == len(set(fields)):
        last.values = {name: value for one in found for name, value in one.values.items()}
    return last


def _all_objects(text: str, ended: bool) -> list[FoundObject]:
    """Return the objects with fields in the order of the text."""
    found = list(_objects(text, ended))
    if found:
        return found
    bare = text.lstrip(" \t\r\n`").removeprefix("json").lstrip()
    if bare.startswith('"') and '\\"' in bare:
        # JSON in a text of JSON, perhaps once more.
        inner = _decoded(bare)
        return _all_objects(inner, ended) if isinstance(inner, str) and len(inner) < len(bare) else []
    if bare.startswith('"'):
        # Templates that put the opening brace into the prompt.
        return list(_objects("{" + bare, ended))
    if _QUOTE_ENTITY.search(text):
        return list(_objects(html.unescape(text), ended))
    if '{\\"' in text or "{\\n" in text:
        inner = _decoded('"' + text.strip().replace("\n", "\\n") + '"')
        return list(_objects(inner, ended)) if isinstance(inner, str) else []
    return []


def _decoded(text: str) -> object:
    try:
        return _DECODER.raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None


def _objects(text: str, ended: bool) -> Iterator[FoundObject]:
    """Yield each object with fields, from the first brace on; what is inside of one is part of it."""
    end = 0
    for start in _starts(text):
        if start < end:
            continue
        value, stop = _decoded_at(text, start)
        if stop < 0:
            if (mended := _mended(text, start, ended)) is not None:
                end = mended.end
                yield mended
            continue
        if (strict := _from_value(value)) is not None:
            strict.start, strict.end = start, stop
            yield strict
        end = stop


def _decoded_at(text: str, start: int) -> tuple[object, int]:
    """Return the JSON that begins at a place, and where it ends; -1 for what is none."""
    try:
        value, stop = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, -1
    rest = _OBJECT_START.split(text[stop : stop + _LOOKED_AHEAD], maxsplit=1)[0]
    return (None, -1) if isinstance(value, dict) and _GOES_ON.search(rest) else (value, stop)


def _starts(text: str) -> list[int]:
    """Return where objects, and lists of objects, may begin: the last ones of very many."""
    places: list[int] = []
    place = len(text)
    while len(places) < _BRACES_TRIED and (place := text.rfind("{", 0, place)) >= 0:
        places.append(place)
        before = text[max(0, place - 20) : place].rstrip()
        if before.endswith("["):
            places.append(max(0, place - 20) + len(before) - 1)
    return sorted(set(places))


def _mended(text: str, start: int, ended: bool) -> FoundObject | None:
    """Return the fields of a broken object; None when it has none that is known."""
    if text[start] != "{":
        return None
    found = members(text, start, ended)
    if found is None:
        return None
    answer = FoundObject(start=start, end=found.end, is_cut=found.is_cut, is_strict=False)
    answer.doubtful = found.doubtful
    for name, raw in found.values.items():
        _take(answer, name, raw)
    return answer


def _take(answer: FoundObject, name: str, raw: object) -> None:
    value = value_of(name, raw)
    if value is None:
        answer.doubtful.add(name)
    else:
        answer.values[name] = value


def _from_value(value: object, depth: int = 0) -> FoundObject | None:
    """Return the fields of decoded JSON: of an object, of one inside of it, or of a list of {"name": …, "value": …}."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _decoded(value.strip())
    if isinstance(value, list):
        return _from_list(value, depth)
    if not isinstance(value, dict):
        return None
    value = _pair(value) or value
    # Its own fields are looked at first, so that they win where an inner object has as many: another language, say.
    inner = sorted(value, key=lambda name: bool(_DRAFTS.fullmatch(squeeze(name))))
    found = [_own_fields(value), *(_from_value(value[name], depth + 1) for name in inner)]
    best = max(filter(None, found), key=lambda one: len(one.values))
    return best if best.values or best.doubtful else None


def _own_fields(value: dict[str, Any]) -> FoundObject:
    """Return the fields that an object names itself; of two spellings of one field the better one."""
    answer = FoundObject()
    doubtful: set[str] = getattr(value, "doubtful", set())
    for key in sorted(filter(field_of, value), key=rank_of):
        name = field_of(key)
        if name is None or name in answer.values:
            continue
        if key in doubtful:
            answer.doubtful.add(name)
        elif name not in answer.doubtful:
            _take(answer, name, value[key])
    sub = next((key for key in value if squeeze(key) == "subcategory"), "")
    if sub and sub not in doubtful and isinstance(main := answer.values.get("category"), str):
        answer.values["category"] = joined_levels({"main": main, "sub": value[sub]}) or main
    return answer


def _pair(value: dict[str, Any]) -> dict[str, Any] | None:
    """Return the field that an object has the name and the value of: {"field": "alt_text", "content": "…"}."""
    name = next((value[key] for key in _NAME_KEYS if isinstance(value.get(key), str)), None)
    key = next(
        (key for key in _VALUE_KEYS if key in value and key not in getattr(value, "doubtful", ())), None
    )
    return {name: value[key]} if name and key and field_of(name) and len(value) <= 3 else None


def _from_list(value: list[Any], depth: int) -> FoundObject | None:
    """Return the fields of a list: of all its objects if each has fields of its own, else of the last one."""
    found = [
        one for item in value[:50] if isinstance(item, dict | str) and (one := _from_value(item, depth + 1))
    ]
    return _joined(found) if found else None
