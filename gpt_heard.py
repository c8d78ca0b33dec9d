"""What has been heard of an answer so far, read with distrust: any part may be missing or nonsense."""

from __future__ import annotations

import time
from typing import Any

from gpt_types import Words

# Characters; the caps of all fields together are far below. More is a server gone wild.
ANSWER_MOST = 200_000
TOKENS_MOST = 10_000_000
# Seconds between two partial answers: the eye needs no more, and each one reads the text from its start.
SHOW_EVERY = 0.05


class Heard:
    """Gather an answer from whole completions and from streamed chunks.

    Attributes: `length` is the number of characters so far, `real` tells whether anything like an answer
    came, `refusal` holds the words of a refusal, `finish` the finish reason or "", `shown` the last partial
    fields given away, `error` an error that came with a good status, as some gateways send it, `tier` the tier that
    answered, or "".
    """

    def __init__(self) -> None:
        self.length = 0
        self.real = False
        self.error: object = None
        self.refusal = ""
        self.finish = ""
        self.shown: dict[str, Words] = {}
        self._pieces: list[str] = []
        self.tier = ""
        self._usage: object = None
        self._next_show = 0.0

    @property
    def text(self) -> str:
        """Return the answer so far."""
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def take(self, piece: object) -> None:
        """Add a completion, a chunk or parsed JSON; anything else (an HTML page, say) adds nothing."""
        self._usage = part(piece, "usage") or self._usage
        self.error = part(piece, "error") or self.error
        self.tier = plain(part(piece, "service_tier")) or self.tier
        choices = part(piece, "choices")
        self.real = self.real or bool(choices) or bool(self._usage)
        if not isinstance(choices, list) or not choices:
            return
        choice = choices[0]
        message = part(choice, "delta") or part(choice, "message")
        text = plain(part(message, "content"))
        self._pieces.append(text)
        self.length += len(text)
        self.refusal += plain(part(message, "refusal"))
        self.finish = plain(part(choice, "finish_reason")) or self.finish

    def told(self) -> tuple[int | None, int | None]:
        """Return the tokens the service counted (input, output); None where it says nothing sensible."""
        told_in = _count(part(self._usage, "prompt_tokens"))
        told_out = _count(part(self._usage, "completion_tokens"))
        # Nothing at all was counted although there is an answer: that is no count.
        return (None, None) if self.text and not told_in and not told_out else (told_in, told_out)

    def due(self) -> bool:
        """Tell whether it is time to show the text again."""
        now = time.monotonic()
        if now < self._next_show:
            return False
        self._next_show = now + SHOW_EVERY
        return True


def part(value: object, name: str) -> Any:
    """Return an attribute or a key, or None."""
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def plain(value: object) -> str:
    """Return the text of a content part: a text, or a list of text parts as some servers send it."""
    if isinstance(value, list):
        return "".join(plain(part(item, "text")) for item in value)
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= TOKENS_MOST else None
