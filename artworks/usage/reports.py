"""What AI has cost: by day, kind, model and person, what was paid in vain, and where the month is heading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, DateTime, Label, Select, Text, cast, desc, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from artworks.adapters.time_zones import day_begins
from artworks.core import csv_sql
from artworks.core.csv_sql import PLAIN, CsvFormat
from artworks.usage.budget import MonthSpending
from artworks.usage.periods import DAY, Period, month_from
from models import Image, Usage

HEADER = (
    "id,at,image_id,original_filename,batch_id,kind,source,model,tier,person,state,error,"
    "input_tokens,output_tokens,usd,seconds,at_most_usd"
)
LATEST_SHOWN = 20
# An average day is taken from so many days at most; from fewer than the least nothing is foretold.
LOOK_BACK_DAYS, LEAST_DAYS = 28, 3
BROUGHT_NOTHING = Usage.state.in_(("failed", "cancelled", "lost"))


@dataclass(frozen=True)
class Spent:
    """What calls that have something in common cost: a day, a kind, a model or a person.

    `failed` of the calls brought nothing; `wasted` of the money went to those. `at_most` of the money is the most that
    calls can have cost of which nobody knows what they did.
    """

    name: Any
    calls: int
    usd: Decimal
    failed: int
    wasted: Decimal
    at_most: Decimal = Decimal(0)


@dataclass(frozen=True)
class Waste:
    """Calls that were billed and brought nothing, for one reason."""

    state: str
    error: str
    calls: int
    usd: Decimal
    at_most: Decimal = Decimal(0)


@dataclass(frozen=True)
class Call:
    """One call, with the name of its picture; None when there is none, or no more."""

    usage: Usage
    picture: str | None
    trashed: bool


@dataclass(frozen=True)
class Projection:
    """Where the month is heading: `usd` at its end, when the days to come cost `daily` each.

    `runs_out` is the day on which the budget would be used up; None when it lasts, or is used up already.
    """

    usd: Decimal
    daily: Decimal
    days: int
    runs_out: date | None


def first_call(session: Session) -> datetime | None:
    """Return when the first call was made; None when there was none yet."""
    return session.scalar(select(func.min(Usage.at)))


def _within(period: Period) -> list[ColumnElement[bool]]:
    """Return the clauses of a period; they bound the times and not the days, so that the index usage_at is used."""
    begins, *_, ends = period.midnights
    return [Usage.at >= begins, Usage.at < ends]


def _sums(group: Any, period: Period) -> Select[Any]:
    """Return the query that adds calls and money up for each value of `group`."""
    return (
        select(
            group,
            func.count(),
            func.sum(Usage.usd),
            func.count().filter(BROUGHT_NOTHING),
            func.coalesce(func.sum(Usage.usd).filter(BROUGHT_NOTHING), 0),
            func.sum(Usage.at_most_usd),
        )
        .where(*_within(period))
        .group_by("day" if isinstance(group, Label) else group)
    )


def days_query(period: Period) -> Select[Any]:
    """Return the query that adds up each day that has calls, by its number from 1 on, the newest first.

    By its midnights, and not by the name of its zone, which the database may know otherwise or not at all.
    """
    midnights = cast(period.midnights, ARRAY(DateTime(timezone=True)))
    day = func.width_bucket(Usage.at, midnights).label("day")
    return _sums(day, period).order_by(desc("day"))


def by_day(session: Session, period: Period) -> list[Spent]:
    """Return what each day cost, the newest first; days without a call are left out."""
    found = session.execute(days_query(period))
    return [Spent(period.days[number - 1], *sums) for number, *sums in found]


def by_kind(session: Session, period: Period) -> list[Spent]:
    """Return what each kind of call cost, the dearest first."""
    return _sums_by_column(session, Usage.kind, period)


def by_model(session: Session, period: Period) -> list[Spent]:
    """Return what each model cost, the dearest first."""
    return _sums_by_column(session, Usage.model, period)


def by_person(session: Session, period: Period) -> list[Spent]:
    """Return what each person spent, who spent most first."""
    return _sums_by_column(session, Usage.person, period)


def _sums_by_column(session: Session, column: InstrumentedAttribute[str], period: Period) -> list[Spent]:
    query = _sums(column, period).order_by(func.sum(Usage.usd).desc(), func.count().desc(), column)
    return [Spent(*row) for row in session.execute(query)]


def failed_but_billed(session: Session, period: Period) -> list[Waste]:
    """Return what was paid for calls that brought nothing, by reason, the dearest first."""
    cost = func.sum(Usage.usd)
    query = (
        select(Usage.state, Usage.error, func.count(), cost, func.sum(Usage.at_most_usd))
        .where(*_within(period), BROUGHT_NOTHING, Usage.usd > 0)
        .group_by(Usage.state, Usage.error)
        .order_by(cost.desc(), Usage.state, Usage.error)
    )
    return [Waste(*row) for row in session.execute(query)]


def latest(session: Session, period: Period) -> list[Call]:
    """Return the last twenty calls, the newest first."""
    name = func.coalesce(func.nullif(Image.post_title, ""), Image.original_filename)
    query = (
        select(Usage, name, Image.trashed_at.is_not(None))
        .outerjoin(Image, Image.id == Usage.image_id)
        .where(*_within(period))
        .order_by(Usage.at.desc(), Usage.id.desc())
        .limit(LATEST_SHOWN)
    )
    return [Call(*row) for row in session.execute(query)]


def projection(session: Session, spending: MonthSpending, now: datetime) -> Projection | None:
    """Return what the month will have cost: what is spent, and an average day for each day that is left.

    The average is of the last 28 days, or of the days since the first call while those are fewer. None when these are
    fewer than three, and when they cost nothing: that says nothing about the days to come. The month is that of the
    budget: of the zone in which `now` is told.
    """
    first = first_call(session)
    since = now - LOOK_BACK_DAYS * DAY
    days = min(now - first, now - since) / DAY if first else 0
    recent = session.scalar(select(func.sum(Usage.usd)).where(Usage.at >= since, Usage.at <= now))
    if days < LEAST_DAYS or not recent:
        return None
    daily = recent / Decimal(days)
    ends = day_begins(month_from(now.date()).end, now.tzinfo or UTC)
    left = Decimal((ends - now) / DAY)
    usd = spending.usd + daily * left
    budget = Decimal(str(spending.budget_usd))
    runs_out = None
    if spending.usd < budget < usd:
        runs_out = (now + DAY * float((budget - spending.usd) / daily)).date()
    return Projection(usd, daily, round(days), runs_out)


def calls(period: Period | None) -> Select[Any]:
    """Return the query of every call, or of those in a period, with the name of its picture."""
    columns: tuple[Any, ...] = (Usage, Image.original_filename)
    query = select(*columns).outerjoin_from(Usage, Image, Image.id == Usage.image_id)
    return query.where(*_within(period) if period else ()).order_by(Usage.at, Usage.id)


def ledger(connection: Connection, period: Period | None, style: CsvFormat = PLAIN) -> Iterator[bytes]:
    """Yield the CSV of every call, or of those in a period, the oldest first; read in pieces as exports are."""
    query = calls(period).with_only_columns(_csv_line(style), maintain_column_froms=True)
    return csv_sql.encoded(connection, HEADER, query, style)


def _csv_line(style: CsvFormat) -> ColumnElement[str]:
    words = (Usage.kind, Usage.source, Usage.model, Usage.tier, Usage.person, Usage.state, Usage.error)
    return csv_sql.line(
        style,
        Usage.id,
        csv_sql.moment(Usage.at),
        _or_nothing(Usage.image_id),
        csv_sql.cell(Image.original_filename),
        _or_nothing(Usage.batch_id),
        *map(csv_sql.cell, words),
        Usage.input_tokens,
        Usage.output_tokens,
        Usage.usd,
        _or_nothing(Usage.seconds),
        Usage.at_most_usd,
    )


def _or_nothing(number: Any) -> ColumnElement[str]:
    """Return a number as a cell, an empty one where there is none."""
    return func.coalesce(cast(number, Text), "")
