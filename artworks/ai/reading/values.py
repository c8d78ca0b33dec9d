"""The values of an answer's fields: which kinds of JSON are taken as text or as hashtags, and which are none."""

from __future__ import annotations

import json
from typing import Any

from artworks.ai.reading.keys import field_of, squeeze
from artworks.core.fields import FIELDS

KINDS = {field.name: field.kind for field in FIELDS}
# Where models put a value that they wrap in an object of its own, best first.
_VALUE_KEYS = (
    "value",
    "text",
    "content",
    "answer",
    "tag",
    "hashtag",
    "name",
    "label",
    "point",
    "title",
    "word",
    "term",
)
# A part of a schema, which some models repeat with their answer or in place of it.
_SCHEMA_TYPES = {"string", "array", "object", "number", "integer", "boolean", "null"}
# Where models put the two levels of a category, best first.
_MAIN_KEYS = (
    "main",
    "maincategory",
    "parent",
    "parentcategory",
    "primary",
    "toplevel",
    "top",
    "level1",
    "category",
)
_SUB_KEYS = ("sub", "subcategory", "secondary", "child", "level2", "leaf", "name")
_PATH_KEYS = ("path", "levels", "categories", "hierarchy")
# Names that are no hashtags: what they stand before is one, or says something about one.
_NO_TAGS = """
    hashtag hashtags tag tags keyword keywords word words term terms value values text content answer name label item
    items list data result results reason why explanation description meaning note notes relevance comment error message
    refusal type kind category group medium subject subjects mood style theme themes technique color colors colour
    colours genre location place primary secondary main general specific popular niche other others more
"""
MOST_ITEMS = 300
# Python writes no number of very many digits; no text is one.
_LARGEST_NUMBER = 1e15


def value_of(field: str, value: object) -> str | list[str] | None:
    """Return a value as its field has it: text, or a list of texts for hashtags; None for what is no value of it."""
    value = _parsed(value)
    if KINDS[field] == "hashtags":
        return _items(value)
    if KINDS[field] == "category" and isinstance(value, list | dict):
        return _category(value)
    if isinstance(value, list):
        lines = [_text(item) for item in value[:MOST_ITEMS]]
        return None if None in lines else "\n".join(filter(None, lines))
    if isinstance(value, dict) and field == "key_points" and (lines_of := _named_lines(value)):
        return lines_of
    return _text(value, field)


def _category(value: list[Any] | dict[str, Any]) -> str | None:
    """Return a category in a list or an object, its levels as lines."""
    if isinstance(value, list):
        texts = [text for item in value[:MOST_ITEMS] if (text := _text(item, "category")) is not None]
        return "\n".join(texts) if texts or not value else None
    if _is_schema(value):
        return None
    named = {squeeze(key): item for key, item in value.items()}
    for key in _PATH_KEYS:
        if isinstance(named.get(key), list):
            return _category(named[key])
    return joined_levels(named) or _text(value, "category")


def joined_levels(named: dict[str, Any]) -> str:
    """Return the two levels of a category that an object names apart, as lines; "" when it does not."""
    main, sub = (
        next((text for key in keys if isinstance(text := named.get(key), str) and text.strip()), "")
        for keys in (_MAIN_KEYS, _SUB_KEYS)
    )
    return f"{main}\n{sub}" if main and sub else ""


def _parsed(value: object) -> object:
    """Return the list that a text is, where a model wrote JSON into a text."""
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        found = json.loads(value, strict=False)
    except (ValueError, RecursionError):
        return value
    return found if isinstance(found, list | dict) else value


def _text(value: object, field: str = "") -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value) if abs(value) < _LARGEST_NUMBER else None
    return _wrapped_text(value, field) if isinstance(value, dict) else None


def _wrapped_text(value: dict[str, Any], field: str = "") -> str | None:
    """Return the text in an object that is there for one alone, such as {"value": "…", "confidence": 0.9}."""
    if _is_schema(value):
        return None
    own = [key for key in value if field and field_of(key) == field]
    for key in [*own, *_VALUE_KEYS]:
        if isinstance(value.get(key), str):
            return str(value[key])
    return None


def _is_schema(value: dict[str, Any]) -> bool:
    return "value" not in value and isinstance(value.get("type"), str) and value["type"] in _SCHEMA_TYPES


def _named_lines(value: dict[str, Any]) -> str | None:
    """Return an object of short facts as lines: "Size: 30 x 40 cm"."""
    if _is_schema(value) or len(value) == 1:
        return None
    lines = [
        text if name.isdecimal() else f"{name}: {text}"
        for name, item in value.items()
        if (text := _text(item)) is not None
    ]
    return "\n".join(lines) if len(lines) == len(value) else None


def _items(value: object) -> list[str] | None:
    """Return the texts of a list of hashtags, however deep they are; a text alone is a list of one line."""
    if isinstance(value, dict) and not _is_schema(value):
        if all(name.startswith("#") for name in value) or _is_scored(value):
            return list(value)[:MOST_ITEMS]
        if tags := _explained(value):
            return tags
        text = _wrapped_text(value, "hashtags")
        value = [text] if text is not None else [one for part in value.values() for one in _as_list(part)]
    if isinstance(value, str):
        # Marked by its line end as a line of several: an item of a list is one hashtag.
        return [f"{value}\n"]
    if not isinstance(value, list):
        return None
    texts = [_text(item, "hashtags") for part in value[:MOST_ITEMS] for item in _as_list(part)[:MOST_ITEMS]]
    found = [text for text in texts if text is not None]
    return found if found or not value else None


def _is_scored(value: dict[str, Any]) -> bool:
    """Return whether an object has words for names and only numbers for values: how sure the model is of each."""
    return all(isinstance(score, int | float) for score in value.values()) and not any(
        name.isdecimal() or name in _VALUE_KEYS for name in value
    )


def _explained(value: dict[str, Any]) -> list[str]:
    """Return the names of an object of hashtags with what each one is about: {"heron": "the bird"}; else []."""
    if _is_schema(value):
        return []
    for name, about in value.items():
        is_tag = isinstance(about, str) and about.lstrip().startswith(("#", "＃"))
        bare = squeeze(name).rstrip("0123456789")
        if is_tag or not bare or bare in _NO_TAGS.split() or not (about is None or isinstance(about, str)):
            return []
    return list(value)[:MOST_ITEMS]


def _as_list(value: object) -> list[object]:
    if isinstance(value, dict) and value:
        if _is_scored(value):
            return list(value)
        if tags := _explained(value):
            return list(tags)
    return value if isinstance(value, list) else [value]
