"""Whether the process is up, and whether everything it needs answers."""

from __future__ import annotations

import logging
import time

from apiflask import APIBlueprint
from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from artworks.adapters.postgres import health as postgres_health
from artworks.core.errors import AppError
from artworks.web import context
from artworks.web.error_handlers import database_error
from artworks.web.permissions import public
from models import db

log = logging.getLogger(__name__)
pages = APIBlueprint("ops", __name__, enable_openapi=False)
# A standby, a database set to be read only and a role without rights answer as well, but nothing can be saved there.
USABLE = text("""
SELECT current_setting('transaction_read_only') = 'off' AND has_table_privilege('image', 'INSERT')
    AND has_table_privilege('image', 'UPDATE') AND (SELECT count(*) FROM (SELECT FROM image LIMIT 1) AS one) >= 0
""")
# For so long the disk is taken to have room still: a probe every second need not write a file every second.
ROOM_SECONDS = 10.0
_room_until = 0.0


@pages.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Answer that the process is up; touches nothing else."""
    return jsonify(status="ok")


@pages.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Return whether database, schema and storage can be read and written; 503 when one cannot."""
    parts = {"database": _database(), "storage": _storage()}
    ready = all(parts.values())
    return jsonify(status="ok" if ready else "unavailable", **parts), 200 if ready else 503


def _database() -> bool:
    """Return whether pictures can be read and changed, and whether there is room on the database's disk."""
    global _room_until
    try:
        ready = bool(db.session.scalar(USABLE))
        if ready and time.monotonic() >= _room_until:
            ready = postgres_health.has_room(db.session.connection())
            _room_until = time.monotonic() + ROOM_SECONDS if ready else 0.0
    except SQLAlchemyError as error:
        # For its line in the log.
        database_error(error, saving=False)
        db.session.rollback()
        return False
    return ready


def _storage() -> bool:
    try:
        context.dependencies().storage.check()
    except AppError as error:
        log.warning("Not ready: %s", error.detail or error.message)
        return False
    return True
