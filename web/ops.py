"""Whether the process is up, and whether everything it needs answers."""

from __future__ import annotations

import logging

from apiflask import APIBlueprint
from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from errors import AppError
from models import db
from web import access

log = logging.getLogger(__name__)
pages = APIBlueprint("ops", __name__, enable_openapi=False)


@pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say that the process is up; touches nothing else."""
    return jsonify(status="ok")


@pages.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say whether database, schema and storage answer; 503 when one does not."""
    parts = {"database": _database(), "storage": _storage()}
    ready = all(parts.values())
    return jsonify(status="ok" if ready else "unavailable", **parts), 200 if ready else 503


def _database() -> bool:
    try:
        db.session.execute(text("SELECT 1 FROM image LIMIT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def _storage() -> bool:
    try:
        access.services().storage.check()
    except AppError as error:
        log.warning("Not ready: %s", error.detail or error.message)
        return False
    return True
