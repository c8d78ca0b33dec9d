"""By what one very database is known: what no dump and hardly a copy of its files has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

# Without these two nobody is known.
NEEDED = ("row", "database")
WHERE = text("""
    SELECT (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database,
        CASE WHEN inet_server_addr() IS NULL AND pg_has_role(current_user, 'pg_read_all_settings', 'USAGE')
        THEN current_setting('data_directory') END AS folder
""")
SYSTEM = text("SELECT system_identifier::text FROM pg_control_system()")


def identify(session: Session, transaction: str) -> dict[str, Any]:
    """Return by what this very database is known; `transaction` is the one that wrote its row of storage_mark.

    The row's transaction changes when it is restored; cluster and database when they are made anew; the data folder
    when it is copied (it may be moved: then its inode stays, or at least the time of its first file).
    """
    place = session.execute(WHERE).one()
    session.commit()
    known = {"row": transaction, "database": place.database, "system": _system(session)}
    return known | {"folder": _folder(place.folder)}


def _system(session: Session) -> str | None:
    try:
        found: str | None = session.scalar(SYSTEM)
        session.commit()
    except DBAPIError:
        # Some hosted servers keep it to themselves.
        session.rollback()
        return None
    return found


def _folder(data: str | None) -> list[str] | None:
    """Return inode and time of change of a data folder's first file, where the server runs on this machine."""
    try:
        found = os.stat(Path(data or "") / "PG_VERSION") if data else None  # noqa: PTH116 - one call, no reading
    except OSError:
        return None
    return [f"inode {found.st_ino}", f"changed {found.st_ctime_ns}"] if found else None


def is_same(written: Any, here: dict[str, Any]) -> bool:
    """Compare what both know; of the data folder one of the two signs is enough."""
    if not isinstance(written, dict):
        return False
    for name, value in here.items():
        other = written.get(name)
        if not other and name in NEEDED:
            return False
        if not value or not other:
            continue
        if isinstance(value, list):
            if not isinstance(other, list) or not any(sign in other for sign in value):
                return False
        elif value != other:
            return False
    return True
