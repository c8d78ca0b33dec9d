"""The CSV and the small form before it."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime

from apiflask import APIBlueprint
from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from artworks.audit import log as audit
from artworks.core.errors import Invalid
from artworks.exports import export_csv as exports
from artworks.exports import files as export_files
from artworks.exports.files import Export, ExportFile
from artworks.search import describe as chosen
from artworks.search.listing import Filters
from artworks.web import context as access
from artworks.web.listing import filters_from
from models import Image, db

pages = APIBlueprint("exports", __name__, enable_openapi=False)
MOST_IDS = 10_000


@pages.get("/export.csv")
def csv() -> Response:
    """Stream the CSV of the filtered or ticked pictures."""
    filters, excel = _filters(), for_excel()

    def write(connection: Connection, put: exports.Write) -> None:
        exports.write(connection, filters, put, excel=excel)

    export = Export(write, exports.rows(filters), Image)
    name = f"artworks-{datetime.now(UTC):%Y-%m-%d}.csv"
    return attachment(name, export, "exported pictures", chosen.in_words(filters))


def for_excel() -> bool:
    """Return whether the file is to be opened in Excel."""
    return request.args.get("excel", "") in ("1", "on", "true")


def attachment(name: str, export: Export, action: str, target: str) -> Response:
    """Stream a CSV as a file of that name, and write down who took what along before the first piece is sent.

    With `ready=1` only what stands in the way is told, which a page asks before it starts a download. Raises
    RateLimited, Unavailable and StorageFull.
    """
    receiver, folder = access.receiver(), access.services().exports
    size = export_files.estimate(db.session(), export)
    # What comes now may wait.
    access.release_connection()
    with ExitStack() as held:
        slot = export_files.reserve(folder, receiver, size)
        held.callback(slot.free)
        held.callback(access.transfers().take(receiver).leave)
        if request.args.get("ready") == "1":
            return Response(status=204)
        if request.method == "HEAD":
            # Of no known length, as the answer would be.
            return _attached(name, Response(iter(())))
        _record(action, target)
        body = ExportFile(db.engine, export, folder, slot, held.pop_all().close)
    return _attached(name, _streamed(body))


def _streamed(body: ExportFile) -> Response:
    """Answer with an export as it is written, or when it is whole where nothing but its length tells the end."""
    response = Response(body)
    if request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        # Many proxies speak it, and would take one that breaks off for a whole one.
        try:
            response.content_length = body.wait()
        except BaseException:
            body.close()
            raise
    return response


def _record(action: str, target: str) -> None:
    audit.record(db.session(), action, target)
    db.session.commit()


def _attached(name: str, response: Response) -> Response:
    response.content_type = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@pages.get("/export")
def form() -> ResponseReturnValue:
    """Show how many rows an export has and what is still empty in them."""
    filters = _filters()
    summary = exports.summary(db.session(), filters)
    pairs = list(filters.given.items())
    if filters.ids:
        pairs.append(("ids", ",".join(map(str, filters.ids))))
    name = "_dialog" if request.args.get("fragment") == "dialog" else "index"
    return render_template(
        f"library/export/{name}.html",
        count=summary.count,
        missing={"titles": summary.titles, "descriptions": summary.descriptions},
        query=pairs,
    )


def _filters() -> Filters:
    raw = request.args.get("ids", "")
    try:
        ids = tuple(dict.fromkeys(int(part) for part in raw.split(",") if part.strip()))
    except ValueError:
        raise Invalid("The ids must be numbers separated by commas.", field="ids") from None
    if len(ids) > MOST_IDS or any(not 0 < number < 2**63 for number in ids):
        raise Invalid("These ids cannot be exported.", field="ids")
    # None that is ticked is not all there is.
    if "ids" in request.args and not ids:
        raise Invalid("There are no ids to export.", field="ids")
    return filters_from(request.args).but(ids=ids)
