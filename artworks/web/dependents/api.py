"""What hangs on something, for programs and for the dialogs that ask before it goes. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiflask import APIBlueprint

from artworks.collections import collection as collections
from artworks.dependents import uses
from artworks.dependents.uses import Uses
from artworks.images import image as images
from artworks.search.filters import Filters
from artworks.taxonomy import categories, tags
from artworks.web.dependents import presenters as dependents_presenters
from artworks.web.dependents.schemas import CategoryUsesQuery, PicturesIn, TagUsesQuery, UsesOut
from artworks.web.permissions import requires
from artworks.web.urls import filters_of
from models import db

api = APIBlueprint("uses", __name__, url_prefix="/api", tag="What hangs on it")


@api.get("/collections/<int:collection_id>/uses")
@requires("editor")
@api.output(UsesOut)
@api.doc(responses=[404])
def collection(collection_id: int) -> dict[str, Any]:
    """Return what goes with a collection when it is deleted: its shared galleries close."""
    found = uses.of_collection(db.session(), collections.find(db.session(), collection_id))
    return _uses_to_json(found, dependents_presenters.collection(found))


@api.get("/categories/<int:category_id>/uses")
@requires("editor")
@api.input(CategoryUsesQuery, location="query")
@api.output(UsesOut)
@api.doc(responses=[404])
def category(category_id: int, query_data: CategoryUsesQuery) -> dict[str, Any]:
    """Return what hangs on a category when it is deleted, alone or with its parts."""
    session = db.session()
    one = categories.find(session, category_id)
    found = uses.of_category(
        session, one, categories.subcategories_of(session, one) if query_data.parts == "too" else ()
    )
    return _uses_to_json(found, dependents_presenters.category(found))


@api.get("/tags/uses")
@requires("editor")
@api.input(TagUsesQuery, location="query")
@api.output(UsesOut)
@api.doc(responses=[404])
def tag(query_data: TagUsesQuery) -> dict[str, Any]:
    """Return what hangs on a tag when it is taken away from every picture."""
    one = tags.find_or_fail(db.session(), query_data.tag)
    found = uses.of_tags(db.session(), [one.name], one.images)
    return _uses_to_json(found, dependents_presenters.tags(found))


@api.get("/images/<int:image_id>/uses")
@requires("editor")
@api.output(UsesOut)
@api.doc(responses=[404])
def image(image_id: int) -> dict[str, Any]:
    """Return what hangs on a picture: where it is shown, and what waits for it."""
    images.find(db.session(), image_id)
    found = uses.of_pictures(db.session(), Filters(ids=(image_id,)))
    return _uses_to_json(found, dependents_presenters.trashed(found))


@api.post("/images/uses")
@requires("editor")
@api.input(PicturesIn)
@api.output(UsesOut)
def pictures(json_data: PicturesIn) -> dict[str, Any]:
    """Return what hangs on all the chosen pictures together; nothing is changed."""
    found = uses.of_pictures(db.session(), filters_of(json_data.select))
    return _uses_to_json(found, dependents_presenters.trashed(found))


@api.get("/trash/uses")
@requires("editor")
@api.output(UsesOut)
def trash() -> dict[str, Any]:
    """Return what goes for good when the trash is emptied."""
    found = uses.of_pictures(db.session(), Filters(trashed=True))
    return _uses_to_json(found, dependents_presenters.removed(found))


def _uses_to_json(found: Uses, said: Sequence[str]) -> dict[str, Any]:
    return {
        "pictures": found.pictures,
        "parts": found.parts,
        "collections": found.collections,
        "galleries": [vars(gallery) for gallery in found.galleries],
        "views": list(found.views),
        "suggestions": found.suggestions,
        "batches": found.batches,
        "always_hashtags": list(found.always),
        "told": list(said),
    }
