"""Taking and dismissing suggested words."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import flash, make_response, request
from flask.typing import ResponseReturnValue

from artworks.core.errors import BadRequest
from artworks.images import suggestions
from artworks.images.image import StaleVersion
from artworks.web import context, forms, image_json
from artworks.web.flash import link_undo
from artworks.web.images import presenters as image_presenters
from artworks.web.images.schemas import Accept, DismissQuery, ImageOut, SuggestionOnly
from artworks.web.permissions import requires
from artworks.web.urls import redirect_to_image, show_image
from models import db

api = APIBlueprint("suggestions", __name__, url_prefix="/api/images/<int:image_id>/suggestion", tag="Words")
pages = APIBlueprint("suggestion_pages", __name__, url_prefix="/images/<int:image_id>", enable_openapi=False)


@api.post("/accept")
@requires("editor")
@api.input(Accept)
@api.output(ImageOut)
@api.doc(responses=[404, 409])
def accept(image_id: int, json_data: Accept) -> dict[str, Any]:
    """Take all or some of the suggested fields."""
    image = suggestions.accept(
        db.session(), context.image(image_id), json_data.suggestion, json_data.version, json_data.fields
    )
    return image_presenters.commit_change(image, json_data.version)


@api.delete("")
@requires("editor")
@api.input(DismissQuery, location="query")
@api.output({}, status_code=204)
@api.doc(responses=[404, 409])
def dismiss(image_id: int, query_data: DismissQuery) -> str:
    """Let go of all or some of the suggested fields."""
    fields = query_data.fields.split(",") if query_data.fields else None
    suggestions.dismiss(db.session(), context.image(image_id), query_data.suggestion, fields)
    db.session.commit()
    link_undo(f"/api/images/{image_id}/suggestion/restore?suggestion={query_data.suggestion}")
    return ""


@api.post("/restore")
@requires("editor")
@api.input(SuggestionOnly, location="query")
@api.output(ImageOut)
@api.doc(responses=[404, 409])
def restore(image_id: int, query_data: SuggestionOnly) -> dict[str, Any]:
    """Let words wait again that were dismissed last of a suggestion."""
    image = suggestions.restore(db.session(), context.image(image_id), query_data.suggestion)
    db.session.commit()
    return image_json.image_to_json(image)


@pages.post("/suggestion")
@requires("editor")
def decide(image_id: int) -> ResponseReturnValue:
    """Take or dismiss suggested words with a plain form; a newer suggestion is shown with a word about it."""
    field = request.form.get("field", "all")
    fields = None if field == "all" else [field]
    session, image, action = db.session(), context.image(image_id), request.form.get("action")
    if action not in ("accept", "dismiss"):
        raise BadRequest("Choose whether to use the suggestion or to keep your own words.")
    number = forms.possible_id(forms.seen_version(request.form, "suggestion"))
    try:
        if action == "accept":
            seen = {"suggestion": number, "version": forms.version_of(request.form)}
            wrong = {"fields": suggestions.missing_field(field).message}
            taken = forms.check(Accept, {**seen, "fields": fields}, wrong)
            suggestions.accept(session, image, taken.suggestion, taken.version, taken.fields)
        else:
            # The one field of the form does not go through the line of names that an address has: empty it means all.
            dropped = forms.check(DismissQuery, {"suggestion": number})
            suggestions.dismiss(session, image, dropped.suggestion, fields)
    except StaleVersion as stale:
        session.rollback()
        flash(stale.message, "warning")
        return make_response(show_image(image_id), 409)
    session.commit()
    return redirect_to_image(image_id)
