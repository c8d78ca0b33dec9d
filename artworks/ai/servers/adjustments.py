"""How a server is asked differently after it complained, and for how long that is remembered."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Set
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from artworks.ai.servers.failures import ServerFailure
from artworks.ai.servers.quirks import Kind

# For how many seconds a server is asked differently before it is asked as usual again: it may be another one by then.
REMEMBERED_SECONDS = 600.0
# Room for an answer, in tokens, of which the smallest is still enough for a few short fields. Where a server does not
# say how much there is, a quarter of what was asked for is tried.
LEAST_ROOM = 400
_A_VERSION = re.compile(r"v\d+\w*")
_Key = tuple[str | None, str]


@dataclass(frozen=True)
class Adjustments:
    """How one server has to be asked.

    Without the parameters in `unknown`, with less `room` for the answer, with the instructions inside the user's
    message (`without_system`), at the address with /v1 (`at_v1`).
    """

    unknown: Set[str] = frozenset()
    room: int | None = None
    without_system: bool = False
    at_v1: bool = False


_USUAL = Adjustments()
_remembered: dict[_Key, tuple[float, Adjustments]] = {}
_lock = threading.Lock()
_clock = time.monotonic


def adjustments_for(base_url: str | None, model: str) -> Adjustments:
    """Return how a server has to be asked, as far as it said so a while ago."""
    with _lock:
        until, adjusted = _remembered.get((base_url, model), (0.0, _USUAL))
        return adjusted if _clock() < until else _USUAL


def remember(base_url: str | None, model: str, adjusted: Adjustments) -> None:
    """Ask a server like this for a while; the time counts from the first thing that was remembered."""
    with _lock:
        until, _ = _remembered.get((base_url, model), (0.0, _USUAL))
        now = _clock()
        _remembered[base_url, model] = (until if now < until else now + REMEMBERED_SECONDS, adjusted)


def adjust(
    adjusted: Adjustments,
    failure: ServerFailure,
    sent: Set[str],
    room: int,
    base_url: str | None,
    tried: Set[bool],
) -> Adjustments | None:
    """Return how to ask after a failure, one thing changed; None when asking differently does not help.

    `sent` are the names of the parameters of the call that failed, `room` the tokens it left for the answer; `tried`
    tells whether the address was tried with /v1, without it, or both ways.
    """
    if failure.kind in (Kind.ADDRESS, Kind.NOT_FOUND):
        helps = may_lack_v1(base_url) and (not adjusted.at_v1) not in tried
        return replace(adjusted, at_v1=not adjusted.at_v1) if helps else None
    if failure.kind in (Kind.CONTEXT, Kind.ROOM):
        less = _less_room(failure, room)
        return replace(adjusted, room=less) if less is not None else None
    if failure.kind is Kind.SYSTEM_ROLE:
        return None if adjusted.without_system else replace(adjusted, without_system=True)
    names = ("response_format",) if failure.kind is Kind.GRAMMAR else failure.parameters
    if name := next((name for name in names if name in sent), None):
        # One complaint gives up one parameter: that may be all the server minds.
        return replace(adjusted, unknown=adjusted.unknown | {name})
    return None


def address_of(base_url: str | None, adjusted: Adjustments) -> str | None:
    """Return the address to ask at."""
    if not base_url or not adjusted.at_v1:
        return base_url
    return f"{base_url.strip().rstrip('/').removesuffix('/chat/completions')}/v1"


def _less_room(failure: ServerFailure, room: int) -> int | None:
    """Return the tokens that an answer may take when `room` was too many; None when there is not enough for one."""
    if failure.room is not None:
        least = failure.room
    elif failure.limit is not None and failure.prompt is not None:
        # A tenth less than there is: the next picture's prompt may be longer.
        least = (failure.limit - failure.prompt) * 9 // 10
    else:
        least = room // 4
    return least if LEAST_ROOM <= least < room else None


def may_lack_v1(base_url: str | None) -> bool:
    """Return whether an address may be one whose /v1 was left out: there is no version in it."""
    try:
        path = urlsplit(base_url.strip()).path if base_url else ""
    except ValueError:
        return False
    return bool(base_url) and not any(_A_VERSION.fullmatch(part) for part in path.split("/"))
