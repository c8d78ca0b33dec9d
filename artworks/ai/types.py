"""Values that go to the AI service and come back: settings, request, token usage, rate limits, draft, cancellation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from artworks.core.errors import AppError
from artworks.core.fields import AI_FIELDS

# The value of one field: plain text, or a list for hashtags.
FieldValue = str | list[str]
# Gets the fields as far as they are written, whole each time.
Partial = Callable[[dict[str, FieldValue]], None]

FIELDS = tuple(field.name for field in AI_FIELDS)


@dataclass(frozen=True)
class ServiceSettings:
    """Which service writes, and what it costs.

    `timeout` is in seconds of silence for one attempt; a whole draft takes at most `attempts` times that. `attempts` is
    also how many requests of a draft may be billed, `asks` of them because an answer could not be read; fields that an
    answer lacks are asked for once more while there is an attempt left. Without `retries` no request is sent again
    because it failed, and all of a draft takes at most one `timeout`.
    `tier` is "standard", or "flex" for half the price and a slower answer, where the service has it. Prices are US
    dollars per million tokens; None takes them from the price table. Where there is a `problem` nobody is asked: a
    sentence for the person, such as that the key has to be typed again.
    """

    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    model: str = "gpt-5.6-luna"
    timeout: float = 60.0
    attempts: int = 3
    asks: int = 2
    retries: bool = True
    tier: str = "standard"
    price_input: float | None = None
    price_output: float | None = None
    problem: str = ""

    @property
    def source(self) -> str:
        """Return who writes: "openai" with a key or a server of one's own, else "placeholder".

        What is set and cannot be used never turns into placeholder words.
        """
        return "openai" if self.api_key or self.base_url or self.problem else "placeholder"


@dataclass(frozen=True)
class DraftRequest:
    """All that a draft is written from.

    `fields` are names from FIELDS. `image_jpeg` is the upright still picture of at most 1,024 px. `truth`
    is what the artist says about the work. `system` and `prompt` are the finished instructions; this layer
    adds only how the answer must be laid out. `colours` are plain names, main colour first; `orientation` is
    "landscape", "portrait" or "square".
    """

    image_jpeg: bytes | None = field(default=None, repr=False)
    fields: tuple[str, ...] = FIELDS
    filename: str = ""
    truth: str = ""
    current: dict[str, FieldValue] = field(default_factory=dict)
    categories: list[str] = field(default_factory=list)
    note: str = ""
    language: str = "en"
    feedback: str | None = None
    earlier_feedback: list[str] = field(default_factory=list)
    orientation: str = ""
    colours: list[str] = field(default_factory=list)
    system: str = ""
    prompt: str = ""


@dataclass(frozen=True)
class RateLimitInfo:
    """The limits per minute that the service states in its headers; None where it states none.

    `wait` is in seconds: how long to send nothing because no request is left right now.
    """

    requests: float | None = None
    tokens: float | None = None
    wait: float = 0.0


@dataclass(frozen=True)
class TokenUsage:
    """The tokens of one draft, all its requests together, and their price in US dollars.

    What the service does not count is taken as the most it can be: `at_most` is true when there is such a part, and
    `at_most_usd` what of the price it is. `unlikely_tokens` are those that were probably not used after all.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    usd: Decimal = Decimal(0)
    at_most_usd: Decimal = Decimal(0)
    at_most: bool = False
    unlikely_tokens: int = 0

    def __add__(self, other: TokenUsage) -> TokenUsage:
        """Sum two usages."""
        return TokenUsage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.usd + other.usd,
            self.at_most_usd + other.at_most_usd,
            self.at_most or other.at_most,
            self.unlikely_tokens + other.unlikely_tokens,
        )


@dataclass(frozen=True)
class Draft:
    """A finished draft: only fields that were asked for, only those that are not empty.

    `source` is "openai" or "placeholder". `note` is a sentence for the person, or "". `rate_limits` are
    the limits that the service stated.
    """

    fields: dict[str, FieldValue]
    usage: TokenUsage
    model: str
    source: str
    note: str = ""
    rate_limits: RateLimitInfo = field(default_factory=RateLimitInfo)


class DraftCancelled(AppError):  # noqa: N818 - named like the others in artworks/core/errors.py
    """Nobody waits for the draft any more (499, as proxies log it)."""

    status, code = 499, "unavailable"
