"""The CSV and the small form before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from apiflask import APIBlueprint
from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from errors import Invalid
from features import audit, chosen, exports
from features.search import Filters
from models import db
from web.listing import filters_from

pages = APIBlueprint("exports", __name__, enable_openapi=False)
MOST_IDS = 10_000


@pages.get("/export.csv")
def csv() -> Response:
    """Stream the CSV of the filtered or ticked pictures."""
    filters, excel = _filters(), for_excel()
    record("exported pictures", chosen.in_words(filters))
    name = f"artworks-{datetime.now(UTC):%Y-%m-%d}.csv"
    return attachment(name, lambda connection: exports.pieces(connection, filters, excel=excel))


def record(action: str, target: str) -> None:
    """Write down that something is taken along, before the first piece of it is sent."""
    audit.record(db.session(), action, target)
    db.session.commit()


def for_excel() -> bool:
    """Tell whether the file is to be opened in Excel."""
    return request.args.get("excel", "") in ("1", "on", "true")


def attachment(name: str, pieces_of: Callable[[Connection], Iterator[bytes]]) -> Response:
    """Stream a CSV as a file of that name."""
    return Response(
        _stream(pieces_of),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _stream(pieces_of: Callable[[Connection], Iterator[bytes]]) -> Iterator[bytes]:
    """Hold a connection of its own until the last row is sent; the first piece is read before the answer begins."""
    engine = db.engine

    def pieces() -> Iterator[bytes]:
        with engine.connect() as connection:
            yield from pieces_of(connection)

    stream = pieces()
    first = next(stream)

    def whole() -> Iterator[bytes]:
        yield first
        yield from stream

    return whole()


@pages.get("/export")
def form() -> ResponseReturnValue:
    """Show how many rows an export has and what is still empty in them."""
    filters = _filters()
    summary = exports.summary(db.session(), filters)
    pairs = list(filters.given.items())
    if filters.ids:
        pairs.append(("ids", ",".join(map(str, filters.ids))))
    template = "exports/_dialog.html" if request.args.get("fragment") == "dialog" else "exports/index.html"
    return render_template(
        template,
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
