"""The trash: what is in it, taking out, emptying."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.dependents import uses
from artworks.images import image as images
from artworks.images.trash import KEPT_IN_TRASH, empty_trash
from artworks.search.filters import Filters
from artworks.web import context, image_json
from artworks.web.dependents import presenters as dependents_presenters
from artworks.web.flash import flash_trashed
from artworks.web.images.schemas import ImageOut
from artworks.web.library.listing import list_context
from artworks.web.library.schemas import Emptied
from artworks.web.permissions import requires
from artworks.web.urls import filters_from, link, query_of, redirect_to_image
from models import db

api = APIBlueprint("trash", __name__, url_prefix="/api", tag="Trash")
pages = APIBlueprint("trash_pages", __name__, enable_openapi=False)


@api.delete("/images/<int:image_id>")
@requires("editor")
@api.output({}, status_code=204)
@api.doc(responses=[404])
def trash(image_id: int) -> str:
    """Put a picture in the trash, where it stays for 30 days."""
    images.trash(db.session(), context.image(image_id))
    db.session.commit()
    return ""


@api.post("/images/<int:image_id>/restore")
@requires("editor")
@api.output(ImageOut)
@api.doc(responses=[404])
def restore(image_id: int) -> dict[str, Any]:
    """Take a picture out of the trash."""
    image = images.untrash(db.session(), context.trashed(image_id))
    db.session.commit()
    return image_json.image_to_json(image)


@api.post("/trash/empty")
@requires("owner")
@api.output(Emptied)
@api.doc(responses=[409])
def empty() -> dict[str, int]:
    """Delete everything in the trash for good: rows, originals, renditions."""
    return {"deleted": empty_trash(db.session(), context.dependencies().storage)}


@pages.get("/trash")
@requires("editor")
def index() -> ResponseReturnValue:
    """Show what is in the trash."""
    found = list_context(Filters(trashed=True), request.args.get("after", ""), "grid", "/trash")
    template = (
        "library/trash/_rows.html" if request.args.get("fragment") == "rows" else "library/trash/index.html"
    )
    goes = dependents_presenters.removed(uses.of_pictures(db.session(), Filters(trashed=True)))
    return render_template(template, **found, kept_days=KEPT_IN_TRASH.days, goes=goes)


@pages.post("/images/<int:image_id>/trash")
@requires("editor")
def trash_page(image_id: int) -> ResponseReturnValue:
    """Put a picture in the trash with a plain form; the next page offers to undo it.

    Where others notice, who look at a shared gallery, or a batch under way, it asks first.
    """
    image = context.image(image_id)
    found = uses.of_pictures(db.session(), Filters(ids=(image_id,)))
    goes = dependents_presenters.trashed(found)
    if (found.open or found.batches) and not request.form.get("sure"):
        return render_template(
            "library/trash/ask.html", image=image, goes=goes, query=query_of(filters_from(request.args))
        )
    images.trash(db.session(), image)
    db.session.commit()
    name = image.post_title or image.original_filename
    flash_trashed(" ".join([f"{name[:200]} is in the trash.", *goes]), image_id)
    return redirect(link("/", filters_from(request.args)), 303)


@pages.post("/images/<int:image_id>/restore")
@requires("editor")
def restore_page(image_id: int) -> ResponseReturnValue:
    """Take a picture out of the trash with a plain form."""
    images.untrash(db.session(), context.trashed(image_id))
    db.session.commit()
    return redirect_to_image(image_id)


@pages.post("/trash/empty")
@requires("owner")
def empty_page() -> ResponseReturnValue:
    """Empty the trash with a plain form."""
    count = empty_trash(db.session(), context.dependencies().storage)
    flash(f"{count} picture{'s' if count != 1 else ''} deleted for good.", "success")
    return redirect("/trash", 303)
