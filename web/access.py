"""Load and authorise in one call: the row, or 404."""

from __future__ import annotations

from typing import cast

from flask import current_app

from features import images
from features.services import Services
from models import Image, db


def image(image_id: int) -> Image:
    """Give a picture outside the trash; raises NotFound."""
    return images.find(db.session(), image_id)


def trashed(image_id: int) -> Image:
    """Give a picture in the trash; raises NotFound."""
    return images.find(db.session(), image_id, trashed=True)


def services() -> Services:
    """Give what the features need from outside."""
    return cast(Services, current_app.extensions["aim"])
