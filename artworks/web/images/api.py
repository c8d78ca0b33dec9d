"""The JSON of pictures: list, upload, read, edit."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from artworks.images import autosaves
from artworks.images import image as images
from artworks.search import listing as search
from artworks.search.counts import estimate
from artworks.search.filters import NAMES, Filters
from artworks.web import context, image_json
from artworks.web.flash import link_bulk_undo
from artworks.web.images import presenters as image_presenters
from artworks.web.images import upload_forms
from artworks.web.images.schemas import (
    Edit,
    ImageOut,
    ImagePage,
    ListQuery,
    UploadOut,
    VersionsOut,
    VersionsQuery,
)
from artworks.web.permissions import requires
from models import db

api = APIBlueprint("images", __name__, url_prefix="/api", tag="Pictures")


@api.get("/images")
@requires("viewer")
@api.input(ListQuery, location="query")
@api.output(ImagePage)
@api.doc(responses=[400])
def list_images(query_data: ListQuery) -> dict[str, Any]:
    """List one page of pictures in the order of the filters."""
    given = query_data.model_dump(include=set(NAMES))
    filters = Filters(**given, trashed=query_data.trashed == "1", zone=context.time_zone())
    if filters.trashed:
        context.require_role("editor")
    estimated = estimate(db.session(), filters) if filters.q else None
    page = search.page(db.session(), filters, query_data.limit, query_data.after or None, estimated)
    count, exact = search.count_of(db.session(), filters, page, estimated)
    return {
        "images": [image_json.image_to_json(image) for image in page.images],
        "next": page.next,
        "total": {"count": count, "exact": exact},
    }


@api.post("/images")
@requires("editor")
@api.output(UploadOut, status_code=201)
@api.doc(responses=[200, 413, 415, 422, 503, 507])
def upload() -> ResponseReturnValue:
    """Store each good picture of a form; the others are listed with the reason."""
    return upload_forms.upload_response(upload_forms.receive())


@api.post("/samples")
@requires("editor")
@api.output(UploadOut, status_code=201)
@api.doc(responses=[200, 503, 507])
def samples() -> ResponseReturnValue:
    """Add the six sample pictures; the undo takes those away that nobody changed since."""
    received = upload_forms.receive_samples()
    link_bulk_undo(upload_forms.record_undo(received))
    return upload_forms.upload_response(received)


@api.get("/images/versions")
@requires("viewer")
@api.input(VersionsQuery, location="query")
@api.output(VersionsOut)
def list_versions(query_data: VersionsQuery) -> dict[str, Any]:
    """Return the versions of some pictures, for a page that shows them."""
    ids = {int(one) for one in query_data.ids.split(",")}
    return {"versions": images.versions_of(db.session(), ids)}


@api.get("/images/<int:image_id>")
@requires("viewer")
@api.output(ImageOut)
@api.doc(responses=[404])
def read_image(image_id: int) -> dict[str, Any]:
    """Return one picture."""
    return image_json.image_to_json(context.image(image_id))


@api.patch("/images/<int:image_id>")
@requires("editor")
@api.input(Edit)
@api.output(ImageOut)
@api.doc(responses=[404, 409])
def edit_image(image_id: int, json_data: Edit) -> dict[str, Any]:
    """Change some fields; 409 with the current picture when it was changed elsewhere."""
    image, version, changes = context.image(image_id), json_data.version, changes_of(json_data)
    if json_data.autosave:
        autosaves.publish(db.session(), image, version, changes, json_data.autosave.typed())
    else:
        images.edit(db.session(), image, version, changes)
    return image_presenters.commit_change(image, version)


def changes_of(given: Edit) -> dict[str, Any]:
    """Return the fields that were given."""
    return given.model_dump(exclude_unset=True, exclude={"version", "autosave"})
