"""Who calls, and load-and-authorise in one call: the row, or 404."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, request

from features import images
from features.actor import NOBODY, Actor
from features.services import Services
from features.sessions import Limits
from models import Image, db


def actor() -> Actor:
    """Give who calls, as the guard found out (web/guard.py); nobody before that."""
    return cast(Actor, g.get("actor", NOBODY))


def address() -> str:
    """Give the network address that the caller has, behind as many proxies as are trusted."""
    return request.remote_addr or ""


def image(image_id: int) -> Image:
    """Give a picture outside the trash; raises NotFound."""
    return images.find(db.session(), image_id)


def trashed(image_id: int) -> Image:
    """Give a picture in the trash; raises NotFound."""
    return images.find(db.session(), image_id, trashed=True)


def services() -> Services:
    """Give what the features need from outside."""
    return cast(Services, current_app.extensions["aim"])


def session_limits() -> Limits:
    """Give how long people stay signed in."""
    return cast(Limits, current_app.config["SESSION_LIMITS"])
