"""People at the command line: invite or add somebody, let somebody choose a new password, list everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from sqlalchemy.orm import Session

from artworks.accounts import invitations, passwords, sessions, tokens, users
from artworks.audit import log as audit
from artworks.core.errors import NotFound

COLUMNS = ("NAME", "E-MAIL", "ROLE", "LAST SEEN")


def add(session: Session, base: str, email: str, *, name: str, role: str | None, password: str | None) -> str:
    """Invite somebody, or with a password make the account at once; returns what to print.

    The first account is an owner's, any other one a viewer's unless a role is given. Raises Invalid and Conflict.
    """
    role = role or ("viewer" if users.any_exist(session) else "owner")
    if password is None:
        made = invitations.invite(session, email, name=name, role=role)
        again = " The first link does not work any more." if made.ended else ""
        return (
            f"{made.link.email} is invited as {role}.{again} Pass on this link, which works once, within 7 days:\n"
            f"{base}{made.path}"
        )
    passwords.valid_password(password)
    invitations.ensure_first_is_owner(session, users.valid_role(role))
    person = users.add(session, email, name=name, role=role)
    passwords.set_password(session, person, password)
    return f"{person.email} can sign in as {role}."


def reset(session: Session, base: str, email: str) -> str:
    """End a person's sessions and tokens and make a link for a new password; returns what to print. Raises NotFound."""
    person = users.by_email(session, email)
    if person is None:
        raise NotFound("Nobody has an account with this e-mail address.")
    sessions.end_all(session, person.id)
    ended = tokens.end_all(session, person.id)
    if ended:
        audit.record(session, "tokens ended", person.email, tokens_ended=ended)
    made = invitations.reset(session, person)
    scripts = f" and {_ended_tokens(ended)}" if ended else ""
    return (
        f"{person.called} is signed out everywhere{scripts}. Pass on this link for a new password, which works once, "
        f"within 24 hours:\n{base}{made.path}"
    )


def _ended_tokens(count: int) -> str:
    return "1 token for scripts ended" if count == 1 else f"{count} tokens for scripts ended"


def list_lines(session: Session) -> Iterator[str]:
    """Yield a table of everybody, line by line."""
    rows = [
        (
            line.person.name or "-",
            line.person.email,
            line.person.role,
            line.seen_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if line.seen_at else "never",
        )
        for line in users.list_users(session, UTC)
    ]
    if not rows:
        yield "Nobody has an account yet."
        return
    table = [COLUMNS, *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(COLUMNS))]
    for row in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
