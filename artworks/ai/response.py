"""What has been heard of an answer so far, read with distrust: any part may be missing or nonsense."""

from __future__ import annotations

import time
from typing import Any

from artworks.ai.types import Words

# Characters; the caps of all fields together are far below. More is a server gone wild.
ANSWER_MOST = 200_000
TOKENS_MOST = 10_000_000
# Seconds between two partial answers: the eye needs no more, and each one reads the text from its start.
SHOW_EVERY = 0.05
# Where servers put what a model writes: the answer, a refusal, and what it thinks before.
WRITTEN = ("content", "refusal", "reasoning", "reasoning_content")


class Heard:
    """Gather an answer from whole completions and from streamed chunks.

    Attributes: `length` is the number of characters so far, `weight` the number of bytes of all that was written, what
    was only thought included, `refusal` holds the words of a refusal, `finish` the finish reason or "", `shown` the
    last partial fields given away, `error` an error that came with a good status, as some gateways send it, `tier` the
    tier that answered, or "".
    """

    def __init__(self) -> None:
        self.length = self.weight = 0
        self.error: object = None
        self.refusal = ""
        self.finish = ""
        self.shown: dict[str, Words] = {}
        self._pieces: list[str] = []
        self.tier = ""
        self._usage: object = None
        self._counted_all = False
        self._next_show = 0.0

    @property
    def text(self) -> str:
        """Return the answer so far."""
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def take(self, piece: object) -> None:
        """Add a completion, a chunk or parsed JSON; anything else (an HTML page, say) adds nothing."""
        self.error = part(piece, "error") or self.error
        self.tier = plain(part(piece, "service_tier")) or self.tier
        choices = part(piece, "choices")
        if isinstance(choices, list) and choices:
            self._read(choices[0])
        if usage := part(piece, "usage"):
            self._usage, self._counted_all = usage, bool(self.finish)

    def _read(self, choice: object) -> None:
        message = part(choice, "delta") or part(choice, "message")
        text = plain(part(message, "content"))
        self._pieces.append(text)
        self.length += len(text)
        self.refusal += plain(part(message, "refusal"))
        self.weight += sum(len(plain(part(message, name)).encode("utf-8", "replace")) for name in WRITTEN)
        self.finish = plain(part(choice, "finish_reason")) or self.finish

    def told(self, ended: bool) -> tuple[int | None, int | None]:
        """Return the tokens the service counted (input, output); None where it says nothing sensible.

        Before the answer's end some servers tell what they have written so far: only the input is sure then.
        """
        told_in, told_out = counted(self._usage)
        if self.text and not told_in and not told_out:
            # Nothing at all was counted although there is an answer: that is no count.
            return None, None
        return told_in, told_out if ended or self._counted_all else None

    def due(self) -> bool:
        """Return whether it is time to show the text again."""
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


def counted(usage: object) -> tuple[int | None, int | None]:
    """Return the tokens (input, output) that a usage object of the API tells; None where it says nothing sensible."""
    return _count(part(usage, "prompt_tokens")), _count(part(usage, "completion_tokens"))


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= TOKENS_MOST else None
