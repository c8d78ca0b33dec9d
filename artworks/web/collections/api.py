"""Collections over the API: named, ordered sets of pictures."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from artworks.collections import collection as collections
from artworks.collections.collection import CollectionSummary
from artworks.core.database import split_page
from artworks.core.errors import Invalid
from artworks.dependents import change_undo, delete_undo
from artworks.web.collections.schemas import (
    AddedOut,
    CollectionEdit,
    CollectionIn,
    CollectionOut,
    CollectionsOut,
    CollectionsQuery,
    Move,
    OrderOut,
    PicturesIn,
    PicturesOut,
    Places,
    PositionIn,
    RemovedOut,
)
from artworks.web.flash import link_bulk_undo, link_undo
from artworks.web.permissions import requires
from artworks.web.schemas import DeletedOut
from models import db, iso

api = APIBlueprint("collections", __name__, url_prefix="/api/collections", tag="Collections")


@api.get("")
@requires("viewer")
@api.input(CollectionsQuery, location="query")
@api.output(CollectionsOut)
def list_collections(query_data: CollectionsQuery) -> dict[str, Any]:
    """List the collections by name, each with how many pictures it has and which is the first."""
    found = collections.list_with_covers(db.session(), query_data.limit + 1, query_data.after)
    shown, last = split_page(found, query_data.limit)
    return {
        "collections": [_collection_to_json(one) for one in shown],
        "next": last.collection.name if last else None,
    }


@api.post("")
@requires("editor")
@api.input(CollectionIn)
@api.output(CollectionOut, status_code=201)
@api.doc(responses=[409])
def create(json_data: CollectionIn) -> dict[str, Any]:
    """Make an empty collection; 409 when there is one of that name."""
    collection = collections.create(db.session(), json_data.name, json_data.note)
    undo_id = change_undo.record_made(db.session(), collection)
    db.session.commit()
    link_bulk_undo(undo_id)
    return _collection_to_json(CollectionSummary(collection, None))


@api.get("/<int:collection_id>")
@requires("viewer")
@api.output(CollectionOut)
@api.doc(responses=[404])
def read(collection_id: int) -> dict[str, Any]:
    """Return one collection. Its pictures are those of `/api/images?collection=<id>`."""
    return _collection_to_json(collections.read(db.session(), collection_id))


@api.patch("/<int:collection_id>")
@requires("editor")
@api.input(CollectionEdit)
@api.output(CollectionOut)
@api.doc(responses=[404, 409])
def edit(collection_id: int, json_data: CollectionEdit) -> dict[str, Any]:
    """Rename a collection, or write what it is about; 409 when there is another one of that name."""
    session = db.session()
    found = collections.find(session, collection_id)
    before = change_undo.snapshot(found)
    collections.edit(session, found, json_data.name, json_data.note, version=json_data.version)
    undo_id = change_undo.record_change(session, found, before)
    session.commit()
    link_bulk_undo(undo_id)
    return _collection_to_json(collections.read(session, collection_id))


@api.delete("/<int:collection_id>")
@requires("editor")
@api.output(DeletedOut)
@api.doc(responses=[404])
def delete(collection_id: int) -> dict[str, int]:
    """Delete a collection, with its order and its shared galleries; its pictures stay in the library.

    What goes with it is told by `/api/collections/<id>/uses`. An undo brings all of it back.
    """
    session = db.session()
    action = delete_undo.delete_collection(session, collections.find(session, collection_id, lock=True))
    session.commit()
    return {"bulk_edit_id": action.id}


@api.post("/<int:collection_id>/images")
@requires("editor")
@api.input(PicturesIn)
@api.output(AddedOut)
@api.doc(responses=[404, 409])
def add(collection_id: int, json_data: PicturesIn) -> dict[str, Any]:
    """Add pictures in the order given, at the end or at a place; those that are in it stay where they are."""
    added = collections.add(db.session(), collection_id, json_data.ids, **position_arguments(json_data))
    db.session.commit()
    return vars(added)


@api.post("/<int:collection_id>/images/remove")
@requires("editor")
@api.input(PicturesOut)
@api.output(RemovedOut)
@api.doc(responses=[404])
def remove(collection_id: int, json_data: PicturesOut) -> dict[str, Any]:
    """Take pictures out of a collection; they stay in the library."""
    removed = collections.remove(db.session(), collection_id, json_data.ids)
    db.session.commit()
    return {"removed": removed}


@api.post("/<int:collection_id>/order")
@requires("editor")
@api.input(Move)
@api.output(OrderOut)
@api.doc(responses=[404, 409])
def order(collection_id: int, json_data: Move) -> dict[str, Any]:
    """Move a picture; 409 when the order is another one than was seen, or the one beside its new place is gone."""
    if not json_data.model_fields_set & {"before", "after"}:
        raise Invalid("before is missing.", field="before")
    moved = collections.move(
        db.session(),
        collection_id,
        json_data.image_id,
        arranged=json_data.arranged,
        **position_arguments(json_data),
    )
    db.session.commit()
    if moved.place != moved.was:
        places = f"place={moved.place!r}&was={moved.was!r}"
        link_undo(f"/api/collections/{collection_id}/order/{json_data.image_id}/undo?{places}")
    return {"arranged": moved.arranged}


@api.post("/<int:collection_id>/order/<int:image_id>/undo")
@requires("editor")
@api.input(Places, location="query")
@api.output(OrderOut)
@api.doc(responses=[404, 409])
def undo_order(collection_id: int, image_id: int, query_data: Places) -> dict[str, int]:
    """Move a picture back to where it was; 409 when it was moved elsewhere since."""
    arranged = collections.move_back(
        db.session(), collection_id, image_id, place=query_data.place, was=query_data.was
    )
    db.session.commit()
    return {"arranged": arranged}


def position_arguments(given: PositionIn) -> dict[str, int | None]:
    """Return the place that was asked for; raises Invalid for two at once."""
    if given.before is not None and given.after is not None:
        raise Invalid("Give before or after, not both.", field="after")
    return {"before": given.before, "after": given.after}


def _collection_to_json(found: CollectionSummary) -> dict[str, Any]:
    collection = found.collection
    return {
        "id": collection.id,
        "name": collection.name,
        "note": collection.note,
        "version": collection.version,
        "arranged": collection.arranged,
        "images": collection.images,
        "cover": found.cover,
        "created_at": iso(collection.created_at),
        "urls": urls(collection.id),
    }


def urls(collection_id: int) -> dict[str, str]:
    """Return the addresses of a collection."""
    return {
        "page": f"/collections/{collection_id}",
        "library": f"/?collection={collection_id}",
        "export": f"/export.csv?collection={collection_id}",
    }
