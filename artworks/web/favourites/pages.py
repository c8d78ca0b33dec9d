"""What visitors of shared galleries chose, for people of the studio: deleted, and made a collection."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import flash, redirect
from flask.typing import ResponseReturnValue

from artworks.core.errors import Conflict
from artworks.dependents import change_undo
from artworks.sharing import favourites
from artworks.sharing import share_link as shares
from artworks.sharing.favourites import Choice
from artworks.web.flash import flash_with_undo
from artworks.web.permissions import requires
from models import ShareLink, db

pages = APIBlueprint("favourite_pages", __name__, url_prefix="/shared", enable_openapi=False)


@pages.post("/<int:share_id>/visitors/<int:visitor_id>/delete")
@requires("editor")
def delete_page(share_id: int, visitor_id: int) -> ResponseReturnValue:
    """Delete a visitor's name and choice for good with a plain form."""
    share, choice = _find_choice(share_id, visitor_id)
    favourites.remove(db.session(), share, choice.visitor)
    db.session.commit()
    flash(f"What {choice.visitor.name} chose is deleted.", "success")
    return redirect(f"/shared/{share_id}#visitors", 303)


@pages.post("/<int:share_id>/visitors/<int:visitor_id>/collection")
@requires("editor")
def collection_page(share_id: int, visitor_id: int) -> ResponseReturnValue:
    """Make a collection of what a visitor chose, which the next page offers to take back."""
    share, choice = _find_choice(share_id, visitor_id)
    try:
        collection = favourites.make_collection(db.session(), share, choice)
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "warning")
        return redirect(f"/shared/{share_id}#visitors", 303)
    undo_id = change_undo.record_made(db.session(), collection, choice.image_ids)
    db.session.commit()
    said = f"The collection “{collection.name}” is made, with what {choice.visitor.name} chose."
    flash_with_undo(said, undo_id, back=f"/shared/{share_id}")
    return redirect(f"/collections/{collection.id}", 303)


def _find_choice(share_id: int, visitor_id: int) -> tuple[ShareLink, Choice]:
    share = shares.find(db.session(), share_id).share
    return share, favourites.find(db.session(), share, visitor_id)
