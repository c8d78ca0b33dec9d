"""The answer that is a file of rows such as a CSV: streamed as it is written, and noted in the audit before that."""

from __future__ import annotations

from contextlib import ExitStack, suppress

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol
from flask import Response, request

from artworks.audit import log as audit
from artworks.core.csv_sql import COMMA, PLAIN, SEMICOLON, CsvFormat
from artworks.core.errors import Invalid
from artworks.exports import export_file
from artworks.exports.export_file import Export, ExportFile
from artworks.web import context
from models import db

SEMICOLON_TERRITORIES = ("CH", "LI")


def csv_format() -> CsvFormat:
    """Return how the file is to be written: with commas, or as Excel takes it in the country of whoever calls.

    Raises Invalid for a separator that there is not.
    """
    separator = request.args.get("separator") or usual_separator()
    if separator not in (COMMA, SEMICOLON):
        raise Invalid("The separator must be a comma or a semicolon.", field="separator")
    excel = request.args.get("excel", "") in ("1", "on", "true")
    return CsvFormat(separator, byte_order_mark=True) if excel else PLAIN


def usual_separator() -> str:
    """Return what separates cells where the browser's language is spoken: a semicolon where numbers have a comma.

    In Switzerland and Liechtenstein numbers have a point, in most of their languages, and cells a semicolon.
    """
    for tag in request.accept_languages.values():
        # Neither what is no language nor one that nobody speaks is a mistake of the person.
        with suppress(ValueError, UnknownLocaleError):
            locale = Locale.parse(tag, sep="-")
            usual = locale.territory in SEMICOLON_TERRITORIES or get_decimal_symbol(locale) == COMMA
            return SEMICOLON if usual else COMMA
    return COMMA


def attachment(name: str, export: Export, action: str, target: str, media_type: str = "text/csv") -> Response:
    """Stream rows as a file of that name, and write down who took what along before the first piece is sent.

    With `ready=1` only what stands in the way is told, which a page asks before it starts a download. Raises
    RateLimited, Unavailable and StorageFull.
    """
    receiver, folder = context.receiver(), context.dependencies().exports
    size = export_file.estimate(db.session(), export)
    # What comes now may wait.
    context.release_connection()
    with ExitStack() as held:
        slot = export_file.reserve(folder, receiver, size)
        held.callback(slot.free)
        held.callback(context.transfers().take(receiver).leave)
        if request.args.get("ready") == "1":
            return Response(status=204)
        if request.method == "HEAD":
            # Of no known length, as the answer would be.
            return _attached(name, Response(iter(())), media_type)
        _record(action, target)
        body = ExportFile(db.engine, export, folder, slot, held.pop_all().close)
    return _attached(name, _streamed(body), media_type)


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


def _attached(name: str, response: Response, media_type: str) -> Response:
    response.content_type = f"{media_type}; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
