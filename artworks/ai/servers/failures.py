"""What kind of failure an error of a server is: read from status, code, type and details, never from free words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from artworks.ai.servers.complaint import Complaint, take_apart
from artworks.ai.servers.delays import delay_in_headers, parse_delay, seconds_to_report
from artworks.ai.servers.quirks import LABELS, Kind
from artworks.ai.servers.redaction import redact
from artworks.ai.servers.sentences import A_NAME, COMPLAINTS, DROPPABLE, SENTENCES
from artworks.core.errors import (
    AINotConfigured,
    AIRefused,
    AIRejected,
    AITimeout,
    AIUnavailable,
    AppError,
    RateLimited,
)

REFUSED = "The AI service declined to write about this picture."
# What only whoever runs the program can mend: for every picture it would be the same.
_MENDED_BY_OPERATOR = {
    Kind.KEY: "The AI service does not accept the key. Check it in the settings (OPENAI_API_KEY).",
    Kind.MONEY: "The AI account has no credit left. Whoever runs this program must top it up.",
    Kind.DAY: "What the AI service allows in a day is used up. Go on tomorrow, or have the limit raised there.",
    Kind.FORBIDDEN: "The AI service does not let this key use the model. Check the account.",
    Kind.MODEL: "The AI service knows no such model. Check it in the settings (OPENAI_MODEL).",
    Kind.ADDRESS: "There is no AI service at this address. Check it in the settings: OPENAI_BASE_URL (does it end in "
    "/v1?).",
    Kind.NOT_FOUND: "The AI service knows no such model or address. Check both in the settings: OPENAI_MODEL and "
    "OPENAI_BASE_URL (does it end in /v1?).",
    Kind.EYES: "The model sees no images. Choose one that does in the settings (OPENAI_MODEL).",
    Kind.CONTEXT: "The model's context is too small for a picture and what is asked about it. Give it a larger context "
    "at its server, or choose another model in the settings (OPENAI_MODEL).",
    Kind.ROOM: "The model may not write as much as a draft needs. Choose another one in the settings (OPENAI_MODEL).",
    Kind.SYSTEM_ROLE: "The model takes no instructions. Choose another one in the settings (OPENAI_MODEL).",
}
# The order in which labels count, whatever the status: what says more stands before what says less.
_TOLD_BY_LABEL = (
    Kind.KEY,
    Kind.MONEY,
    Kind.DAY,
    Kind.REFUSED,
    Kind.CONTEXT,
    Kind.GRAMMAR,
    Kind.RATE,
    Kind.MODEL,
    Kind.ADDRESS,
)
_BY_STATUS = {
    401: Kind.KEY, 402: Kind.MONEY, 403: Kind.FORBIDDEN, 404: Kind.ADDRESS, 405: Kind.ADDRESS, 408: Kind.TIMEOUT,
    409: Kind.SERVER, 410: Kind.ADDRESS, 425: Kind.SERVER, 429: Kind.RATE, 499: Kind.TIMEOUT, 504: Kind.TIMEOUT,
    522: Kind.TIMEOUT, 524: Kind.TIMEOUT,
}  # fmt: skip
# What a server says before the model has written anything: nobody is billed for it.
BEFORE_WRITING = frozenset(Kind) - {Kind.SERVER, Kind.TIMEOUT, Kind.REFUSED}
WORTH_ANOTHER_TRY = frozenset({Kind.RATE, Kind.SERVER, Kind.TIMEOUT})
# A sentence is looked at as far as this.
_LONGEST_SENTENCE = 2_000
_SYSTEM_PLACE = re.compile(r"messages\W*0\W*role")
_IMAGE_PLACE = re.compile(r"messages\W*\d+\W*content\W*(?:\w+\W*)*\d+\W*type")


@dataclass(frozen=True)
class ServerFailure:
    """What went wrong: its kind, and what the server said of it.

    `status` is the HTTP status or the number inside the error, 0 when there is neither. `wait` is in seconds, None when
    nothing was told. `parameters` are those that are not taken, the first named first. `limit`, `prompt` and `room` are
    counts of tokens: of the model's context, of what the request took, and of the most that an answer may take.
    `words` may hold secrets.
    """

    kind: Kind
    status: int = 0
    words: str = ""
    wait: float | None = None
    parameters: tuple[str, ...] = ()
    limit: int | None = None
    prompt: int | None = None
    room: int | None = None

    def details(self, secrets: Iterable[str | None] = ()) -> str:
        """Return what the server said as an owner may read it, without `secrets`."""
        said = redact(self.words, secrets)
        return f"{self.status}: {said}" if self.status and said else said or (str(self.status or ""))


def read_failure(status: int, body: object, headers: Mapping[str, str] | None = None) -> ServerFailure:
    """Return what an error means; `status` is 0 for one that came inside an answer.

    `body` is parsed JSON, or a text.
    """
    complaint = take_apart(parse_body(body))
    status = _status_of(status, complaint)
    kind, counts = _kind_of(status, complaint)
    wait = _delay(complaint, headers or {}, kind)
    if kind is Kind.MONEY and wait is not None and not _has_label(complaint, Kind.MONEY):
        # OpenRouter's 402 while other calls hold the money: it says when to come back.
        kind = Kind.RATE
    return ServerFailure(
        kind,
        status,
        _words_of(complaint),
        wait,
        _parameters(complaint) if kind is Kind.REJECTED else (),
        **counts,
    )


def parse_body(body: object) -> Any:
    """Return a body as JSON where it is some, else as it is."""
    if not isinstance(body, str | bytes):
        return body
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace") if isinstance(body, bytes) else body


def _status_of(status: int, complaint: Complaint) -> int:
    """Return the status that counts: inside a good answer, or behind a gateway's own failure, that of the error."""
    inner = complaint.numbers[0] if complaint.numbers else 0
    return inner if inner and (status < 400 or (status >= 500 > inner)) else status if status >= 400 else 0


def _has_label(complaint: Complaint, kind: Kind) -> bool:
    return any(LABELS.get(label) is kind for label in complaint.labels)


def _kind_of(status: int, complaint: Complaint) -> tuple[Kind, dict[str, int]]:
    """Return the kind, and the counts of tokens that stand in the sentence or in fields of their own."""
    if any("perday" in label for label in complaint.labels):
        return Kind.DAY, {}
    by_label = next((kind for kind in _TOLD_BY_LABEL if _has_label(complaint, kind)), None)
    by_sentence, counts = _kind_by_sentence(complaint)
    if complaint.is_flagged:
        return Kind.REFUSED, {}
    if by_label is not None and by_label is not by_sentence and by_label is not Kind.RATE:
        return by_label, dict(complaint.counts) if by_label is Kind.CONTEXT else {}
    if by_sentence is not None and (status not in (401, 402, 429) or by_sentence in (Kind.MONEY, Kind.DAY)):
        return by_sentence, counts | complaint.counts
    if by_label is not None:
        return by_label, dict(complaint.counts)
    return _kind_by_place_or_status(status, complaint), {}


def _kind_by_sentence(complaint: Complaint) -> tuple[Kind | None, dict[str, int]]:
    """Return the kind of a server that says nothing but a sentence, if the whole sentence is one that is known."""
    for sentence in complaint.sentences:
        for kind, form in SENTENCES:
            if match := form.fullmatch(sentence[:_LONGEST_SENTENCE]):
                return kind, {name: int(value) for name, value in match.groupdict().items() if value}
    return None, {}


def _kind_by_place_or_status(status: int, complaint: Complaint) -> Kind:
    """Return the kind by the part of the request that is complained about, else by the status and weaker labels."""
    if status in (0, 400, 422) and any(_SYSTEM_PLACE.search(place) for place in complaint.places):
        return Kind.SYSTEM_ROLE
    if status in (0, 400, 422) and any(_IMAGE_PLACE.fullmatch(place) for place in complaint.places):
        return Kind.EYES
    if status in (0, 400, 403) and _has_label(complaint, Kind.FORBIDDEN):
        return Kind.FORBIDDEN
    if status in (0, 404) and _has_label(complaint, Kind.NOT_FOUND):
        return Kind.MODEL if complaint.places == ["model"] else Kind.NOT_FOUND
    if status == 404 and (complaint.labels or complaint.is_error):
        # An API that knows codes of its own has this address; which of the two is not there it does not say.
        return Kind.NOT_FOUND
    if not status:
        weak = (Kind.TIMEOUT, Kind.REJECTED)
        return next((kind for kind in weak if _has_label(complaint, kind)), Kind.SERVER)
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return Kind.REJECTED if 400 <= status < 500 else Kind.SERVER


def _delay(complaint: Complaint, headers: Mapping[str, str], kind: Kind) -> float | None:
    """Return how long to wait: as the headers say, else as fields of the error do."""
    told = delay_in_headers(headers, busy=kind is Kind.RATE)
    if told is not None:
        return told
    found = [seconds for value, unit in complaint.delays if (seconds := parse_delay(value, unit)) is not None]
    if found:
        return max(found)
    return delay_in_headers(complaint.headers, busy=kind is Kind.RATE)


def _parameters(complaint: Complaint) -> tuple[str, ...]:
    """Return the parameters that a complaint is about: those of its fields, then those that known sentences name."""
    fields = [part for place in complaint.places for part in re.split(r"[,;\s]+", place)]
    by_field = [name for place in fields if (name := _droppable(place))]
    if complaint.places and not by_field:
        return ()
    texts = (sentence[:_LONGEST_SENTENCE] for sentence in complaint.sentences)
    lists = [match["names"] for text in texts for form in COMPLAINTS for match in form.finditer(text)]
    by_sentence = [name for names in lists for word in A_NAME.findall(names) if (name := _droppable(word))]
    return tuple(dict.fromkeys(by_field + by_sentence))


def _droppable(place: str) -> str | None:
    """Return the droppable parameter that a place in the request belongs to."""
    parts = re.split(r"[.\[\]]", place.strip("`'\" "))
    words = {place.strip("`'\" ").casefold(), parts[0].casefold()}
    return next((name for name, aliases in DROPPABLE.items() if words & set(aliases)), None)


def _words_of(complaint: Complaint) -> str:
    """Return what the server said, with its codes where it said nothing else."""
    said = list(dict.fromkeys(complaint.sentences))
    return "; ".join(said[:3]) or ", ".join(dict.fromkeys(complaint.labels[:4]))


def error_of(failure: ServerFailure, secrets: Iterable[str | None] = ()) -> AppError:
    """Return the application's error for a failure; what the server said is in its `details` alone."""
    details = failure.details(secrets)
    if sentence := _MENDED_BY_OPERATOR.get(failure.kind):
        return AINotConfigured(sentence, details=details)
    if failure.kind is Kind.RATE:
        wait = seconds_to_report(failure.wait)
        sentence = f"The AI service is busy. Try again in {wait:.0f} seconds."
        return RateLimited(sentence, retry_after=wait, details=details)
    if failure.kind is Kind.REFUSED:
        return AIRefused(REFUSED, details=details)
    if failure.kind is Kind.TIMEOUT:
        return AITimeout("The AI service took too long. Try again.", details=details)
    if failure.kind is Kind.SERVER:
        sentence = "The AI service has a problem. Try again in a moment."
        later = None if failure.wait is None else seconds_to_report(failure.wait)
        return AIUnavailable(sentence, retry_after=later, details=details)
    return AIRejected("The AI service does not accept the request.", details=details)
