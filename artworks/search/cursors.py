"""Cursors: the place where a page of a list ends, written so that it fits into an address."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from artworks.core.errors import BadRequest
from artworks.search.filters import Filters


def encode(place: Sequence[Any]) -> str:
    """Write the cursor of the page after a place: the values of the order's columns there."""
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in place]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def decode(cursor: str, filters: Filters) -> list[Any]:
    """Read a cursor back; raises BadRequest for anything that is not one of ours for this order."""
    try:
        *values, number = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [*_values(values, "trashed" if filters.trashed else filters.sort), _id(number)]
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise BadRequest("That page address is not one of ours. Start again from the first page.") from None


def _values(values: list[Any], sort: str) -> list[Any]:
    if sort == "title":
        unnamed, title = values
        if not isinstance(unnamed, bool) or not isinstance(title, str) or "\0" in title:
            raise ValueError
        title.encode()
        return [unnamed, title]
    (value,) = values
    if sort == "largest":
        return [_id(value)]
    # A search is in the order of its rank, or of the newest.
    if sort in ("arranged", "best") and type(value) in (int, float):
        number = float(value)
        if not -1e300 < number < 1e300:
            raise ValueError
        return [number]
    if sort == "arranged":
        raise ValueError
    return [_moment(value)]


def _moment(value: str) -> datetime:
    """Read a time as `encode` writes it; other zones could lead out of the years the database knows."""
    moment = datetime.fromisoformat(value)
    if moment.utcoffset() != timedelta(0):
        raise ValueError
    return moment


def _id(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError
    return value
