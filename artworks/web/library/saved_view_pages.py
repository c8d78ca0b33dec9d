"""Saved views: over the API, and the page where they are renamed and deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.collections import collection as collections
from artworks.core.errors import Conflict, Invalid
from artworks.dependents import change_undo, delete_undo
from artworks.library import saved_views
from artworks.search.filters import NAMES, SORTS, Filters, describe_values
from artworks.web import context, forms
from artworks.web.flash import flash_with_undo, link_bulk_undo
from artworks.web.library.schemas import ViewEdit, ViewIn, ViewOut, ViewsOut
from artworks.web.permissions import requires
from artworks.web.schemas import DeletedOut
from artworks.web.urls import filters_from
from models import SavedView, db, iso

api = APIBlueprint("views", __name__, url_prefix="/api/views", tag="Views")
pages = APIBlueprint("view_pages", __name__, url_prefix="/views", enable_openapi=False)


@api.get("")
@requires("viewer")
@api.output(ViewsOut)
def list_views() -> dict[str, Any]:
    """List the saved views by name."""
    return {"views": [_view_to_json(view) for view in saved_views.listed(db.session())]}


@api.post("")
@requires("editor")
@api.input(ViewIn)
@api.output(ViewOut, status_code=201)
@api.doc(responses=[409])
def create(json_data: ViewIn) -> dict[str, Any]:
    """Keep filters under a name; 409 when there is a view of that name."""
    view, undo_id = _create_and_commit(json_data)
    link_bulk_undo(undo_id)
    return _view_to_json(view)


@api.patch("/<int:view_id>")
@requires("editor")
@api.input(ViewEdit)
@api.output(ViewOut)
@api.doc(responses=[404, 409])
def edit(view_id: int, json_data: ViewEdit) -> dict[str, Any]:
    """Rename a view or give it other filters; 409 when there is another one of that name."""
    view = saved_views.find(db.session(), view_id)
    given = json_data.filters and json_data.filters.model_dump()
    filters = saved_views.parse_filters(given, context.time_zone()) if given else None
    before = change_undo.snapshot(view)
    saved_views.edit(db.session(), view, json_data.name, filters, version=json_data.version)
    undo_id = change_undo.record_change(db.session(), view, before)
    db.session.commit()
    link_bulk_undo(undo_id)
    return _view_to_json(view)


@api.delete("/<int:view_id>")
@requires("editor")
@api.output(DeletedOut)
@api.doc(responses=[404])
def delete(view_id: int) -> dict[str, int]:
    """Delete a view; the pictures in it are not touched, and an undo brings it back."""
    action = delete_undo.delete_view(db.session(), saved_views.find(db.session(), view_id))
    db.session.commit()
    return {"bulk_edit_id": action.id}


@pages.get("")
@requires("editor")
def index() -> ResponseReturnValue:
    """Show the saved views."""
    return _render_index()


@pages.post("")
@requires("editor")
def create_page() -> ResponseReturnValue:
    """Save a view with a plain form and lead back to its pictures; with a mistake the form comes back."""
    name = request.form.get("name", "")
    given = {filter_: request.form[filter_] for filter_ in NAMES if request.form.get(filter_)}
    try:
        # As in an address, from which they come: what is too long to be looked for is cut.
        filters = filters_from(given).given
        view, undo_id = _create_and_commit(forms.read(ViewIn, request.form, ("name",), filters=filters))
    except (Invalid, Conflict) as error:
        typed = {"name": name, "filters": given, "told": error.field == "name" and describe_view(given)}
        return make_response(_render_index(error=error, new=typed), error.status)
    flash_with_undo(f"Saved. “{view.name}” is at the side from now on.", undo_id, back="/views")
    return redirect(view_url(view), 303)


@pages.post("/<int:view_id>")
@requires("editor")
def rename_page(view_id: int) -> ResponseReturnValue:
    """Rename a view with a plain form; with a mistake the page comes back with what was typed."""
    view, version = saved_views.find(db.session(), view_id), forms.version_of(request.form)
    given = forms.read(ViewEdit, request.form, ("name",), version=version)
    before = change_undo.snapshot(view)
    try:
        saved_views.edit(db.session(), view, given.name, version=version)
    except (Invalid, Conflict) as error:
        return make_response(_render_index(error=error, typed={view_id: given.name or ""}), error.status)
    undo_id = change_undo.record_change(db.session(), view, before)
    db.session.commit()
    flash_with_undo(
        f"The view is called “{view.name}” now. Before it was “{before['name']}”.", undo_id, back="/views"
    )
    return redirect("/views", 303)


@pages.post("/<int:view_id>/delete")
@requires("editor")
def delete_page(view_id: int) -> ResponseReturnValue:
    """Delete a view with a plain form; the next page offers to undo it."""
    view = saved_views.find(db.session(), view_id)
    action = delete_undo.delete_view(db.session(), view)
    db.session.commit()
    text = f"The view “{view.name}” is deleted. Its pictures are all still there."
    flash_with_undo(text, action.id, back="/views")
    return redirect("/views", 303)


def _render_index(
    *,
    error: Invalid | Conflict | None = None,
    new: dict[str, Any] | None = None,
    typed: dict[int, str] | None = None,
) -> str:
    found = saved_views.listed(db.session())
    kept = [saved_views.filters_as_stored(view) for view in found]
    names = collection_names(kept)
    rows = [
        {
            "id": view.id,
            "name": view.name,
            "version": view.version,
            "url": view_url(view),
            "told": describe_view(filters, names),
        }
        for view, filters in zip(found, kept, strict=True)
    ]
    return render_template(
        "library/saved_views/index.html", rows=rows, error=error, new=new, typed=typed or {}
    )


def view_url(view: SavedView) -> str:
    """Return the address of a view: the library with its filters."""
    return f"/?{urlencode(saved_views.filters_as_stored(view))}"


def describe_view(filters: dict[str, str], names: dict[int, str] | None = None) -> list[str]:
    """Return in a few words each what a view is filtered by."""
    parts = describe_values(filters, collection_names([filters]) if names is None else names)
    if "sort" in filters:
        parts.append(f"order: {SORTS.get(filters['sort'], filters['sort']).lower()}")
    return parts


def collection_names(kept: Sequence[Mapping[str, str]]) -> dict[int, str]:
    """Return the names of the collections that stand in filters; those that are gone are left out."""
    numbers = (forms.int_or_none(filters.get("collection", "")) for filters in kept)
    ids = {number for number in numbers if number is not None}
    return collections.names_of(db.session(), ids) if ids else {}


def sidebar_entries(filters: Filters, listed: Sequence[SavedView]) -> list[dict[str, Any]]:
    """List the views for the side of the library; the one that is shown is marked."""
    shown = filters.with_zone().given
    return [
        {"label": view.name, "url": view_url(view), "active": saved_views.filters_as_stored(view) == shown}
        for view in listed
    ]


def _create_and_commit(given: ViewIn) -> tuple[SavedView, int]:
    """Keep filters under a name; return the view and the id for its undo. Raises Invalid and Conflict."""
    filters = saved_views.parse_filters(given.filters.model_dump(), context.time_zone())
    view = saved_views.create(db.session(), given.name, filters)
    undo_id = change_undo.record_made(db.session(), view)
    db.session.commit()
    return view, undo_id


def _view_to_json(view: SavedView) -> dict[str, Any]:
    return {
        "id": view.id,
        "name": view.name,
        "filters": saved_views.filters_as_stored(view),
        "version": view.version,
        "url": view_url(view),
        "created_at": iso(view.created_at),
    }
