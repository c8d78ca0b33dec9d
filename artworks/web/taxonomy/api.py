"""Categories and tags for programs: listed with their counts, and put in order."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from artworks.core.errors import Invalid
from artworks.dependents import change_undo
from artworks.edits.field_updates import UpdateCount
from artworks.taxonomy import categories, tags
from artworks.taxonomy import queries as taxonomy
from artworks.web.flash import link_bulk_undo
from artworks.web.permissions import requires
from artworks.web.taxonomy.schemas import (
    CategoriesOut,
    CategoryChange,
    CategoryDelete,
    CategoryIn,
    CategoryMerge,
    CategoryOut,
    CategoryQuery,
    ChangedOut,
    TagMerge,
    TagQuery,
    TagRemove,
    TagRename,
    TagsOut,
)
from models import db

api = APIBlueprint("catalogue", __name__, url_prefix="/api", tag="Catalogue")


@api.get("/categories")
@requires("viewer")
@api.input(CategoryQuery, location="query")
@api.output(CategoriesOut)
def list_categories(query_data: CategoryQuery) -> dict[str, Any]:
    """List the categories in use, most used first, each followed by its parts."""
    found = taxonomy.categories_in_use(db.session(), empty=query_data.empty == "1")
    return {
        "categories": [
            {
                "id": one.id,
                "name": one.name,
                "parent_id": one.parent_id,
                "count": one.total,
                "own": one.images,
                "version": one.version,
            }
            for one in found
        ]
    }


@api.post("/categories")
@requires("editor")
@api.input(CategoryIn)
@api.output(CategoryOut, status_code=201)
@api.doc(responses=[409])
def add_category(json_data: CategoryIn) -> dict[str, Any]:
    """Make a category without pictures, and the one that it is a part of."""
    made = categories.create(db.session(), json_data.name)
    undo_id = change_undo.record_made(db.session(), made)
    db.session.commit()
    link_bulk_undo(undo_id)
    return _category_to_json(made.id)


@api.patch("/categories/<int:category_id>")
@requires("editor")
@api.input(CategoryChange)
@api.output(CategoryOut)
@api.doc(responses=[404, 409])
def change_category(category_id: int, json_data: CategoryChange) -> dict[str, Any]:
    """Rename a category, or put it under another one; its parts take the new name along."""
    given = json_data.model_dump(exclude_unset=True)
    if given.keys() == {"version"}:
        raise Invalid("Say a name, a parent_id, or both.")
    session = db.session()
    before = change_undo.snapshot(categories.find(session, category_id))
    undo_id = change_undo.record_change(session, categories.change(session, category_id, **given), before)
    session.commit()
    link_bulk_undo(undo_id)
    return _category_to_json(category_id)


@api.post("/categories/<int:category_id>/merge")
@requires("editor")
@api.input(CategoryMerge)
@api.output(ChangedOut)
@api.doc(responses=[404, 409])
def merge_category(category_id: int, json_data: CategoryMerge) -> dict[str, Any]:
    """Put the pictures and parts of a category into another one, and delete the first."""
    changed = categories.merge(db.session(), category_id, json_data.into)
    db.session.commit()
    return _changed_response(changed)


@api.delete("/categories/<int:category_id>")
@requires("editor")
@api.input(CategoryDelete, location="query")
@api.output(ChangedOut)
@api.doc(responses=[404, 409])
def delete_category(category_id: int, query_data: CategoryDelete) -> dict[str, Any]:
    """Delete a category; its pictures stay, without a category."""
    changed = categories.delete(db.session(), category_id, query_data.parts)
    db.session.commit()
    return _changed_response(changed)


def _changed_response(changed: UpdateCount) -> dict[str, Any]:
    return {"changed": changed.live, "bulk_edit_id": changed.bulk_edit_id}


def _category_to_json(category_id: int) -> dict[str, Any]:
    session = db.session()
    found = categories.find(session, category_id)
    return {
        "id": found.id,
        "name": found.name,
        "parent_id": found.parent_id,
        "count": categories.count_images(session, found),
        "own": found.images,
        "version": found.version,
    }


@api.get("/tags")
@requires("viewer")
@api.input(TagQuery, location="query")
@api.output(TagsOut)
def list_tags(query_data: TagQuery) -> dict[str, Any]:
    """List the tags in use that begin with a prefix, most used first."""
    found = tags.most_used(db.session(), query_data.prefix.replace("\0", ""))
    return {"tags": [{"name": tag.name, "count": tag.images, "version": tag.version} for tag in found]}


@api.patch("/tags")
@requires("editor")
@api.input(TagRename)
@api.output(ChangedOut)
@api.doc(responses=[404, 409])
def rename_tag(json_data: TagRename) -> dict[str, Any]:
    """Write a tag otherwise in every picture; with a tag of that name it becomes one."""
    given = json_data
    changed = tags.rename(db.session(), given.tag, given.name, merge=given.merge, version=given.version)
    db.session.commit()
    return _changed_response(changed)


@api.post("/tags/merge")
@requires("editor")
@api.input(TagMerge)
@api.output(ChangedOut)
@api.doc(responses=[404])
def merge_tags(json_data: TagMerge) -> dict[str, Any]:
    """Make one tag of several in every picture; the order is kept and nothing is doubled."""
    changed = tags.merge(db.session(), json_data.tags, json_data.into)
    db.session.commit()
    return _changed_response(changed)


@api.post("/tags/remove")
@requires("editor")
@api.input(TagRemove)
@api.output(ChangedOut)
@api.doc(responses=[404])
def remove_tags(json_data: TagRemove) -> dict[str, Any]:
    """Take tags away from every picture."""
    changed = tags.remove(db.session(), json_data.tags)
    db.session.commit()
    return _changed_response(changed)
