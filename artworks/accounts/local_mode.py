"""Local mode: whoever sits at this computer needs no account; the first request from elsewhere ends it."""

from __future__ import annotations

import re

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from artworks.audit import log as audit
from artworks.core.actor import Actor
from artworks.core.network import is_loopback
from models import LocalModeEnd

# A request with one of these headers came through a proxy, and so not from somebody who sits at this computer.
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via")
# A name that can be shown to people; what else stands in a request's Host is not repeated.
NAME = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,100}")
WAY_BACK = (
    "If nobody else can reach this page, `python main.py local` lets whoever sits at this computer in again."
)
# With SIGN_IN=off it ends with accounts, too.
_END = text(
    "INSERT INTO local_mode_end (reason) SELECT :reason WHERE :off OR NOT EXISTS (SELECT FROM person) "
    "ON CONFLICT DO NOTHING RETURNING id"
)


def from_elsewhere(host: str, address: str, *, forwarded: bool) -> str:
    """Return what shows that a request does not come from this computer; empty when nothing does.

    `host` is the name without its port by which the page was asked for, `address` the one of who is connected, and
    `forwarded` tells that there is a header of FORWARDED. A plain TCP forward shows nothing by itself, but whoever
    comes through it as usual names the place that they see.
    """
    if host and not is_loopback(host):
        return f"by the name {host}" if NAME.fullmatch(host) else "by another name"
    if forwarded:
        return "through a proxy"
    return "" if is_loopback(address) else f"from the address {address}" if address else "through a proxy"


def end(session: Session, reason: str, *, off: bool, address: str) -> bool:
    """End local mode, for all processes and later starts; returns whether this call did.

    `off` says that sign-in is switched off: then accounts that there are do not matter. The caller commits.
    """
    ended = session.scalar(_END, {"reason": reason, "off": off}) is not None
    if ended:
        audit.record(session, "local mode ended", reason, actor=Actor(address=address))
    return ended


def end_reason(session: Session) -> str:
    """Return what ended local mode, as `from_elsewhere` says it; empty as long as nothing did."""
    return session.scalar(select(LocalModeEnd.reason)) or ""


def restore(session: Session) -> bool:
    """Take the end of local mode back, by the operator; returns whether there was one. The caller commits."""
    reason = session.scalar(delete(LocalModeEnd).returning(LocalModeEnd.reason))
    if reason is not None:
        audit.record(session, "local mode begun again", reason)
    return reason is not None


def explain(reason: str) -> str:
    """Return why nobody is let in any more without signing in."""
    return f"This page was opened {reason}, so others may reach it, and nobody is let in without signing in any more."
