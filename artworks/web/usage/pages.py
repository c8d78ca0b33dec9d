"""The usage page: what AI has cost, as charts and tables, and the ledger as CSV."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from artworks.core.csv_sql import Write
from artworks.exports.export_file import Export
from artworks.usage import budget, periods, reports
from artworks.usage.periods import Period
from artworks.usage.reports import Spent
from artworks.web import context
from artworks.web.exports.csv_response import attachment, csv_format
from artworks.web.permissions import requires
from artworks.web.usage import charts
from models import Usage, db

pages = APIBlueprint("usage", __name__, enable_openapi=False)

KINDS = {
    "generate": "New words",
    "refine": "Refined words",
    "rewrite": "Second tries",
    "preview": "Voice previews",
    "test": "Tests of the service",
}
PEOPLE = {"owner": "You"}
STATES = {
    "reserved": "On its way",
    "ok": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "lost": "Lost",
}
# Why a call brought nothing: by its state, and for failed ones by the contract's code of the error.
REASONS = {
    "cancelled": "Cancelled on the way",
    "lost": "The program stopped before the answer was there",
    "ai_refused": "The AI service declined to write",
    "ai_unavailable": "The AI service did not answer well",
    "ai_timeout": "The AI service took too long",
    "rate_limited": "The AI service was too busy",
}
OTHER_REASON = "Something went wrong on our side"


@pages.get("/usage")
@requires("editor")
def index() -> ResponseReturnValue:
    """Show what AI has cost in a month or in the last thirty days."""
    session, now = db.session(), datetime.now(context.installation_zone())
    zone = context.time_zone()
    period = _period() or periods.last_days(now, zone)
    first = reports.first_call(session)
    spending = budget.month_spending(session, context.dependencies().limits)
    return render_template(
        "usage/index.html",
        month=_month_context(spending, reports.projection(session, spending, now), now),
        menu=_menu(periods.months(first or now, now, zone), period),
        share=budget.share_of(session, context.dependencies().limits, context.actor().person_id),
        any_call=first is not None,
        title=_title(period),
        span=_span(period),
        csv=_address("/usage.csv", period),
        **_period_context(period),
    )


@pages.get("/usage.csv")
@requires("owner")
def csv() -> Response:
    """Stream the ledger of a month, or the whole of it."""
    period, style = _period(), csv_format()

    def write(connection: Connection, put: Write) -> None:
        for piece in reports.ledger(connection, period, style):
            put(piece)

    today = datetime.now(context.time_zone())
    name = f"usage-{period.start:%Y-%m}.csv" if period else f"usage-{today:%Y-%m-%d}.csv"
    export = Export(write, reports.calls(period), Usage)
    return attachment(name, export, "exported usage", _title(period) if period else "every call")


def _period() -> Period | None:
    """Return the month that was asked for; None when none was. Raises Invalid."""
    text = request.args.get("month", "")
    return periods.month_of(text, context.time_zone()) if text else None


def _period_context(period: Period) -> dict[str, Any]:
    """Return what the page shows of the period."""
    session = db.session()
    days = reports.by_day(session, period)
    total = _total_row(days)
    return {
        "days": days,
        "total": total,
        "charts": charts.charts_of_period(period, days) if days else [],
        "parts": [
            {"title": "What for", "rows": _shares(reports.by_kind(session, period), KINDS, total)},
            {"title": "Which model", "rows": _shares(reports.by_model(session, period), {}, total)},
            {"title": "Who asked", "rows": _shares(reports.by_person(session, period), PEOPLE, total)},
        ],
        "waste": [
            {
                "reason": _reason(one.state, one.error),
                "calls": one.calls,
                "usd": one.usd,
                "at_most": one.at_most,
            }
            for one in reports.failed_but_billed(session, period)
        ],
        "latest": reports.latest(session, period),
        "kinds": KINDS,
        "states": STATES,
        "reason": _reason,
    }


def _total_row(days: list[Spent]) -> Spent:
    return Spent(
        "",
        sum(day.calls for day in days),
        sum((day.usd for day in days), Decimal()),
        sum(day.failed for day in days),
        sum((day.wasted for day in days), Decimal()),
        sum((day.at_most for day in days), Decimal()),
    )


def _shares(rows: list[Spent], names: dict[str, str], total: Spent) -> list[dict[str, Any]]:
    """Return each row with its name and its part of the whole, of the calls when nothing cost money."""

    def part(row: Spent) -> float:
        return float(row.usd / total.usd) if total.usd else row.calls / total.calls

    return [
        {
            "name": names.get(row.name, row.name or "Not known"),
            "calls": row.calls,
            "usd": row.usd,
            "share": part(row),
        }
        for row in rows
    ]


def _reason(state: str, error: str) -> str:
    return REASONS.get(error if state == "failed" else state, OTHER_REASON)


def _month_context(
    spending: budget.MonthSpending, projection: reports.Projection | None, now: datetime
) -> dict[str, Any]:
    """Return where the current month stands."""
    limit = Decimal(str(spending.budget_usd))
    return {
        "name": f"{now:%B}",
        "zone": now.tzinfo,
        "spending": spending,
        "left": max(Decimal(), limit - spending.usd),
        "starts_anew": f"1 {periods.month_from(now.date()).end:%B}",
        "projection": projection,
        "too_much": bool(limit) and projection is not None and projection.usd > limit,
    }


def _menu(months: list[Period], shown: Period) -> list[dict[str, Any]]:
    """Return the periods that can be chosen."""
    recent = {"label": "Last 30 days", "url": _address("/usage"), "active": not shown.is_month}
    return [
        recent,
        *(
            {"label": _title(month), "url": _address("/usage", month), "active": month == shown}
            for month in months
        ),
    ]


def _address(path: str, period: Period | None = None) -> str:
    """Return the address of a month, else of the last days, in the zone that this one asks for, if it does."""
    month = {"month": f"{period.start:%Y-%m}"} if period and period.is_month else {}
    pairs = month | ({"tz": request.args["tz"]} if request.args.get("tz") else {})
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _title(period: Period) -> str:
    return f"{period.start:%B %Y}" if period.is_month else "Last 30 days"


def _span(period: Period) -> str:
    """Return the first and the last day in words."""
    first, last = period.days[0], period.days[-1]
    return f"{_long_date(first)} to {_long_date(last)}"


def _long_date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
