"""The answer received so far, read with distrust: any part may be missing or nonsense."""

from __future__ import annotations

import json
import time
from typing import Any

from artworks.ai.types import FieldValue

# The caps of all fields together are far below; a longer answer is a server's fault.
MAX_ANSWER_CHARACTERS = 200_000
MAX_TOKENS = 10_000_000
# Seconds between two partial answers: the eye needs no more, and each one reads the text from its start.
PARTIAL_INTERVAL_SECONDS = 0.05
# Where servers put what a model writes: the answer, a refusal, and its reasoning.
TEXT_MEMBERS = ("content", "refusal", "reasoning", "reasoning_content", "thinking")
# Where servers put what a model thinks; some send the same text in two of them.
THINKING_MEMBERS = ("reasoning_content", "reasoning", "thinking")
# Other names for why an answer ended: Gemini passes on its own in capitals, Mistral, DeepSeek and Zhipu have more.
FINISH_REASONS = {
    **dict.fromkeys(("max_tokens", "max_output_tokens", "model_length", "incomplete"), "length"),
    **dict.fromkeys(
        (
            "safety", "recitation", "blocklist", "prohibited_content", "spii", "image_safety", "image_recitation",
            "image_prohibited_content", "refusal", "sensitive", "content_filtered", "guardrail_intervened",
        ),
        "content_filter",
    ),
    **dict.fromkeys(("abort", "network_error", "insufficient_system_resource", "other", "cancelled"), "error"),
}  # fmt: skip


class ResponseAccumulator:
    """Gather an answer from whole completions and from streamed chunks.

    Attributes: `length` is the number of characters so far, `bytes_written` the number of bytes of all output,
    reasoning included, `refusal` holds the text of a refusal, `finish` the finish reason or "", `last_partial` the
    fields that were shown last, `error` an error that came with a good status, as some gateways send it, `tier` the
    tier that answered, or "".
    """

    def __init__(self) -> None:
        self.length = self.bytes_written = 0
        self.error: object = None
        self.refusal = ""
        self.finish = ""
        self.last_partial: dict[str, FieldValue] = {}
        self._pieces: list[str] = []
        self._calls: dict[object, list[str]] = {}
        self._thinking: list[str] = []
        self._thinking_length = 0
        self.tier = ""
        self._usage: object = None
        self._counted_all = False
        self._next_show = 0.0

    @property
    def text(self) -> str:
        """Return the answer so far: the text, or where there is none, what the model calls a tool with."""
        self._pieces = ["".join(self._pieces)]
        if self._pieces[0].strip():
            return self._pieces[0]
        return "\n".join("".join(call) for call in self._calls.values()) or self._pieces[0]

    @property
    def thinking(self) -> str:
        """Return what the server kept apart as the model's thinking, as far as it is short enough to be read."""
        self._thinking = ["".join(self._thinking)]
        return self._thinking[0] if self._thinking_length <= MAX_ANSWER_CHARACTERS else ""

    @property
    def has_ended(self) -> bool:
        """Return whether the model came to its end by itself, so that nothing is missing at the end."""
        return self.finish not in ("", "length", "error")

    def add(self, piece: object) -> None:
        """Add a completion, a chunk or parsed JSON; anything else (an HTML page, say) adds nothing."""
        self.error = get_member(piece, "error") or self.error
        self.tier = plain_text(get_member(piece, "service_tier")) or self.tier
        choices = get_member(piece, "choices")
        if isinstance(choices, list) and choices:
            self._add_choice(choices[0])
        if usage := get_member(piece, "usage"):
            self._usage, self._counted_all = usage, bool(self.finish)

    def _add_choice(self, choice: object) -> None:
        message = get_member(choice, "delta") or get_member(choice, "message")
        text = plain_text(get_member(message, "content"))
        self._pieces.append(text)
        self.length += len(text)
        self._add_thinking(message)
        self._add_calls(message)
        self.refusal += plain_text(get_member(message, "refusal"))
        written = [plain_text(get_member(message, name)) for name in TEXT_MEMBERS]
        written.append(thinking_text(get_member(message, "content")))
        self.bytes_written += sum(len(text.encode("utf-8", "replace")) for text in written)
        if reason := plain_text(get_member(choice, "finish_reason")):
            self.finish = _finish_reason(reason)

    def _add_thinking(self, message: object) -> None:
        named = (plain_text(get_member(message, name)) for name in THINKING_MEMBERS)
        thought = next(filter(None, named), "") or thinking_text(get_member(message, "content"))
        self._thinking_length += len(thought)
        if self._thinking_length <= MAX_ANSWER_CHARACTERS:
            self._thinking.append(thought)

    def _add_calls(self, message: object) -> None:
        """Add what tools are called with; in a stream it comes in pieces, each with the number of its call."""
        calls = get_member(message, "tool_calls")
        functions = [get_member(call, "function") for call in calls] if isinstance(calls, list) else []
        numbers = [get_member(call, "index") for call in calls] if isinstance(calls, list) else []
        functions.append(get_member(message, "function_call"))
        numbers.append(None)
        for place, (number, function) in enumerate(zip(numbers, functions, strict=True)):
            if text := plain_text(get_member(function, "arguments")):
                self._calls.setdefault(number if type(number) is int else place, []).append(text)
                self.length += len(text)
                self.bytes_written += len(text.encode("utf-8", "replace"))

    def token_counts(self, ended: bool) -> tuple[int | None, int | None]:
        """Return the tokens the service counted (input, output); None where it says nothing sensible.

        Before the answer's end some servers count what they have written so far: only the input is sure then.
        """
        input_tokens, output_tokens = token_counts_in(self._usage)
        if self.text and not input_tokens and not output_tokens:
            # Nothing at all was counted although there is an answer: that is no count.
            return None, None
        return input_tokens, output_tokens if ended or self._counted_all else None

    def is_partial_due(self) -> bool:
        """Return whether it is time to show the text again."""
        now = time.monotonic()
        if now < self._next_show:
            return False
        self._next_show = now + PARTIAL_INTERVAL_SECONDS
        return True


def get_member(value: object, name: str) -> Any:
    """Return an attribute or a key, or None."""
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def plain_text(value: object) -> str:
    """Return the text of a content: a text, a list of parts, without their thinking, or JSON that is read already."""
    if isinstance(value, dict):
        return json.dumps(value) if value else ""
    if isinstance(value, list):
        return "".join(plain_text(get_member(part, "text")) for part in value if not _is_thinking(part))
    return value if isinstance(value, str) else ""


def thinking_text(value: object) -> str:
    """Return what the parts of a content hold as thinking, such as those of Mistral's models."""
    if not isinstance(value, list):
        return ""
    parts = [part for part in value if _is_thinking(part)]
    return "".join(plain_text(get_member(part, "thinking") or get_member(part, "text")) for part in parts)


def _is_thinking(part: object) -> bool:
    kind = get_member(part, "type")
    return isinstance(kind, str) and ("think" in kind or "reason" in kind)


def _finish_reason(text: str) -> str:
    """Return why an answer ended, under the API's own name for it, or "error" when it broke off."""
    reason = text.casefold().partition(":")[0].strip()
    return FINISH_REASONS.get(reason, reason)


def token_counts_in(usage: object) -> tuple[int | None, int | None]:
    """Return the tokens (input, output) of a usage object of the API; None where it says nothing sensible."""
    return _valid_count(get_member(usage, "prompt_tokens")), _valid_count(
        get_member(usage, "completion_tokens")
    )


def _valid_count(value: object) -> int | None:
    # Some gateways write whole numbers as 150.0.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= MAX_TOKENS else None
