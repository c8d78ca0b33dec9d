"""The viewer: its dialog around a picture, and more of the pictures of its list, as pieces of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import render_template, request
from flask.typing import ResponseReturnValue

from artworks.core.errors import Invalid
from artworks.library import neighbours as strips
from artworks.library.neighbours import Neighbours, StripImage
from artworks.search.filters import Filters
from artworks.search.listing import position_of
from artworks.web import context, image_json
from artworks.web.forms import ids_of
from artworks.web.permissions import requires
from artworks.web.urls import filters_from, link
from models import Image, db

pages = APIBlueprint("viewer", __name__, enable_openapi=False)
# What the viewer may ask for, from the picture that is there at once up to what shows most of a heavy original.
KINDS = ("preview", "viewer", "large")
# An original of more bytes than that is only downloaded.
LARGEST_ORIGINAL = 64 * 1024 * 1024
LONGEST_NOTE = 600
MOST_NAMED = 200
WAYS = ("before", "after", "first", "last")


@pages.get("/images/<int:image_id>/neighbours")
@requires("viewer")
def neighbours(image_id: int) -> ResponseReturnValue:
    """Show the viewer with a picture and those beside it in its list, or with `way` only some more of these.

    `ids` is a list of its own, in place of the filters.
    """
    session, filters = db.session(), filters_from(request.args)
    image, way = context.image(image_id), request.args.get("way", "")
    if way and way not in WAYS:
        raise Invalid("The way must be before, after, first or last.", field="way")
    if way in ("first", "last"):
        found = strips.at_end(session, filters, last=way == "last")
    elif way:
        found = strips.beside(session, filters, image, back=way == "before")
    else:
        return _viewer(image, filters)
    return render_template("images/_strip.html", strip=_strip(found, filters))


def _viewer(image: Image, filters: Filters) -> str:
    session = db.session()
    ids = ids_of(request.args["ids"])[:MOST_NAMED] if request.args.get("ids") else ()
    if image.id in ids:
        listed = strips.named(session, ids)
        found = Neighbours(listed, starts=True, ends=True)
        first, total = 1, len(listed)
    else:
        position = position_of(session, filters, image, number_alone=True)
        found = strips.around(session, filters, image)
        at = next(place for place, one in enumerate(found.images) if one.id == image.id)
        first, total = (position.index or 0) - at, position.total or 0
    here = {
        "strip": _strip(found, filters),
        "number": first if total else None,
        "total": total,
        "shown": image.id,
    }
    return render_template("images/_viewer.html", **here)


def _strip(found: Neighbours, filters: Filters) -> dict[str, Any]:
    items = [
        viewer_item(
            one,
            page=link(f"/images/{one.id}", filters),
            name=one.post_title or one.original_filename,
            note=one.key_points,
            kinds=KINDS,
            original=image_json.original_url(one.stored_filename),
        )
        for one in found.images
    ]
    return {"images": items, "starts": found.starts, "ends": found.ends}


def viewer_item(
    image: StripImage | Image,
    *,
    page: str,
    name: str,
    note: str,
    kinds: Sequence[str],
    original: str | None,
    below: str = "/images",
) -> dict[str, Any]:
    """Return what the strip and the viewer show of a picture; without `original` nothing larger than `kinds`."""
    moves = image.media_type == "image/gif"
    levels = image_json.widths(image, kinds[:1] if moves and original else kinds, below)
    if original and image.width and (image.size_bytes or 0) <= LARGEST_ORIGINAL:
        levels.append((original, image.width))
    return {
        "id": image.id,
        "page": page,
        "name": name,
        "note": note[:LONGEST_NOTE],
        "alt": image.alt_text or name,
        "thumbnail": image_json.rendition_url(image.id, image.rendition_version, "thumbnail", below),
        "preview": image_json.rendition_url(image.id, image.rendition_version, "preview", below),
        "levels": ", ".join(f"{url} {width}w" for url, width in levels),
        "width": levels[-1][1] if levels else image.width,
        "height": image.height and image.width and round(image.height * levels[-1][1] / image.width)
        if levels
        else image.height,
        "moves": moves and bool(original),
        "download": f"{original}?download=1" if original else None,
        "size_bytes": image.size_bytes if original else None,
    }
