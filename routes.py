"""The library: its pages, and the JSON of its pictures. `register` lists every blueprint."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.core.errors import Invalid
from artworks.images import image as images
from artworks.images import revisions
from artworks.images.image import StaleVersion
from artworks.images.uploads import Received
from artworks.library.sidebar import beside
from artworks.search import listing as search
from artworks.search.counts import survey
from artworks.search.filters import NAMES, Filters
from artworks.search.neighbours import neighbours
from artworks.taxonomy import queries as catalogue
from artworks.web import assets, image_json
from artworks.web import context as access
from artworks.web import health as ops
from artworks.web import settings_pages as settings
from artworks.web.accounts import invitation_pages as tickets
from artworks.web.accounts import login_pages, sso_pages
from artworks.web.accounts import profile_pages as account
from artworks.web.accounts import user_pages as people
from artworks.web.audit import pages as audit
from artworks.web.batches import api as batches
from artworks.web.batches import pages as batch_pages
from artworks.web.bulk import api as bulk
from artworks.web.bulk import pages as bulk_pages
from artworks.web.collections import api as collections
from artworks.web.collections import pages as collection_pages
from artworks.web.dependents import api as uses
from artworks.web.drafting import api as generation
from artworks.web.duplicates import pages as look_alikes
from artworks.web.exports import pages as exports
from artworks.web.http import form_text, version_of
from artworks.web.images import file_pages as files
from artworks.web.images import history_pages as history
from artworks.web.images import presenters as panel
from artworks.web.images import suggestion_pages as suggestions_room
from artworks.web.images import upload_forms as uploading
from artworks.web.library import colours
from artworks.web.library import review_pages as review
from artworks.web.library import saved_view_pages as views
from artworks.web.library import trash_pages as trash
from artworks.web.listing import filters_from, link, listing, query_of, sidebar, to_picture
from artworks.web.schemas import Edit, ImageOut, ImagePage, ListQuery, UploadOut
from artworks.web.sharing import api as shares
from artworks.web.sharing import gallery_pages as gallery
from artworks.web.sharing import pages as share_pages
from artworks.web.taxonomy import api as catalogue_room
from artworks.web.taxonomy import category_pages, tag_pages
from artworks.web.templating import view
from artworks.web.usage import pages as usage
from artworks.web.voice import api as voice
from artworks.web.voice import pages as voice_pages
from models import TEXT_FIELDS, Image, db

api = APIBlueprint("images", __name__, url_prefix="/api", tag="Pictures")
pages = APIBlueprint("library", __name__, enable_openapi=False)
HISTORY_SHOWN = 30
MOST_HISTORY = 1000


def register(app: APIFlask) -> None:
    """Open every room of the house."""
    rooms = (
        api, pages, login_pages.pages, sso_pages.pages, assets.pages, files.pages, generation.api,
        generation.pages, suggestions_room.api, suggestions_room.pages, account.pages, history.api,
        history.pages, catalogue_room.api, exports.pages, trash.api, trash.pages, settings.pages, ops.pages,
        review.pages, usage.pages, voice.api, voice_pages.pages, bulk.api, bulk_pages.pages, batches.api,
        batch_pages.pages, look_alikes.api, look_alikes.pages, collections.api, collection_pages.pages,
        views.api, views.pages, shares.api, share_pages.pages, gallery.pages, category_pages.pages,
        tag_pages.pages, people.pages, tickets.pages, audit.api, audit.pages, uses.api,
    )  # fmt: skip
    for room in rooms:
        app.register_blueprint(room)


@api.get("/images")
@api.input(ListQuery, location="query")
@api.output(ImagePage)
@api.doc(responses=[400])
def list_images(query_data: ListQuery) -> dict[str, Any]:
    """List one page of pictures in the order of the filters."""
    given = query_data.model_dump(include=set(NAMES))
    filters = Filters(**given, trashed=query_data.trashed == "1")
    if filters.trashed:
        access.require_role("editor")
    surveyed = survey(db.session(), filters) if filters.q else None
    page = search.page(db.session(), filters, query_data.limit, query_data.after or None, surveyed)
    count, exact = search.counted(db.session(), filters, page, surveyed)
    return {
        "images": [image_json.of(image) for image in page.images],
        "next": page.next,
        "total": {"count": count, "exact": exact},
    }


@api.post("/images")
@api.output(UploadOut, status_code=201)
@api.doc(responses=[200, 413, 415, 422, 503, 507])
def upload() -> ResponseReturnValue:
    """Store each good picture of a form; the others are listed with the reason."""
    return uploading.answer(uploading.receive())


@api.post("/samples")
@api.output(UploadOut, status_code=201)
@api.doc(responses=[200, 503, 507])
def samples() -> ResponseReturnValue:
    """Add the six sample pictures."""
    return uploading.answer(uploading.receive_samples())


@api.get("/images/<int:image_id>")
@api.output(ImageOut)
@api.doc(responses=[404])
def read_image(image_id: int) -> dict[str, Any]:
    """Return one picture."""
    return image_json.of(access.image(image_id))


@api.patch("/images/<int:image_id>")
@api.input(Edit)
@api.output(ImageOut)
@api.doc(responses=[404, 409])
def edit_image(image_id: int, json_data: Edit) -> dict[str, Any]:
    """Change some fields; 409 with the current picture when it was changed elsewhere."""
    changes = json_data.model_dump(exclude_unset=True, exclude={"version"})
    image = images.edit(db.session(), access.image(image_id), json_data.version, changes)
    db.session.commit()
    return image_json.of(image)


@pages.get("/")
def library() -> ResponseReturnValue:
    """Show the library, or only the piece of it that the page asks for."""
    filters, fragment = filters_from(request.args), request.args.get("fragment", "")
    if fragment == "sidebar":
        return render_template("library/_sidebar.html", **_beside(filters), filter_query=query_of(filters))
    found = listing(filters, request.args.get("after", ""), view())
    if fragment == "rows":
        return render_template("library/_rows.html", **found)
    return render_template("library/index.html", **found, **_beside(filters))


def _beside(filters: Filters) -> dict[str, Any]:
    """Gather what stands beside the list."""
    found = beside(db.session())
    return {
        "sidebar": sidebar(filters, found),
        "collections": collection_pages.side(filters, found.collections),
        "views": views.side(filters, found.views),
        "colours": colours.choices(filters),
    }


@pages.post("/")
def upload_page() -> ResponseReturnValue:
    """Upload with a plain form."""
    return _flashed(uploading.receive())


@pages.post("/samples")
def samples_page() -> ResponseReturnValue:
    """Add the sample pictures with a plain form."""
    return _flashed(uploading.receive_samples())


def _flashed(received: Received) -> ResponseReturnValue:
    for sentence, kind in uploading.told(received):
        flash(sentence, kind)
    return redirect("/", 303)


@pages.get("/images/<int:image_id>/row")
def row(image_id: int) -> ResponseReturnValue:
    """Show one row or card of the library."""
    template = "library/_card.html" if view() == "grid" else "library/_row.html"
    return render_template(
        template, image=access.image(image_id), filter_query=query_of(filters_from(request.args))
    )


@pages.get("/images/<int:image_id>")
def detail(image_id: int) -> ResponseReturnValue:
    """Show one picture, or only the panel with its words."""
    image = access.image(image_id)
    if request.args.get("fragment") == "panel":
        return render_template("images/_panel.html", **_detail(image, {}))
    return render_template("images/detail.html", **_detail(image, {}))


@pages.post("/images/<int:image_id>")
def edit_page(image_id: int) -> ResponseReturnValue:
    """Edit with a plain form; after a clash or a mistake the page comes back with what was typed."""
    image = access.image(image_id)
    typed = {name: form_text(request.form[name]) for name in (*TEXT_FIELDS, "status") if name in request.form}
    try:
        images.edit(db.session(), image, version_of(request.form), typed)
    except StaleVersion as stale:
        return make_response(render_template("images/detail.html", **_detail(stale.current, typed)), 409)
    except Invalid as error:
        flash(error.message, "danger")
        return make_response(
            render_template("images/detail.html", **_detail(image, typed), mistake=True), 422
        )
    db.session.commit()
    return to_picture(image_id)


def _detail(image: Image, clash: dict[str, str]) -> dict[str, Any]:
    """Gather what the picture page shows."""
    session, filters = db.session(), filters_from(request.args)
    near = neighbours(session, filters, image)
    shown = MOST_HISTORY if request.args.get("history") == "all" else HISTORY_SHOWN
    found = revisions.of_image(session, image.id, shown + 1)
    return {
        **panel.words(image, clash),
        "revisions": history.told(found)[:shown],
        "history_more": len(found) > shown,
        "history_url": link(f"/images/{image.id}", filters, history="all")
        if shown == HISTORY_SHOWN
        else None,
        "previous_url": link(f"/images/{near.previous}", filters) if near.previous else None,
        "next_url": link(f"/images/{near.next}", filters) if near.next else None,
        "position": {"index": near.index, "total": near.total} if near.index else None,
        "filter_query": query_of(filters),
        "category_names": catalogue.category_names(session),
        "picture_collections": collection_pages.of_picture(image),
    }
