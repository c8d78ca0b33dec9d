"""What was done, to be read: page by page, by action, person and day, and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Text, cast, func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from artworks.core import csv_sql
from artworks.core.csv_sql import PLAIN, CsvFormat
from artworks.core.database import is_number, split_page
from artworks.core.errors import Invalid
from models import Audit, Person

HEADER = "id,at,who,person_id,way,address,action,target,detail"
# Whoever has no account: somebody at this computer, a stranger who tries to sign in, the program itself.
NO_ACCOUNT = "none"

# From one action to the next along the index, however many entries each has.
ACTIONS = text(
    "WITH RECURSIVE found AS ((SELECT action FROM audit ORDER BY action LIMIT 1) UNION ALL "
    "SELECT (SELECT a.action FROM audit a WHERE a.action > found.action ORDER BY a.action LIMIT 1) "
    "FROM found WHERE found.action IS NOT NULL) SELECT action FROM found WHERE action IS NOT NULL"
)


@dataclass(frozen=True)
class AuditFilters:
    """Which entries are looked for; empty ones leave nothing out. Raises Invalid for a person that cannot be one.

    `person` is the id of an account, or "none" for what nobody with an account did. `since` is the first moment.
    """

    action: str = ""
    person: str = ""
    since: datetime | None = None

    def __post_init__(self) -> None:
        if self.person and self.person != NO_ACCOUNT and not is_number(self.person):
            raise Invalid("There is nobody like that.", field="person")

    @property
    def clauses(self) -> list[ColumnElement[bool]]:
        """The conditions on entries."""
        found: list[ColumnElement[bool]] = []
        if self.action:
            found.append(Audit.action == self.action.replace("\0", ""))
        if self.person:
            nobody = self.person == NO_ACCOUNT
            found.append(Audit.person_id.is_(None) if nobody else Audit.person_id == int(self.person))
        if self.since:
            found.append(Audit.at >= self.since)
        return found


@dataclass(frozen=True)
class AuditEntries:
    """Some entries, the newest first, and the id to go on before when there are more."""

    entries: Sequence[Audit]
    next: int | None


def list_entries(
    session: Session, wanted: AuditFilters, limit: int, before: int | None = None
) -> AuditEntries:
    """Read one page of what happened, from before an entry on."""
    query = select(Audit).where(*wanted.clauses).order_by(Audit.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(Audit.id < before)
    shown, last = split_page(session.scalars(query).all(), limit)
    return AuditEntries(shown, last.id if last else None)


def actions(session: Session) -> list[str]:
    """List the actions that were written down so far, from A to Z."""
    return list(session.scalars(ACTIONS))


def names_by_id(session: Session) -> dict[int, str]:
    """Return the name of everybody who ever had an account, by id, also those who left."""
    name = func.coalesce(func.nullif(Person.name, ""), Person.email)
    query = select(Person.id, name.label("name")).order_by(func.lower(name), Person.id)
    return {row.id: row.name for row in session.execute(query)}


def select_entries(wanted: AuditFilters) -> Select[Any]:
    """Select what happened, the newest first."""
    return select(Audit).where(*wanted.clauses).order_by(Audit.id.desc())


def csv_rows(connection: Connection, wanted: AuditFilters, style: CsvFormat = PLAIN) -> Iterator[bytes]:
    """Yield the CSV of what happened, the newest first; read in pieces as exports are."""
    query = select_entries(wanted).with_only_columns(_csv_line(style), maintain_column_froms=True)
    return csv_sql.encoded(connection, HEADER, query, style)


def _csv_line(style: CsvFormat) -> ColumnElement[str]:
    words: tuple[Any, ...] = (Audit.way, Audit.address, Audit.action, Audit.target, Audit.detail)
    return csv_sql.line(
        style,
        Audit.id,
        csv_sql.moment(Audit.at),
        csv_sql.cell(Audit.who),
        func.coalesce(cast(Audit.person_id, Text), ""),
        *map(csv_sql.cell, words),
    )
