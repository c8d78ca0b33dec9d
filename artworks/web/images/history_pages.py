"""The history of a picture's words, for programs and for people."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import flash, request
from flask.typing import ResponseReturnValue

from artworks.images import image as images
from artworks.images import revisions
from artworks.images import undo as image_undo
from artworks.web import context, forms, image_json
from artworks.web.images import presenters as image_presenters
from artworks.web.images.history_lines import restored_sentences
from artworks.web.images.schemas import ImageOut, RestoredOut, RevisionsOut, TypedStep, UndoQuery, VersionOnly
from artworks.web.permissions import requires
from artworks.web.urls import redirect_to_image
from models import db

api = APIBlueprint("history", __name__, url_prefix="/api/images/<int:image_id>/revisions", tag="History")
undo_api = APIBlueprint("undo", __name__, url_prefix="/api/images/<int:image_id>", tag="History")
pages = APIBlueprint(
    "history_pages", __name__, url_prefix="/images/<int:image_id>/revisions", enable_openapi=False
)


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
@api.output(RestoredOut)
@api.doc(responses=[404, 409])
def restore(image_id: int, revision_id: int, json_data: VersionOnly) -> dict[str, Any]:
    """Go back to the words as they were right after a change, with the names of today."""
    done = images.restore_revision(db.session(), context.image(image_id), revision_id, json_data.version)
    answer = image_presenters.commit_change(done.image, json_data.version)
    return {**answer, "message": restored_sentences(done)}


@api.post("/<int:revision_id>/undo")
@requires("editor")
@api.input(TypedStep)
@api.output(ImageOut)
@api.doc(responses=[404, 409])
def undo_typed(image_id: int, revision_id: int, json_data: TypedStep) -> dict[str, Any]:
    """Take back what was typed last in a sitting, which is one revision; 409 when the text was changed since."""
    image = image_undo.undo_typed(
        db.session(), context.image(image_id), revision_id, **json_data.model_dump()
    )
    db.session.commit()
    return image_json.image_to_json(image)


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
    version = forms.version_of(request.form)
    done = images.restore_revision(db.session(), context.image(image_id), revision_id, version)
    db.session.commit()
    flash(restored_sentences(done), "success")
    return redirect_to_image(image_id)
