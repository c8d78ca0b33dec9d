"""The history of a picture's words, for programs and for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue

from artworks.core.fields import LABELS
from artworks.images import image as images
from artworks.images import revisions
from artworks.images import undo as image_undo
from artworks.images.suggestions import as_text
from artworks.voice import voice
from artworks.web import context, forms, image_json
from artworks.web.images import presenters as image_presenters
from artworks.web.images.schemas import ImageOut, RevisionsOut, UndoQuery, VersionOnly
from artworks.web.permissions import requires
from artworks.web.urls import redirect_to_image
from models import Revision, db

api = APIBlueprint("history", __name__, url_prefix="/api/images/<int:image_id>/revisions", tag="History")
undo_api = APIBlueprint("undo", __name__, url_prefix="/api/images/<int:image_id>", tag="History")
pages = APIBlueprint(
    "history_pages", __name__, url_prefix="/images/<int:image_id>/revisions", enable_openapi=False
)
WHO = {
    "person": "You",
    "ai": "AI",
    "placeholder": "The placeholder writer",
    "import": "The older library",
    "update": "The update",
}


@api.get("")
@requires("viewer")
@api.output(RevisionsOut)
@api.doc(responses=[404])
def history(image_id: int) -> dict[str, Any]:
    """List what changed, newest first, at most 200."""
    context.image(image_id)
    return {"revisions": [revision.to_dict() for revision in revisions.of_image(db.session(), image_id)]}


@api.post("/<int:revision_id>/restore")
@requires("editor")
@api.input(VersionOnly)
@api.output(ImageOut)
@api.doc(responses=[404, 409])
def restore(image_id: int, revision_id: int, json_data: VersionOnly) -> dict[str, Any]:
    """Go back to the words as they were right after a change."""
    image = images.restore_revision(db.session(), context.image(image_id), revision_id, json_data.version)
    return image_presenters.commit_change(image, json_data.version)


@undo_api.post("/undo")
@requires("editor")
@undo_api.input(UndoQuery, location="query")
@undo_api.output(ImageOut)
@undo_api.doc(responses=[404, 409])
def undo(image_id: int, query_data: UndoQuery) -> dict[str, Any]:
    """Take back what was just done to the words or the status; 409, and nothing is done, when it was changed since.

    The address is named by the answer to what was done, in `Link` as rel="undo".
    """
    given = query_data.revisions
    found = [forms.possible_id(number) for number in forms.ids_of(given)] if given else []
    image = image_undo.undo(db.session(), context.image(image_id), found, query_data.suggestion)
    db.session.commit()
    return image_json.image_to_json(image)


@pages.post("/<int:revision_id>/restore")
@requires("editor")
def restore_page(image_id: int, revision_id: int) -> ResponseReturnValue:
    """Go back with a plain form."""
    images.restore_revision(
        db.session(), context.image(image_id), revision_id, forms.version_of(request.form)
    )
    db.session.commit()
    return redirect_to_image(image_id)


def revision_rows(found: Sequence[Revision]) -> list[dict[str, Any]]:
    """Return revisions, newest first, as sentences for the page, each with the voice that it was written in."""
    voices = {revision.voice_id for revision in found if revision.voice_id is not None}
    numbers = voice.numbers(db.session(), voices)
    return [
        {
            "id": revision.id,
            "at": revision.at,
            "by": revision.who or {"person": "you", "ai": "AI"}.get(revision.by, revision.by),
            "sentence": _sentence(revision),
            "usd": revision.usd or None,
            "voice": numbers.get(revision.voice_id or 0),
            "can_restore": position > 0,
            "changes": [
                {"label": LABELS.get(field, field), "before": as_text(before), "after": as_text(after)}
                for field, (before, after) in revision.changes.items()
            ],
        }
        for position, revision in enumerate(found)
    ]


def _sentence(revision: Revision) -> str:
    who = revision.who or WHO.get(revision.by, revision.by)
    # In the order of the page: the database keeps the keys in an order of its own.
    what = _join_names(
        [label for field, label in LABELS.items() if field in revision.changes and field != "status"]
    )
    status = revision.changes.get("status")
    match revision.action:
        case "upload":
            return (
                f"{who} added the picture, with the {what} from its file"
                if what
                else f"{who} added the picture"
            )
        case "import":
            return "Taken over from an older library"
        case "trash":
            return f"{who} moved it to the trash"
        case "untrash":
            return f"{who} took it out of the trash"
        case "generate":
            return f"{who} wrote the {what}" if what else f"{who} wrote the same words again"
        case "accept":
            return f"{who} used the suggestion for the {what}" if what else f"{who} used the suggestion"
        case "take_over":
            return f"{who} took the {what} over from its double"
        case "undo":
            status_too = " and the status" if status else ""
            return (
                f"{who} took back a change of the {what}{status_too}"
                if what
                else f"{who} made it {status[1] if status else 'as before'} again"
            )
        case "restore":
            return f"{who} went back to an earlier {what}" if what else f"{who} went back"
    if status and not what:
        return f"{who} marked it {status[1]}"
    return f"{who} changed the {what}"


def _join_names(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else ""
