"""Limits of failed attempts at passwords, passcodes, codes and tokens, for each account and each address."""

from __future__ import annotations

import hashlib
import ipaddress
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.core.errors import RateLimited

MINUTES = 15


@dataclass(frozen=True)
class Limit:
    """How many failures within a quarter of an hour are let through, before everybody of that name waits."""

    most: int
    window: timedelta = timedelta(minutes=MINUTES)


ACCOUNT = Limit(10)
# A studio shares one address, and a guesser who tries many accounts is stopped by it.
ADDRESS = Limit(50)

_RECORD_ATTEMPT = text(
    "INSERT INTO guess AS g (name, failures, since) VALUES (:name, 1, now()) ON CONFLICT (name) DO UPDATE SET "
    "failures = CASE WHEN g.since < now() - :window THEN 1 ELSE g.failures + 1 END, "
    "since = CASE WHEN g.since < now() - :window THEN now() ELSE g.since END "
    "RETURNING failures, since, now() AS now"
)


def account_key(kind: str, name: str) -> str:
    """Return the key under which attempts at an account are counted, existing or not; its name is not stored."""
    same = unicodedata.normalize("NFC", name).strip().casefold()
    return f"{kind}:account:{hashlib.sha256(same.encode('utf-8', 'replace')).hexdigest()[:32]}"


def address_key(kind: str, address: str) -> str:
    """Return the key under which attempts from an address are counted.

    An IPv6 address counts with its /64, which belongs to one subscriber.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return f"{kind}:address:unknown"
    if found.version == 6:
        mapped = found.ipv4_mapped
        return f"{kind}:address:{mapped or ipaddress.ip_network((found, 64), strict=False)}"
    return f"{kind}:address:{found}"


def record_attempt(session: Session, kind: str, address: str, name: str = "") -> None:
    """Count one more try before it is looked at, so that many at once get no further; the caller commits.

    `name` is the account, link or the like that is tried to get into. Raises RateLimited, with the same words whether
    it exists or not, once either the account or the address had too many.
    """
    for counted, limit in _keys_and_limits(kind, address, name):
        found = session.execute(_RECORD_ATTEMPT, {"name": counted, "window": limit.window}).one()
        if found.failures > limit.most:
            raise _too_many_attempts(found.since + limit.window, found.now)


def clear_attempts(session: Session, kind: str, address: str, name: str = "") -> None:
    """Take back what `record_attempt` counted: it was right. The account starts anew, the address loses one."""
    for counted, limit in _keys_and_limits(kind, address, name):
        if limit is ACCOUNT:
            session.execute(text("DELETE FROM guess WHERE name = :name"), {"name": counted})
        else:
            session.execute(
                text("UPDATE guess SET failures = greatest(failures - 1, 0) WHERE name = :name"),
                {"name": counted},
            )


def delete_old(session: Session) -> int:
    """Remove counts that nobody waits for any more; returns how many."""
    return len(
        session.scalars(text("DELETE FROM guess WHERE since < now() - interval '1 day' RETURNING name")).all()
    )


def _keys_and_limits(kind: str, address: str, name: str) -> list[tuple[str, Limit]]:
    # The account first in every transaction, so that no two wait for each other.
    accounts = [(account_key(kind, name), ACCOUNT)] if name else []
    return [*accounts, (address_key(kind, address), ADDRESS)]


def _too_many_attempts(until: datetime, now: datetime) -> RateLimited:
    seconds = max(1.0, (until - now).total_seconds())
    minutes = max(1, round(seconds / 60))
    return RateLimited(
        f"That was tried too often. Wait {minutes} minute{'' if minutes == 1 else 's'} and try again.",
        retry_after=seconds,
    )
