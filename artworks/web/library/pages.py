"""The library's page, and the plain forms that add pictures to it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.images.uploads import Received
from artworks.library.sidebar import SidebarData, read_sidebar
from artworks.search.filters import Filters
from artworks.web.collections import pages as collection_pages
from artworks.web.flash import flash_with_undo
from artworks.web.images import pages as image_pages
from artworks.web.images import upload_forms
from artworks.web.library import saved_view_pages
from artworks.web.library.listing import colour_choices, list_context, sidebar_entries
from artworks.web.permissions import requires
from artworks.web.settings import first_visit
from artworks.web.templating import view
from artworks.web.urls import filters_from, query_of
from models import db

# One blueprint with the pages of a picture.
pages = image_pages.pages


@pages.get("/")
@requires("viewer")
def library() -> ResponseReturnValue:
    """Show the library, or only the piece of it that the page asks for."""
    filters, fragment = filters_from(request.args), request.args.get("fragment", "")
    if fragment == "sidebar":
        return render_template(
            "library/_sidebar.html",
            **_sidebar_context(filters, read_sidebar(db.session())),
            filter_query=query_of(filters),
        )
    after = request.args.get("after", "")
    if fragment == "rows":
        return render_template("library/_rows.html", **list_context(filters, after, view()))
    beside = read_sidebar(db.session())
    found = list_context(filters, after, view(), total=None if filters.narrows else beside.total)
    question = {} if found["images"] or filters.narrows else first_visit.question_context()
    return render_template("library/index.html", **found, **_sidebar_context(filters, beside), **question)


@pages.get("/parts")
@requires("viewer")
def parts() -> str:
    """Return what only scripts show, such as dialogs and the upload tray, which a page asks for with its scripts."""
    return render_template("_parts.html")


def _sidebar_context(filters: Filters, found: SidebarData) -> dict[str, Any]:
    """Gather what stands beside the list."""
    return {
        "sidebar": sidebar_entries(filters, found),
        "collections": collection_pages.sidebar_entries(filters, found.collections),
        "views": saved_view_pages.sidebar_entries(filters, found.views),
        "colours": colour_choices(filters),
    }


@pages.post("/")
@requires("editor")
def upload_page() -> ResponseReturnValue:
    """Upload with a plain form."""
    return _redirect_with_messages(upload_forms.receive())


@pages.post("/samples")
@requires("editor")
def samples_page() -> ResponseReturnValue:
    """Add the sample pictures with a plain form."""
    return _redirect_with_messages(upload_forms.receive_samples())


def _redirect_with_messages(received: Received) -> ResponseReturnValue:
    undo_id = upload_forms.record_undo(received)
    for sentence, kind in upload_forms.upload_messages(received):
        if kind == "success":
            flash_with_undo(sentence, undo_id)
        else:
            flash(sentence, kind)
    return redirect("/", 303)
