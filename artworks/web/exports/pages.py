"""The CSV and the small form before it."""

from __future__ import annotations

from datetime import datetime

from apiflask import APIBlueprint
from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from artworks.core.csv_sql import Write
from artworks.core.database import is_id
from artworks.core.errors import Invalid
from artworks.exports import export_csv
from artworks.exports.export_file import Export
from artworks.search.filters import Filters, describe_filters
from artworks.web import context
from artworks.web.exports.csv_response import attachment, csv_format, usual_separator
from artworks.web.forms import LONGEST_SEEN, numbers_of
from artworks.web.permissions import requires
from artworks.web.urls import filters_from
from models import Image, db

pages = APIBlueprint("exports", __name__, enable_openapi=False)
MOST_IDS = 10_000


@pages.get("/export.csv")
@requires("viewer")
def csv() -> Response:
    """Stream the CSV of the filtered or ticked pictures."""
    filters, style = _filters(), csv_format()

    def write(connection: Connection, put: Write) -> None:
        export_csv.write(connection, filters, put, style)

    export = Export(write, export_csv.rows(filters), Image)
    name = f"artworks-{datetime.now(context.time_zone()):%Y-%m-%d}.csv"
    return attachment(name, export, "exported pictures", describe_filters(filters, db.session()))


@pages.get("/export")
@requires("viewer")
def form() -> ResponseReturnValue:
    """Show how many rows an export has and what is still empty in them."""
    filters = _filters()
    summary = export_csv.summary(db.session(), filters)
    pairs = list(filters.given.items())
    if filters.ids:
        pairs.append(("ids", ",".join(map(str, filters.ids))))
    name = "_dialog" if request.args.get("fragment") == "dialog" else "index"
    return render_template(
        f"library/export/{name}.html",
        count=summary.count,
        missing={"titles": summary.titles, "descriptions": summary.descriptions},
        query=pairs,
        separator=usual_separator(),
    )


def _filters() -> Filters:
    ids = numbers_of(request.args.get("ids", ""), LONGEST_SEEN)
    if len(ids) > MOST_IDS or not all(map(is_id, ids)):
        raise Invalid("These ids cannot be exported.", field="ids")
    # None that is ticked is not all there is.
    if "ids" in request.args and not ids:
        raise Invalid("There are no ids to export.", field="ids")
    return filters_from(request.args).but(ids=ids)
