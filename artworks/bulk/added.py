"""Adding pictures as one action that can be undone: those that nobody changed since go to the trash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from artworks.core.errors import Conflict
from artworks.images import image as images
from models import BulkEdit, Image


def record_added(session: Session, image_ids: Sequence[int], what: str) -> int | None:
    """Record which pictures were added, as they came; return the id of the action, None without pictures."""
    versions = dict(session.execute(select(Image.id, Image.version).where(Image.id.in_(image_ids))).all())
    if not versions:
        return None
    came = [[number, versions[number]] for number in sorted(versions)]
    action = BulkEdit(what=what, more={"fields": [], "came": came})
    session.add(action)
    session.flush()
    return action.id


def restore(session: Session, noted: Mapping[str, Any]) -> str:
    """Put pictures that an action added in the trash and return a sentence that says so; empty where it added none.

    Pictures that were changed since stay. Raises Conflict when there is none that was not.
    """
    came = noted.get("came", [])
    gone = stayed = 0
    for number, version in came:
        image = images.find_locked(session, number)
        if image is None or image.trashed_at is not None:
            continue
        if image.version == version:
            images.trash(session, image)
            gone += 1
        else:
            stayed += 1
    if came and not gone:
        raise Conflict("These pictures were changed or moved to the trash since, so nothing was taken back.")
    are = "picture is" if gone == 1 else "pictures are"
    left = f" {stayed} that {'was' if stayed == 1 else 'were'} changed since {'stays' if stayed == 1 else 'stay'}."
    return f"{gone} {are} in the trash.{left if stayed else ''}" if came else ""
