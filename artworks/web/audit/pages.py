"""What happened: who did what, when and from where, for owners; as a page, as CSV and for programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from artworks.adapters.time_zones import day_begins
from artworks.audit import queries as audit_queries
from artworks.audit.queries import NO_ACCOUNT, AuditFilters
from artworks.core.csv_sql import Write
from artworks.core.errors import Invalid
from artworks.exports.export_file import Export
from artworks.web import context
from artworks.web.audit import presenters
from artworks.web.audit.schemas import AuditPage, AuditQuery
from artworks.web.exports.csv_response import attachment, csv_format
from artworks.web.forms import int_argument
from artworks.web.permissions import requires
from models import Audit, db, iso

api = APIBlueprint("audit", __name__, url_prefix="/api", tag="What happened")
pages = APIBlueprint("audit_pages", __name__, enable_openapi=False)
PAGE_SIZE = 100
NAMES = ("action", "person", "since", "tz")


@api.get("/audit")
@requires("owner")
@api.input(AuditQuery, location="query")
@api.output(AuditPage)
def index(query_data: AuditQuery) -> dict[str, Any]:
    """List what happened, the newest first."""
    wanted = AuditFilters(query_data.action, query_data.person, _begin_of(query_data.since))
    page = audit_queries.list_entries(db.session(), wanted, query_data.limit, query_data.before)
    return {"entries": [_entry_to_json(entry) for entry in page.entries], "next": page.next}


def _entry_to_json(entry: Audit) -> dict[str, Any]:
    names = ("id", "who", "person_id", "way", "address", "action", "target", "detail")
    return {"at": iso(entry.at), **{name: getattr(entry, name) for name in names}}


@pages.get("/audit")
@requires("owner")
def index_page() -> ResponseReturnValue:
    """Show what happened, or what of it is asked for."""
    wanted, place = _filters_from_query(), int_argument("before")
    page = audit_queries.list_entries(db.session(), wanted, PAGE_SIZE, place)
    kept = {name: request.args[name] for name in NAMES if request.args.get(name)}
    return render_template(
        "audit/index.html",
        entries=[presenters.describe_entry(entry) for entry in page.entries],
        actions=_action_choices(wanted.action),
        people=[*audit_queries.names_by_id(db.session()).items(), (NO_ACCOUNT, "Without an account")],
        wanted={name: request.args.get(name, "") for name in NAMES},
        filtered=any(name != "tz" for name in kept),
        older=_url("/audit", {**kept, "before": page.next}) if page.next else None,
        first=place is None,
        newest=_url("/audit", kept),
        csv=_url("/audit.csv", kept),
        excel=_url("/audit.csv", {**kept, "excel": 1}),
    )


@pages.get("/audit.csv")
@requires("owner")
def csv() -> Response:
    """Stream what happened, or what of it is asked for."""
    wanted, style = _filters_from_query(), csv_format()

    def write(connection: Connection, put: Write) -> None:
        for piece in audit_queries.csv_rows(connection, wanted, style):
            put(piece)

    name = f"what-happened-{datetime.now(context.time_zone()):%Y-%m-%d}.csv"
    export = Export(write, audit_queries.select_entries(wanted), Audit)
    return attachment(name, export, "exported what happened", _describe_filters(wanted))


def _filters_from_query() -> AuditFilters:
    """Read which entries are asked for; raises Invalid."""
    raw = request.args.get("since", "")
    try:
        since = date.fromisoformat(raw) if raw else None
    except ValueError:
        raise Invalid("That is not a day of the calendar.", field="since") from None
    return AuditFilters(request.args.get("action", ""), request.args.get("person", ""), _begin_of(since))


def _begin_of(day: date | None) -> datetime | None:
    return day_begins(day, context.time_zone()) if day else None


def _action_choices(chosen: str) -> list[tuple[str, str]]:
    """Return what can be asked for, by its words; what is asked for is there in any case."""
    found = {*audit_queries.actions(db.session()), *([chosen] if chosen else [])}
    return sorted(((one, presenters.describe_action(one)) for one in found), key=lambda pair: pair[1].lower())


def _describe_filters(wanted: AuditFilters) -> str:
    """Return in words which entries are asked for."""
    person, zone = wanted.person, context.time_zone()
    parts = [
        wanted.action and f"“{presenters.describe_action(wanted.action)}”",
        person and ("without an account" if person == NO_ACCOUNT else f"account {person}"),
        wanted.since and f"since {wanted.since.astimezone(zone):%Y-%m-%d} ({zone})",
    ]
    return ", ".join(part for part in parts if part) or "everything"


def _url(path: str, pairs: dict[str, Any]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path
