"""What the program writes by mail: short, plain, and nothing but what the reader needs."""

from __future__ import annotations

from typing import NamedTuple

from models import Ticket

PROGRAM = "Artwork Image Manager"


class Letter(NamedTuple):
    """One mail: to whom, under which subject, with which text."""

    to: str
    subject: str
    text: str


def of_ticket(ticket: Ticket, link: str) -> Letter:
    """Write the mail that goes with a link."""
    return _invitation(ticket, link) if ticket.kind == "invitation" else _reset(ticket, link)


def _invitation(ticket: Ticket, link: str) -> Letter:
    by = ticket.made_by or "An owner"
    body = (
        f"Hello{f' {ticket.name}' if ticket.name else ''},\n\n"
        f"{by} invites you to the pictures in {PROGRAM}.\n"
        f"Open this link to choose a password:\n\n{link}\n\n"
        "It works once, within 7 days. If you expect no invitation, do nothing.\n"
    )
    return Letter(ticket.email, f"You are invited to {PROGRAM}", body)


def _reset(ticket: Ticket, link: str) -> Letter:
    body = (
        f"Hello,\n\nopen this link to choose a new password for {PROGRAM}:\n\n{link}\n\n"
        "It works once, within 24 hours. If you do not want a new password, do nothing: the old one stays.\n"
    )
    return Letter(ticket.email, f"A new password for {PROGRAM}", body)
