"""What the program writes by mail: short, plain, and nothing but what the reader needs."""

from __future__ import annotations

from typing import NamedTuple

from models import OneTimeLink

PROGRAM = "Artwork Image Manager"


class Email(NamedTuple):
    """One mail: to whom, under which subject, with which text."""

    to: str
    subject: str
    text: str


def link_email(ticket: OneTimeLink, link: str) -> Email:
    """Write the mail that goes with a link."""
    return _invitation_email(ticket, link) if ticket.kind == "invitation" else _reset_email(ticket, link)


def _invitation_email(ticket: OneTimeLink, link: str) -> Email:
    by = ticket.made_by or "An owner"
    body = (
        f"Hello{f' {ticket.name}' if ticket.name else ''},\n\n"
        f"{by} invites you to the pictures in {PROGRAM}.\n"
        f"Open this link to choose a password:\n\n{link}\n\n"
        "It works once, within 7 days. If you expect no invitation, do nothing.\n"
    )
    return Email(ticket.email, f"You are invited to {PROGRAM}", body)


def _reset_email(ticket: OneTimeLink, link: str) -> Email:
    body = (
        f"Hello,\n\nopen this link to choose a new password for {PROGRAM}:\n\n{link}\n\n"
        "It works once, within 24 hours. If you do not want a new password, do nothing: the old one stays.\n"
    )
    return Email(ticket.email, f"A new password for {PROGRAM}", body)
