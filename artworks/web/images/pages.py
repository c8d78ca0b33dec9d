"""The pages of one picture: its row in a list, itself, and the plain form that edits it."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import flash, make_response, render_template, request
from flask.typing import ResponseReturnValue

from artworks.core.errors import Invalid
from artworks.core.text import WRONG_STATUS
from artworks.duplicates import pairs as duplicate_pairs
from artworks.images import image as images
from artworks.images import revisions
from artworks.images.image import StaleVersion
from artworks.library import neighbours
from artworks.library.neighbours import StripImage
from artworks.search.filters import describe_chips
from artworks.search.listing import position_of
from artworks.taxonomy import queries as taxonomy
from artworks.web import context, forms
from artworks.web.collections import pages as collection_pages
from artworks.web.images import history_lines, status_hints
from artworks.web.images import presenters as image_presenters
from artworks.web.images.api import changes_of
from artworks.web.images.schemas import Edit
from artworks.web.permissions import requires
from artworks.web.templating import view
from artworks.web.urls import filters_from, link, query_of, redirect_to_image
from models import TEXT_FIELDS, Image, db

# Permissions go by its name; artworks/web/library/pages.py adds to it.
pages = APIBlueprint("library", __name__, enable_openapi=False)
HISTORY_SHOWN = 30
# Several revisions may be one line.
REVISIONS_A_LINE = 3
MOST_HISTORY = 1000
# Pictures to each side in the strip below the stage, and look-alikes that are shown.
STRIP_EACH, LOOK_ALIKES_SHOWN = 7, 6
WRONG = {"status": WRONG_STATUS}


@pages.get("/images/<int:image_id>/row")
@requires("viewer")
def row(image_id: int) -> ResponseReturnValue:
    """Show one row or card of the library."""
    return render_template(
        "library/_rows.html",
        images=[context.image(image_id)],
        listing={"view": view(), "next_url": None},
        filter_query=query_of(filters_from(request.args)),
    )


@pages.get("/images/<int:image_id>")
@requires("viewer")
def detail(image_id: int) -> ResponseReturnValue:
    """Show one picture, or only the panel with its words."""
    image = context.image(image_id)
    page = "images/_panel.html" if request.args.get("fragment") == "panel" else "images/detail.html"
    response = make_response(render_template(page, **_detail_context(image, {})))
    if context.actor().may("editor"):
        status_hints.remember(response, image)
    return response


@pages.post("/images/<int:image_id>")
@requires("editor")
def edit_page(image_id: int) -> ResponseReturnValue:
    """Edit with a plain form; after a clash or a mistake the page comes back with what was typed."""
    image = context.image(image_id)
    typed = {
        name: forms.form_text(request.form[name]) for name in (*TEXT_FIELDS, "status") if name in request.form
    }
    try:
        version = forms.version_of(request.form)
        # First: over a newer picture both are shown, whatever is wrong with what was typed.
        images.check_version(image, version)
        given = forms.check(Edit, {"version": version, **typed}, WRONG)
        images.edit(db.session(), image, given.version, changes_of(given))
    except StaleVersion as stale:
        return make_response(
            render_template("images/detail.html", **_detail_context(stale.current, typed)), 409
        )
    except Invalid as error:
        flash(error.message, "danger")
        return make_response(
            render_template("images/detail.html", **_detail_context(image, typed), mistake=True), 422
        )
    db.session.commit()
    return redirect_to_image(image_id)


def _detail_context(image: Image, clash: dict[str, str]) -> dict[str, Any]:
    """Gather what the picture page shows."""
    session, filters = db.session(), filters_from(request.args)
    near = position_of(session, filters, image, number_alone=True)
    strip = [*neighbours.around(session, filters, image, STRIP_EACH).images]
    at = next(place for place, one in enumerate(strip) if one.id == image.id)
    shown = MOST_HISTORY if request.args.get("history") == "all" else HISTORY_SHOWN
    found = revisions.of_image(session, image.id, shown * REVISIONS_A_LINE + 1)
    history = history_lines.lines(found)
    return {
        **image_presenters.panel_context(image, clash),
        "status_hint": status_hints.hint(image),
        "revisions": history[:shown],
        "history_more": len(history) > shown or len(found) > shown * REVISIONS_A_LINE,
        "history_url": link(f"/images/{image.id}", filters, history="all")
        if shown == HISTORY_SHOWN
        else None,
        "previous_url": link(f"/images/{strip[at - 1].id}", filters) if at else None,
        "next_url": link(f"/images/{strip[at + 1].id}", filters) if strip[at + 1 :] else None,
        "position": {"index": near.index, "total": near.total} if near.index else None,
        "filter_query": query_of(filters),
        "came_from": list(describe_chips(filters, session).values()),
        "category_names": taxonomy.category_names(session),
        "picture_collections": collection_pages.choices_of(image),
        "history_sum": history_lines.sum_of(image, history),
        "strip": strip,
        "look_alikes": _look_alikes(image),
    }


def _look_alikes(image: Image) -> list[StripImage] | None:
    """Return pictures that look like one; None for whoever may not decide about them."""
    if not context.actor().may("editor"):
        return None
    ids = duplicate_pairs.of_image(db.session(), image.id, LOOK_ALIKES_SHOWN)
    return neighbours.named(db.session(), ids)
