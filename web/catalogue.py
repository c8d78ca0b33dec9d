"""Categories and tags with their counts."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from features import catalogue
from models import db
from web.schemas import CategoriesOut, TagQuery, TagsOut

api = APIBlueprint("catalogue", __name__, url_prefix="/api", tag="Catalogue")


@api.get("/categories")
@api.output(CategoriesOut)
def categories() -> dict[str, Any]:
    """List the categories in use, most used first."""
    return {
        "categories": [{"name": name, "count": count} for name, count in catalogue.categories(db.session())]
    }


@api.get("/tags")
@api.input(TagQuery, location="query")
@api.output(TagsOut)
def tags(query_data: TagQuery) -> dict[str, Any]:
    """List the tags in use that begin with a prefix, most used first."""
    found = catalogue.tags(db.session(), query_data.prefix.replace("\0", ""))
    return {"tags": [{"name": name, "count": count} for name, count in found]}
