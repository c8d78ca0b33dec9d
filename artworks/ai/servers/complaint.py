"""What stands in an error of a server, whatever its shape: codes, places, sentences, delays, the numbers of tokens."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

# How much of an error is looked at: a server may send anything.
_DEEPEST, _MOST_VALUES, _MOST_CHARACTERS = 8, 500, 20_000
_LABELS = {
    "code", "type", "status", "reason", "error_type", "error_code", "errorcode", "limit_source", "quotaid", "quota_id",
    "finish_reason", "status_code", "errcode", "blockreason", "block_reason", "__type",
}  # fmt: skip
_SENTENCES = {
    "message", "msg", "error", "detail", "raw", "error_message", "errormessage", "title", "error_msg", "errmsg",
    "status_msg",
}  # fmt: skip
# Members whose numbers mean something else at each server, so that the name belongs to the label.
_CODES_OF_PROVIDERS = {"status_code", "error_code"}
# How many seconds the number of a delay stands for, by its name without `_` and `-`. Hugging Face tells an estimate
# while it loads a model, ChatGPT's gateway when a limit is there again.
_DELAYS = {
    "retrydelay": 1.0, "retryafter": 1.0, "retryafterseconds": 1.0, "retryaftersec": 1.0, "retryafterms": 0.001,
    "retryaftermillis": 0.001, "retryaftermilliseconds": 0.001, "resetsinseconds": 1.0, "resetinseconds": 1.0,
    "estimatedtime": 1.0,
}  # fmt: skip
_NUMBERS = {"n_ctx": "limit", "n_prompt_tokens": "prompt"}
# What LiteLLM puts around the words of another server.
_LITELLM = re.compile(r"^(?:litellm\.\w+: ?)+(?:\w*(?:Exception|Error)\b(?: ?- ?|: ?| ))*")
_LITELLM_KIND = re.compile(r"litellm\.(\w+):")
_LITELLM_END = re.compile(
    r"(?:\.? ?Received Model Group=|\nmodel=\S+ context_window_fallbacks=|\n\nLiteLLM: model group ).*",
    re.DOTALL,
)
# Where llama-cpp-python's server says what it does not take: in the text of a validation error.
_LOC = re.compile(r"'loc': \(([^)]{1,200})\)")
_STATUS_BEFORE = re.compile(r"^(?:Error code: )?\d{3}(?:: | - )(?=[\[{])")


@dataclass
class Complaint:
    """An error taken apart.

    `labels` are codes, types, statuses and reasons in small letters, `numbers` those of them that are HTTP statuses;
    `places` are the parameters that fields of their own name, `sentences` what is said in words, `delays` what
    is said of the time to wait, with the seconds that a plain number of it counts.
    """

    labels: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    delays: list[tuple[object, float]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    is_flagged: bool = False
    is_error: bool = False


def take_apart(body: object) -> Complaint:
    """Return what stands in a parsed error, or in any text."""
    found = Complaint()
    for name, value in _values(body):
        _take(found, name, value)
    return found


def _values(body: object) -> Iterator[tuple[str, object]]:
    """Yield all values of an error with the names of their members, the outermost first; JSON in texts is read."""
    waiting: list[tuple[str, object, int]] = [("", body, 0)]
    for _ in range(_MOST_VALUES):
        if not waiting:
            return
        name, value, depth = waiting.pop(0)
        if isinstance(value, str):
            value = value[:_MOST_CHARACTERS]
            value = _parse_inner(value, name) or value
        yield name, value
        if depth >= _DEEPEST:
            continue
        if isinstance(value, dict):
            waiting += [(str(key).casefold(), inner, depth + 1) for key, inner in value.items()]
        elif isinstance(value, list) and name != "loc":
            waiting += [(name, inner, depth + 1) for inner in value]


def _parse_inner(text: str, name: str) -> Any:
    """Return the error of another server inside a text, as JSON or as Python writes it; None when there is none."""
    if name and name not in _SENTENCES:
        return None
    text = _STATUS_BEFORE.sub("", text.strip())
    if not text.startswith(("{", "[")):
        return None
    for parse in (json.loads, ast.literal_eval):
        try:
            found = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        return found if isinstance(found, dict | list) else None
    return None


def _take(found: Complaint, name: str, value: object) -> None:
    """Add one value of an error to what is known of it."""
    found.is_error |= name == "error" and bool(value)
    found.is_flagged |= name == "flagged_input"
    if unit := _DELAYS.get(name.replace("_", "").replace("-", "")):
        found.delays.append((value, unit))
    if name in _LABELS and isinstance(value, str | int):
        own = name in _CODES_OF_PROVIDERS and str(value).strip().isdecimal()
        _take_label(found, str(value).strip(), f"{name} " if own else "")
    elif name in _NUMBERS and type(value) is int:
        found.counts[_NUMBERS[name]] = value
    elif name == "param" and isinstance(value, str) and value not in ("", "None"):
        found.places.append(value)
    elif name == "loc" and isinstance(value, list):
        found.places.append(".".join(str(part) for part in value if part != "body"))
    elif name == "headers" and isinstance(value, dict):
        found.headers |= {str(key): str(inner) for key, inner in value.items()}
    elif name in _SENTENCES | {""} and isinstance(value, str):
        _take_sentence(found, value)


def _take_label(found: Complaint, text: str, name: str) -> None:
    if text.isdecimal() and len(text) == 3 and 400 <= int(text) < 600:
        found.numbers.append(int(text))
    elif text and text != "None":
        found.labels.append(f"{name}{text.casefold()}")


def _take_sentence(found: Complaint, text: str) -> None:
    text = text.strip()
    if match := _LITELLM.match(text):
        found.labels += [kind.casefold() for kind in _LITELLM_KIND.findall(match[0])]
        text = _LITELLM_END.sub("", text[match.end() :]).strip()
        if inner := _parse_inner(text, ""):
            for name, value in _values(inner):
                _take(found, name, value)
            return
    for place in _LOC.findall(text):
        found.places.append(".".join(part for part in re.findall(r"[\w-]+", place) if part != "body"))
    if text:
        found.sentences.append(text)
