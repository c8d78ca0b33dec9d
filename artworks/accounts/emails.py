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


def link_email(link: OneTimeLink, url: str) -> Email:
    """Write the mail that goes with a link."""
    return _invitation_email(link, url) if link.kind == "invitation" else _reset_email(link, url)


def _invitation_email(link: OneTimeLink, url: str) -> Email:
    by = link.made_by or "An owner"
    body = (
        f"Hello{f' {link.name}' if link.name else ''},\n\n"
        f"{by} invites you to the pictures in {PROGRAM}.\n"
        f"Open this link to choose a password:\n\n{url}\n\n"
        "It works once, within 7 days. If you expect no invitation, do nothing.\n"
    )
    return Email(link.email, f"You are invited to {PROGRAM}", body)


def _reset_email(link: OneTimeLink, url: str) -> Email:
    body = (
        f"Hello,\n\nopen this link to choose a new password for {PROGRAM}:\n\n{url}\n\n"
        "It works once, within 24 hours. If you do not want a new password, do nothing: the old one stays.\n"
    )
    return Email(link.email, f"A new password for {PROGRAM}", body)
