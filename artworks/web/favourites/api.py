"""What visitors of shared galleries chose, over the API: listed and deleted."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from artworks.sharing import favourites
from artworks.sharing import share_link as shares
from artworks.web.favourites.schemas import FavouritesOut
from artworks.web.permissions import requires
from models import db, iso

api = APIBlueprint("favourites", __name__, url_prefix="/api/shares", tag="Shared galleries")


@api.get("/<int:share_id>/favourites")
@requires("editor")
@api.output(FavouritesOut)
@api.doc(responses=[404])
def list_favourites(share_id: int) -> dict[str, Any]:
    """List what visitors of a gallery chose, the latest first; pictures that left the gallery are left out."""
    share = shares.find(db.session(), share_id).share
    visitors = favourites.list_visitors(db.session(), [share.id])[share.id]
    images = favourites.list_images(db.session(), share, favourites.MOST_FAVOURITES)
    return {
        "visitors": [
            {
                "id": visitor.id,
                "name": visitor.name,
                "sent_at": iso(visitor.sent_at),
                "image_ids": [image.id for image in images.get(visitor.id, ())],
            }
            for visitor, _ in visitors
        ]
    }


@api.delete("/<int:share_id>/favourites/<int:visitor_id>")
@requires("editor")
@api.output({}, status_code=204)
@api.doc(responses=[404])
def delete_favourites(share_id: int, visitor_id: int) -> str:
    """Delete a visitor's name and choice for good; the pictures are not touched."""
    share = shares.find(db.session(), share_id).share
    favourites.remove(db.session(), share, favourites.find(db.session(), share, visitor_id).visitor)
    db.session.commit()
    return ""
