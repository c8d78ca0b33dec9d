"""Answers of a model: the schema they are asked in, reading them out of any text, and tidying them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from jiter import from_json
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from artworks.ai.types import FieldValue
from artworks.core.fields import AI_FIELDS, LIMITS, LONGEST_HASHTAG, MOST_HASHTAGS

_ONE_LINE = {field.name for field in AI_FIELDS if field.is_one_line}
# How many opening braces are tried before a text is given up; hostile texts consist of nothing else.
_BRACES_TRIED = 40

_THINKING = re.compile(r"\A\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_SORRY = re.compile(
    r"\A\W*(?:i['’]?m |i am |we are |we['’]re )?(?:really |very |so )?"
    r"(?:sorry|i apologi[sz]e|apologies|unfortunately|as an ai|i can(?:not|['’]t)?|i am|i['’]m|i won|i must)\b",
    re.IGNORECASE,
)
_CANNOT = re.compile(
    r"\b(?:i|we)(?:['’]m| am|['’]re| are| must)? ?(?:can(?:['’]t|not| not)|unable|not able|won['’]t|decline)\b.{0,60}?"
    r"\b(?:help|assist|describe|provide|comply|fulfil|fulfill|identify|create|generate|continue|discuss|write)\b",
    re.IGNORECASE | re.DOTALL,
)


def _accept_text(value: object) -> object:
    """Accept a number as text and a list of texts as lines; leave the rest for the model to refuse."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "\n".join(value)
    return value


def _accept_hashtags(value: object) -> object:
    """Accept hashtags given as one text, and numbers among them."""
    if isinstance(value, list):
        return [str(part) if type(part) in (int, float) else part for part in value]
    return [value] if isinstance(value, str) else value


_Text = Annotated[str, BeforeValidator(_accept_text)]
_Tags = Annotated[list[str], BeforeValidator(_accept_hashtags)]


def _answer_model() -> type[BaseModel]:
    """Return the answer as the service is asked for it; `None` is a field that is not there."""
    kinds: dict[str, Any] = {"hashtags": _Tags | None}
    fields: dict[str, Any] = {
        field.name: (kinds.get(field.kind, _Text | None), Field(None, description=field.model_description))
        for field in AI_FIELDS
    }
    return create_model("Answer", __config__=ConfigDict(extra="ignore"), **fields)


Answer = _answer_model()


class DoesNotFitError(ValueError):
    """No answer of the asked shape could be read out of the text."""


def answer_schema(fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the strict JSON schema of an answer with exactly these fields."""
    texts: dict[str, Any] = {"type": "string"}
    tags: dict[str, Any] = {"type": "array", "items": texts}
    shapes = {field.name: tags if field.kind == "hashtags" else texts for field in AI_FIELDS}
    return {
        "type": "object",
        "properties": {
            name: {**shapes[name], "description": Answer.model_fields[name].description} for name in fields
        },
        "required": list(fields),
        "additionalProperties": False,
    }


def describe_layout(fields: tuple[str, ...]) -> str:
    """Return the layout of the answer in words, for servers that ignore the schema."""
    lines = [f'- "{name}": {Answer.model_fields[name].description}.' for name in fields]
    kind = "Hashtags are a list of texts; everything else is text." if "hashtags" in fields else ""
    return "\n".join(["Answer with one JSON object and nothing else, with exactly these keys:", *lines, kind])


def parse_answer(text: str, fields: tuple[str, ...], categories: list[str]) -> dict[str, FieldValue]:
    """Return the fields of an answer that are not empty, read from a model's text, fences and talk around it or not.

    Raises DoesNotFitError when an asked field is missing or of the wrong
    kind, or when there is not one word in all of them.
    """
    for found in _objects(join_surrogates(text)):
        try:
            answer = Answer.model_validate(found)
        except ValidationError:
            continue
        asked = answer.model_dump(include=set(fields), exclude_none=True)
        if set(asked) == set(fields):
            words = tidy_fields(asked, categories)
            if words:
                return words
    raise DoesNotFitError


def is_refusal(text: str) -> bool:
    """Return whether a short text is an apology instead of an answer."""
    return len(text) < 600 and bool(_SORRY.match(text) and _CANNOT.search(text[:250]))


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield every JSON object that may be the answer: the whole text first, then from each open brace."""
    text = _THINKING.sub("", text, count=1)
    start, decoder = text.find("{"), json.JSONDecoder(strict=False)
    for _ in range(_BRACES_TRIED):
        if start < 0:
            return
        try:
            found, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield found
            # Some servers wrap the answer: {"answer": {...}}.
            yield from (inner for inner in found.values() if isinstance(inner, dict))
        start = text.find("{", end)


def parse_partial(text: str, fields: tuple[str, ...]) -> dict[str, FieldValue]:
    """Return the asked fields as far as they are written in an unfinished answer."""
    text = _THINKING.sub("", join_surrogates(text), count=1)
    start = text.find("{")
    if start < 0:
        return {}
    try:
        found = from_json(text[start:].encode(), partial_mode="trailing-strings")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    shown: dict[str, FieldValue] = {}
    for name in fields:
        value = found.get(name)
        if name == "hashtags" and isinstance(value, list | str):
            shown[name] = hashtags(value)
        elif name != "hashtags" and isinstance(value, str):
            shown[name] = clean(value)[: LIMITS[name]]
    return {name: words for name, words in shown.items() if words}


def tidy_fields(found: Mapping[str, object], categories: list[str]) -> dict[str, FieldValue]:
    """Return fields in the shape they are stored in: clean, within the limits, empty ones left out."""
    words: dict[str, FieldValue] = {}
    for name, value in found.items():
        if name == "hashtags":
            words[name] = hashtags(value)
        else:
            text = clean(str(value))
            words[name] = shorten(" ".join(text.split()) if name in _ONE_LINE else text, LIMITS[name])
    if words.get("category"):
        known = {name.casefold(): name for name in categories}
        # Two levels at most: "Prints / Linocut".
        name = " / ".join(str(words["category"]).split(" / ")[:2])
        words["category"] = known.get(str(words["category"]).casefold(), name)
    return {name: value for name, value in words.items() if value}


def hashtags(value: object) -> list[str]:
    """Return hashtags in one form: one leading #, letters, digits and emoji only, no double, at most 60.

    One text is split at spaces, commas and #. In a list each item is one hashtag, its words joined, unless it
    holds several #. A hashtag longer than 100 characters is left out: cut short it would say nothing.
    """
    parts: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        text = clean(item) if isinstance(item, str) else ""
        several = not isinstance(value, list) or len(value) == 1 or text.count("#") > 1 or "," in text
        parts += re.split(r"[\s,;#、，]+", text) if several else [text]
    tags: dict[str, str] = {}
    for part in parts:
        name = "".join(char for char in part if _belongs_in_tag(char)).strip("\u200c\u200d\ufe0f")
        if name and len(name) < LONGEST_HASHTAG:
            tags.setdefault(name.casefold(), f"#{name}")
    return list(tags.values())[:MOST_HASHTAGS]


def _belongs_in_tag(char: str) -> bool:
    # Joiners hold emoji and several scripts together; everything else invisible goes.
    return (
        char in "_\u200c\u200d"
        or unicodedata.category(char)[0] in "LMN"
        or unicodedata.category(char) == "So"
    )


def join_surrogates(text: str) -> str:
    """Return a text with surrogates joined that two pieces had split; lone ones, which no database stores, go."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def clean(text: str) -> str:
    """Return NFC text without NUL and other controls, with plain line ends and no blank space around."""
    text = join_surrogates(text).replace("\r\n", "\n").replace("\r", "\n")
    allowed = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc")
    return re.sub(r"\n{3,}", "\n\n", unicodedata.normalize("NFC", allowed)).strip()


def shorten(text: str, limit: int) -> str:
    """Shorten a text to `limit` characters at the end of a sentence, else of a word, never inside one."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    ends = [match.end() for match in re.finditer(r"[.!?…](?=\s)|[。！？]", text[: limit + 1])]
    ends = [end for end in ends if end <= limit]
    if ends and ends[-1] >= limit * 0.6:
        return head[: ends[-1]].rstrip()
    head = text[: limit - 1]
    space = re.search(r"\s\S*\Z", head)
    # Some scripts write no spaces; there any character is a border.
    word = head[: space.start()] if space and space.start() >= limit * 0.5 else head
    while unicodedata.combining(text[len(word)]) and len(word) > 1:
        word = word[:-1]
    return word.rstrip(" \n\t,;:–—-") + "…"
