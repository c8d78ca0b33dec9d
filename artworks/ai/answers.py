"""Answers of a model: the schema and layout they are asked in, and the fields that are read out of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jiter import from_json

from artworks.ai.reading.categories import match_category
from artworks.ai.reading.hashtags import read_hashtags
from artworks.ai.reading.labelled import labelled_fields
from artworks.ai.reading.objects import FoundObject, fields_of, find_answer, is_json
from artworks.ai.reading.plain_text import clean, is_nothing, join_surrogates, plain, shorten, with_commands
from artworks.ai.reading.refusals import is_refusal, without_refusal
from artworks.ai.reading.thinking import split_thinking
from artworks.ai.types import FieldValue
from artworks.core.fields import AI_FIELDS, LABELS, LIMITS
from artworks.texts.folding import fold

_DESCRIPTIONS = {field.name: field.model_description for field in AI_FIELDS}
_ONE_LINE = {field.name for field in AI_FIELDS if field.is_one_line}
# Fields of which an answer may rightly say that there is nothing to write.
_MAY_BE_EMPTY = {"category", "key_points"}
# No text is cleaned beyond this: markup that takes more than the text is none.
_LONGEST_TEXT = 20_000
# The answer is a few thousand characters; what is much longer is read from its end.
_LONGEST_ANSWER = 200_000
_NUMBER_AT_END = re.compile(r"(?<![-+\d.eE])[-+\d.eE]{1,40}\Z")


@dataclass(frozen=True)
class ReadAnswer:
    """What was read out of an answer: the fields that have words, those that are refused, and those to ask for again.

    `missing` are fields without words that ought to have some; those of which the answer says that there is nothing to
    write are not among them.
    """

    fields: dict[str, FieldValue] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def answer_schema(fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the strict JSON schema of an answer with exactly these fields."""
    texts: dict[str, Any] = {"type": "string"}
    tags: dict[str, Any] = {"type": "array", "items": texts}
    shapes = {field.name: tags if field.kind == "hashtags" else texts for field in AI_FIELDS}
    return {
        "type": "object",
        "properties": {name: {**shapes[name], "description": _DESCRIPTIONS[name]} for name in fields},
        "required": list(fields),
        "additionalProperties": False,
    }


def describe_layout(fields: tuple[str, ...]) -> str:
    """Return the layout of the answer in words, for servers that ignore the schema."""
    lines = [f'- "{name}": {_DESCRIPTIONS[name]}.' for name in fields]
    kind = "Hashtags are a list of texts; everything else is text." if "hashtags" in fields else ""
    return "\n".join(["Answer with one JSON object and nothing else, with exactly these keys:", *lines, kind])


def read_answer(
    text: str, fields: tuple[str, ...], categories: list[str], *, thinking: str = "", ended: bool = True
) -> ReadAnswer:
    """Return the fields that a model wrote, one by one, whatever stands around them.

    `thinking` is what the server keeps apart as reasoning; it is read when there is nothing else. `ended` says that
    the model came to its end by itself: without it, a value at the end of the text is not known to be whole.
    """
    answer, thought = _split(text)
    found = find_answer(answer, fields, ended)
    if not found.values and not answer.strip() and ended:
        # Some servers put the whole answer there.
        found = _answer_in_thinking(f"{thinking[-_LONGEST_ANSWER:]}\n{thought}", fields)
    elif not found.values and "{" not in answer:
        for name, value in labelled_fields(answer, fields, ended).items():
            found.values[name] = [f"{value}\n"] if name == "hashtags" else value
    return _read_fields(found, fields, categories)


def _split(text: str) -> tuple[str, str]:
    """Return the answer and the thinking of a text; in one that is JSON as a whole, marks are part of its texts."""
    text = join_surrogates(text[-_LONGEST_ANSWER:])
    return (text, "") if is_json(text) else split_thinking(text)


def _answer_in_thinking(thought: str, fields: tuple[str, ...]) -> FoundObject:
    """Return the object that thinking ends with, if it is all that there is or has all fields; drafts are none."""
    bare = thought.strip().removesuffix("```").rstrip()
    found = find_answer(bare, fields, ended=True)
    is_all = bare.removeprefix("```").removeprefix("json").lstrip().startswith("{") and found.is_strict
    if bare.endswith("}") and found.values and (is_all or (found.is_strict and found.has(fields))):
        return found
    return FoundObject()


def _read_fields(found: FoundObject, fields: tuple[str, ...], categories: list[str]) -> ReadAnswer:
    words: dict[str, FieldValue] = {}
    refused: list[str] = []
    missing: list[str] = []
    for name in fields:
        raw = found.values.get(name)
        value = "" if raw is None else tidy(name, raw, categories)
        if value:
            words[name] = value
        elif raw and _is_refused(raw):
            refused.append(name)
        elif raw is None or name not in _MAY_BE_EMPTY:
            missing.append(name)
    return ReadAnswer(words, tuple(refused), tuple(missing))


def _is_refused(raw: FieldValue) -> bool:
    return is_refusal(raw) if isinstance(raw, str) else bool(raw) and not any(map(is_nothing, raw))


def is_prose_refusal(text: str) -> bool:
    """Return whether a whole answer is nothing but a refusal in plain prose."""
    answer, _ = split_thinking(text[-_LONGEST_ANSWER:])
    return "{" not in answer and is_refusal(plain(answer[:_LONGEST_TEXT], "description"))


def parse_partial(text: str, fields: tuple[str, ...]) -> dict[str, FieldValue]:
    """Return the asked fields as far as they are written in an unfinished answer, of the object that stands last."""
    answer, _ = _split(text)
    found = find_answer(answer, fields, ended=False)
    values = found.values
    if found.is_cut or not values:
        # What is sure is shown as it will be stored.
        values = _unfinished(answer[found.start :]) | values
    shown = {name: tidy(name, values[name], []) for name in fields if name in values}
    return {name: words for name, words in shown.items() if words}


def _unfinished(text: str) -> dict[str, FieldValue]:
    """Return the fields of an object that is being written."""
    start = text.find("{")
    if start < 0:
        return {}
    # A number may go on.
    written = _NUMBER_AT_END.sub("", text[start:])
    try:
        found = from_json(written.encode(), partial_mode="trailing-strings")
    except ValueError:
        return {}
    return fields_of(found)


def tidy(name: str, raw: FieldValue, categories: list[str]) -> FieldValue:
    """Return a field in the shape it is stored in: plain text or tags, within the limits, without any refusal."""
    if name == "hashtags":
        return read_hashtags(raw)
    text = raw if isinstance(raw, str) else "\n".join(raw)
    said = without_refusal(clean(with_commands(text[:_LONGEST_TEXT])))
    text = plain(said, name)
    if name == "category" and not text and not is_nothing(said):
        # "Unknown" is one where somebody called a category so.
        return next((category for category in categories if fold(category) == fold(said)), "")
    if name == "category":
        # Its lines are levels.
        text = match_category(text, categories)
    elif name in _ONE_LINE:
        text = " ".join(text.split())
    return shorten(text, LIMITS[name])


def tidy_fields(found: Mapping[str, FieldValue], categories: list[str]) -> dict[str, FieldValue]:
    """Return fields that no model wrote in the shape they are stored in, empty ones left out; their signs all stay."""
    words: dict[str, FieldValue] = {}
    for name, value in found.items():
        if name == "hashtags" or isinstance(value, list):
            words[name] = read_hashtags(value)
            continue
        text = clean(value)
        text = shorten(" ".join(text.split()) if name in _ONE_LINE else text, LIMITS[name])
        words[name] = match_category(text, categories) if name == "category" else text
    return {name: value for name, value in words.items() if value}


def note_of(answer: ReadAnswer, asked: tuple[str, ...]) -> str:
    """Return a sentence about the fields that stay empty, "" when there is none."""
    declined = [LABELS[name] for name in asked if name in answer.refused]
    empty = [LABELS[name] for name in asked if name not in answer.fields and name not in answer.refused]
    notes = [f"The AI wrote no {_listed(empty, 'or')}."] if empty else []
    notes += [f"The AI declined to write the {_listed(declined, 'and')}."] if declined else []
    return " ".join(notes)


def _listed(names: list[str], word: str) -> str:
    return f" {word} ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
