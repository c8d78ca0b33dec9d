"""Collections for people: the wall of covers, one collection in its order, and the collections of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.bulk import bulk_edit as bulk
from artworks.bulk.bulk_edit import BulkResult, Change
from artworks.collections import collection as collections
from artworks.core.database import split_page
from artworks.core.errors import AppError, Conflict, Invalid
from artworks.core.versions import Stale
from artworks.dependents import change_undo, delete_undo, uses
from artworks.images import files as image_files
from artworks.search.filters import Filters
from artworks.web import context, forms
from artworks.web.collections.api import urls
from artworks.web.collections.schemas import CollectionEdit, CollectionIn, Move, PicturesOut
from artworks.web.dependents import presenters as dependents_presenters
from artworks.web.flash import flash_with_undo
from artworks.web.permissions import requires
from artworks.web.urls import links_by, redirect_to_image
from models import Collection, Image, db

pages = APIBlueprint("collection_pages", __name__, enable_openapi=False)
COVERS_A_PAGE = 100
PICTURES_A_PAGE = 100
NEW = "new"


@pages.get("/collections")
@requires("viewer")
def index() -> ResponseReturnValue:
    """Show every collection by its cover."""
    return _index()


@pages.post("/collections")
@requires("editor")
def create_page() -> ResponseReturnValue:
    """Make a collection with a plain form; with a mistake the page comes back with what was typed."""
    given = forms.read(CollectionIn, request.form, ("name", "note"))
    try:
        collection = collections.create(db.session(), given.name, given.note)
    except (Invalid, Conflict) as error:
        return make_response(_index(error, given.model_dump()), error.status)
    undo_id = change_undo.record_made(db.session(), collection)
    db.session.commit()
    flash_with_undo(f"The collection “{collection.name}” is made.", undo_id, back="/collections")
    return redirect(f"/collections/{collection.id}", 303)


@pages.get("/collections/<int:collection_id>")
@requires("viewer")
def detail(collection_id: int) -> ResponseReturnValue:
    """Show the pictures of a collection in their order, or only the next page of them."""
    after = request.args.get("after", "")
    if request.args.get("fragment") == "pictures":
        return render_template("collections/_pictures.html", **_pictures_context(collection_id, after))
    return _render_detail(collection_id)


@pages.post("/collections/<int:collection_id>")
@requires("editor")
def edit_page(collection_id: int) -> ResponseReturnValue:
    """Rename a collection, or write what it is about, with a plain form."""
    collection, version = collections.find(db.session(), collection_id), forms.version_of(request.form)
    given = forms.read(CollectionEdit, request.form, ("name", "note"), version=version)
    before = change_undo.snapshot(collection)
    try:
        collections.edit(db.session(), collection, given.name, given.note, version=version)
    except (Invalid, Conflict) as error:
        return make_response(_render_detail(collection_id, error, given.model_dump()), error.status)
    undo_id = change_undo.record_change(db.session(), collection, before)
    db.session.commit()
    here = f"/collections/{collection_id}"
    if undo_id:
        was = f"“{before['name']}” is called “{collection.name}” now."
        said = was if before["name"] != collection.name else f"The note of “{collection.name}” is changed."
        flash_with_undo(said, undo_id, back=here)
    return redirect(here, 303)


@pages.post("/collections/<int:collection_id>/delete")
@requires("editor")
def delete_page(collection_id: int) -> ResponseReturnValue:
    """Delete a collection with a plain form; the next page offers to undo it."""
    session = db.session()
    collection = collections.find(session, collection_id, lock=True)
    closed = dependents_presenters.collection_gone(uses.of_collection(session, collection))
    action = delete_undo.delete_collection(session, collection)
    session.commit()
    text = (
        f"The collection “{collection.name}” is deleted. Its pictures are all still in the library.{closed}"
    )
    flash_with_undo(text, action.id, back="/collections")
    return redirect("/collections", 303)


@pages.post("/collections/<int:collection_id>/order")
@requires("editor")
def order_page(collection_id: int) -> ResponseReturnValue:
    """Move a picture one place with a plain form."""
    image_id, towards = forms.possible_id(_form_id("image_id")), request.form.get("move", "")
    given = forms.check(Move, {"image_id": image_id, "arranged": forms.version_of(request.form, "arranged")})
    if towards not in ("earlier", "later"):
        raise Invalid("A picture moves earlier or later.", field="move")
    try:
        # Without `before` and `after`: the picture that it moves past may stand on another page.
        later = towards == "later"
        collections.shift(db.session(), collection_id, given.image_id, later=later, arranged=given.arranged)
    except Stale as error:
        db.session.rollback()
        flash(error.message, "warning")
        return make_response(_render_detail(collection_id), 409)
    db.session.commit()
    return _redirect_back(collection_id, f"#picture-{image_id}")


@pages.post("/collections/<int:collection_id>/remove")
@requires("editor")
def remove_page(collection_id: int) -> ResponseReturnValue:
    """Take a picture out of a collection with a plain form."""
    given = forms.check(PicturesOut, {"ids": [_form_id("image_id")]}, {"ids": collections.WRONG_IDS})
    _take_out(collection_id, given.ids[0], f"/collections/{collection_id}")
    return _redirect_back(collection_id)


@pages.post("/images/<int:image_id>/collections")
@requires("editor")
def join_page(image_id: int) -> ResponseReturnValue:
    """Put a picture into a collection, or into a new one, with a plain form on its page."""
    context.image(image_id)
    session, chosen, name = db.session(), request.form.get("collection", ""), request.form.get("name", "")
    try:
        if chosen not in ("", NEW) and name.strip():
            raise Invalid("You chose a collection and typed the name of a new one. Choose one of the two.")
        if chosen == NEW or (not chosen and name.strip()):
            made = forms.read(CollectionIn, request.form, ("name",))
            collection = collections.create(session, made.name)
            session.commit()
        elif not chosen:
            raise Invalid("Choose a collection first.", field="collection")
        else:
            collection = collections.find(session, _form_id("collection"))
    except (Invalid, Conflict) as error:
        session.rollback()
        flash(error.message, "danger")
        typed = {"join": chosen, "join_name": forms.form_text(name)}
        return redirect_to_image(image_id, **{key: value for key, value in typed.items() if value.strip()})
    name, added = collection.name, _change_place(image_id, Change(collection_id=collection.id))
    said = f"{'Added to' if added.changed else 'Already in'} “{name}”."
    flash_with_undo(said, added.bulk_edit_id, back=f"/images/{image_id}")
    return redirect_to_image(image_id)


@pages.post("/images/<int:image_id>/collections/<int:collection_id>/remove")
@requires("editor")
def leave_page(image_id: int, collection_id: int) -> ResponseReturnValue:
    """Take a picture out of a collection with a plain form on its page."""
    context.image(image_id)
    _take_out(collection_id, image_id, f"/images/{image_id}")
    return redirect_to_image(image_id)


def _take_out(collection_id: int, image_id: int, back: str) -> None:
    """Take a picture out of a collection, and flash it with an undo that leads to the page `back`."""
    name = collections.find(db.session(), collection_id).name
    done = _change_place(image_id, Change(remove_from_collection_id=collection_id))
    if done.changed:
        flash_with_undo(
            f"Taken out of “{name}”. The picture is still in the library.", done.bulk_edit_id, back=back
        )


def _change_place(image_id: int, change: Change) -> BulkResult:
    """Put a picture into a collection or take it out, as one change that can be undone."""
    what = f"{'into' if change.collection_id else 'out of'} a collection"
    # The request's own connection goes back to the pool: the work takes its own.
    context.release_connection()
    return bulk.apply(context.transactions(), Filters(ids=(image_id,)), change, what)


def sidebar_entries(filters: Filters, listed: Sequence[Collection]) -> list[dict[str, Any]]:
    """List the first collections for the side of the library; the one that is shown is marked and always there."""
    found = list(listed)
    chosen = filters.collection
    if chosen and not any(str(one.id) == chosen for one in found):
        found += _find_or_none(int(chosen))
    addresses = links_by(filters, "collection", (str(one.id) for one in found))
    return [
        {
            "label": one.name,
            "count": one.images,
            "url": addresses["" if str(one.id) == chosen else str(one.id)],
            "arrange": urls(one.id)["page"],
            "active": str(one.id) == chosen,
        }
        for one in found
    ]


def choices_of(image: Image) -> list[collections.CollectionChoice]:
    """List the collections that a picture is in or can be put into, for its page."""
    return collections.choices(db.session(), image.id)


def _find_or_none(collection_id: int) -> list[Collection]:
    try:
        return [collections.find(db.session(), collection_id)]
    except AppError:
        return []


def _index(error: Invalid | Conflict | None = None, typed: dict[str, str] | None = None) -> str:
    found = collections.list_with_covers(db.session(), COVERS_A_PAGE + 1, request.args.get("after", ""))
    shown, last = split_page(found, COVERS_A_PAGE)
    return render_template(
        "collections/index.html",
        rows=shown,
        versions=image_files.versions_of(db.session(), (row.cover for row in shown if row.cover)),
        first="after" not in request.args,
        next_name=last.collection.name if last else None,
        error=error,
        typed=typed or {"name": "", "note": ""},
    )


def _render_detail(
    collection_id: int, error: Invalid | Conflict | None = None, typed: dict[str, str] | None = None
) -> str:
    collection = collections.read(db.session(), collection_id).collection
    after = request.args.get("after", "")
    return render_template(
        "collections/detail.html",
        error=error,
        typed=typed or {"name": collection.name, "note": collection.note},
        collection=collection,
        links=urls(collection_id),
        goes=dependents_presenters.collection(uses.of_collection(db.session(), collection)),
        **_pictures_context(collection_id, after),
    )


def _pictures_context(collection_id: int, after: str) -> dict[str, Any]:
    """Read one page of pictures; raises BadRequest for a cursor that is none."""
    start = forms.parse_id(after)
    arranged = collections.find(db.session(), collection_id).arranged
    page = collections.pictures(db.session(), collection_id, PICTURES_A_PAGE, start)
    return {
        "images": page.images,
        "after": after,
        "collection_id": collection_id,
        "arranged": arranged,
        "next_url": f"/collections/{collection_id}?after={page.next}" if page.next else None,
    }


def _form_id(name: str) -> int:
    """Return an id of a plain form; raises Invalid."""
    return forms.int_field(name, request.form.get(name, ""), "This form is incomplete. Open the page again.")


def _redirect_back(collection_id: int, place: str = "") -> ResponseReturnValue:
    """Lead back to the page of the collection that the form stands on."""
    after = forms.int_or_none(request.form.get("after", ""))
    query = "" if after is None else f"?after={after}"
    return redirect(f"/collections/{collection_id}{query}{place}", 303)
