"""How long a server asks to wait: in headers, and in fields of an error."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Bounds of the `retry_after` of RateLimited, in seconds, whatever the service says.
RETRY_LEAST, RETRY_MOST, RETRY_UNKNOWN = 1.0, 3_600.0, 10.0
_PARTS = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.IGNORECASE)
# "PT1M30S" of ISO 8601; without it "1m 30s" and "1m30s" are the same.
_AROUND_PARTS = re.compile(r"\AP(?:(?=\d+D)|T)|(?<=D)T|\s+", re.IGNORECASE)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
# A number above is a moment: in seconds since 1970, or in milliseconds.
_MOMENT, _MOMENT_IN_MS = 1e9, 1e12


def delay_in_headers(headers: Mapping[str, str], *, busy: bool = False) -> float | None:
    """Return in how many seconds to come back; None when the headers say nothing usable.

    With `busy`, the answer is a 429, the x-ratelimit-reset-* headers of the limit that is used up count as well.
    """
    # LiteLLM passes on what another server said with a word before it.
    lower = {name.lower().removeprefix("llm_provider-"): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if name in lower:
            found = parse_delay(lower[name], unit)
            if found is not None or name == "retry-after":
                return found
    return _until_reset(lower) if busy else None


def _until_reset(headers: Mapping[str, str]) -> float | None:
    """Return when the limits grow again that nothing is left of, as far as the headers say what is left."""
    found = []
    for name, value in headers.items():
        if name.startswith(("x-ratelimit-reset", "ratelimit-reset")):
            left = headers.get(name.replace("-reset", "-remaining"), "0").strip()
            seconds = parse_delay(value)
            if seconds is not None and left in ("0", "0.0"):
                found.append(seconds)
    return max(found, default=None)


def parse_delay(value: object, unit: float = 1.0) -> float | None:
    """Return seconds from now of a number, "2.4s", "6m0s", {"seconds": 2} or a date; None when it is none of these."""
    if isinstance(value, dict):
        value = value.get("seconds")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return _parse_duration(text)
    if math.isnan(number) or number < 0:
        return None
    if number > _MOMENT:
        return max(0.0, number * (0.001 if number > _MOMENT_IN_MS else 1.0) - time.time())
    return number * unit


def _parse_duration(text: str) -> float | None:
    bare = _AROUND_PARTS.sub("", text)
    parts = _PARTS.findall(bare)
    if not parts or "".join(number + unit for number, unit in parts) != bare:
        return _seconds_until(text)
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in parts)


def _seconds_until(text: str) -> float | None:
    """Return the seconds until a moment, as headers write it or as ISO 8601; never below nothing."""
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = parse(text)
        except (TypeError, ValueError, OverflowError, IndexError):
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, moment.timestamp() - time.time())
    return None


def seconds_to_report(wait: float | None) -> float:
    """Return the `retry_after` of RateLimited: whole seconds within reasonable bounds."""
    if wait is None:
        return RETRY_UNKNOWN
    return math.ceil(min(max(wait, RETRY_LEAST), RETRY_MOST))
