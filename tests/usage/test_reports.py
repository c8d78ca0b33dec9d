"""What AI has cost: sums by day and by what for, failed calls that were billed, and where the month is heading."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from artworks.adapters.time_zones import day_begins, time_zone
from artworks.core.errors import Invalid
from artworks.usage import budget, periods
from artworks.usage import reports as usage
from artworks.usage.periods import Period
from artworks.usage.reports import Waste
from models import Image
from tests.support.material import row
from tests.support.spending import spend

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def spending(usd: str, limit: float = 10) -> budget.MonthSpending:
    return budget.MonthSpending(Decimal(usd), 1, limit)


def test_days_are_added_up_the_newest_first(session: Session) -> None:
    spend(session, NOON, "0.02", 3)
    spend(session, NOON, "0.01", state="failed")
    spend(session, NOON - timedelta(days=4), "0.005")
    assert [
        (day.name, day.calls, day.usd, day.failed, day.wasted) for day in usage.by_day(session, NOVEMBER)
    ] == [
        (date(2026, 11, 25), 4, Decimal("0.07"), 1, Decimal("0.01")),
        (date(2026, 11, 21), 1, Decimal("0.005"), 0, Decimal(0)),
    ]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def test_days_and_months_begin_at_midnight_utc_wherever_the_server_is(session: Session, zone: str) -> None:
    session.execute(text(f"SET LOCAL TIME ZONE '{zone}'"))
    first, last = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 30, 23, 59, 59, 999_999, tzinfo=UTC)
    for moment in (first - timedelta(microseconds=1), first, last, last + timedelta(microseconds=1)):
        spend(session, moment)
    assert [day.name.day for day in usage.by_day(session, NOVEMBER)] == [30, 1]
    assert len(usage.latest(session, NOVEMBER)) == 2


@pytest.mark.parametrize("server", ["UTC", "Pacific/Auckland"])
@pytest.mark.parametrize(
    ("zone", "begins", "ends"),
    [
        ("Pacific/Kiritimati", "2026-10-31T10:00", "2026-11-30T10:00"),
        ("America/St_Johns", "2026-11-01T02:30", "2026-12-01T03:30"),
        ("Europe/Berlin", "2026-10-31T23:00", "2026-11-30T23:00"),
    ],
)
def test_days_and_months_begin_at_the_midnight_of_a_zone(
    session: Session, server: str, zone: str, begins: str, ends: str
) -> None:
    session.execute(text(f"SET LOCAL TIME ZONE '{server}'"))
    first, end = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (begins, ends))
    moment = timedelta(microseconds=1)
    for at in (first - moment, first, end - moment, end):
        spend(session, at)
    month = periods.month_of("2026-11", time_zone(zone))
    assert [(day.name.day, day.calls) for day in usage.by_day(session, month)] == [(30, 1), (1, 1)]
    assert len(usage.latest(session, month)) == 2
    both = [periods.month_of(name, time_zone(zone)) for name in ("2026-10", "2026-12")]
    assert [usage.by_day(session, one)[0].calls for one in both] == [1, 1]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_on_which_clocks_are_changed_has_its_own_length(
    session: Session, day: date, hours: int
) -> None:
    berlin = time_zone("Europe/Berlin")
    begins = day_begins(day, berlin)
    for hour in range(-1, 27):
        spend(session, begins + timedelta(hours=hour))
    found = {one.name: one.calls for one in usage.by_day(session, periods.month_from(day, berlin))}
    assert found == {day - timedelta(days=1): 1, day: hours, day + timedelta(days=1): 27 - hours}


def test_money_is_parted_by_kind_model_and_person(session: Session) -> None:
    spend(session, NOON, "0.01", 5, person="Ana")
    spend(session, NOON, "0.2", kind="refine", model="gpt-6-sol")
    spend(session, NOON - timedelta(days=31), "9", kind="preview", model="old", person="Eva")
    assert [(one.name, one.calls) for one in usage.by_kind(session, NOVEMBER)] == [
        ("refine", 1),
        ("generate", 5),
    ]
    assert [one.name for one in usage.by_model(session, NOVEMBER)] == ["gpt-6-sol", "gpt-5.6-luna"]
    assert [(one.name, one.usd) for one in usage.by_person(session, NOVEMBER)] == [
        ("owner", Decimal("0.2")),
        ("Ana", Decimal("0.05")),
    ]


def test_failed_but_billed_leaves_out_what_cost_nothing(session: Session) -> None:
    spend(session, NOON, "0.02", 2, state="failed", error="ai_refused")
    spend(session, NOON, "0.01", state="lost")
    spend(session, NOON, "0.005", state="cancelled")
    spend(session, NOON, "0", state="failed", error="ai_unavailable")
    spend(session, NOON, "0.3")
    spend(session, NOON, "0.4", state="reserved")
    assert usage.failed_but_billed(session, NOVEMBER) == [
        Waste("failed", "ai_refused", 2, Decimal("0.04")),
        Waste("lost", "", 1, Decimal("0.01")),
        Waste("cancelled", "", 1, Decimal("0.005")),
    ]


def test_the_latest_calls_name_their_pictures(session: Session) -> None:
    titled, plain = row(session, post_title="Heron"), row(session, "Plain.jpg")
    gone = row(session, "Gone.jpg")
    plain.trashed_at = NOON
    for minutes, image in enumerate((gone, plain, titled)):
        spend(session, NOON + timedelta(minutes=minutes), image_id=image.id)
    spend(session, NOON - timedelta(days=1), count=30)
    session.execute(Image.__table__.delete().where(Image.id == gone.id))  # type: ignore[attr-defined]
    found = usage.latest(session, NOVEMBER)
    assert len(found) == usage.LATEST_SHOWN
    assert [(call.picture, call.trashed) for call in found[:3]] == [
        ("Heron", False),
        ("Plain.jpg", True),
        (None, False),
    ]


def test_a_month_is_read(session: Session) -> None:
    assert periods.month_of("2026-11") == NOVEMBER
    assert periods.month_of("2024-02").days[-1] == date(2024, 2, 29)
    assert usage.by_day(session, periods.month_of("0001-01")) == []
    assert usage.by_day(session, periods.month_of("9999-11")) == []


@pytest.mark.parametrize(
    "written",
    ["2026", "2026-13", "2026-00", "0000-01", "9999-12", "2026-1", "2026-11-01", "２０２６-11", "x", "'"],
)
def test_what_is_no_month_is_refused_in_plain_words(written: str) -> None:
    with pytest.raises(Invalid, match="such as 2026-11"):
        periods.month_of(written)


def test_the_last_thirty_days_end_today() -> None:
    period = periods.last_days(NOON)
    assert (period.days[0], period.days[-1], len(period.days)) == (date(2026, 10, 27), date(2026, 11, 25), 30)
    assert periods.last_days(NOON, time_zone("Pacific/Kiritimati")).days[-1] == date(2026, 11, 26)


def test_months_go_back_to_the_first_call() -> None:
    first = datetime(2025, 12, 31, 23, tzinfo=UTC)
    found = [f"{month.start:%Y-%m}" for month in periods.months(first, datetime(2026, 2, 3, tzinfo=UTC))]
    assert found == ["2026-02", "2026-01", "2025-12"]
    east = time_zone("Pacific/Kiritimati")
    assert len(periods.months(first, datetime(2026, 2, 3, tzinfo=UTC), east)) == 2


def test_nothing_is_foretold_from_nothing(session: Session) -> None:
    assert usage.projection(session, spending("0"), NOON) is None
    spend(session, NOON - timedelta(days=2, hours=23), "0.5")
    assert usage.projection(session, spending("0.5"), NOON) is None
    assert usage.projection(session, spending("0.5"), NOON + timedelta(hours=1)) is not None


def test_calls_that_cost_nothing_foretell_nothing(session: Session) -> None:
    spend(session, NOON - timedelta(days=20), "0")
    assert usage.projection(session, spending("0"), NOON) is None
    spend(session, NOON - timedelta(days=60), "3")
    assert usage.projection(session, spending("0"), NOON) is None


def test_a_month_is_foretold_from_the_average_of_the_last_days(session: Session) -> None:
    spend(session, NOON - timedelta(days=90), "100")
    spend(session, NOON - timedelta(days=20), "2.8")
    found = usage.projection(session, spending("1"), NOON)
    assert found is not None
    # A tenth of a dollar a day, and five and a half days are left.
    assert (round(found.daily, 4), round(found.usd, 4), found.days) == (Decimal("0.1"), Decimal("1.55"), 28)
    assert found.runs_out is None


def test_a_young_ledger_is_averaged_over_its_own_days(session: Session) -> None:
    spend(session, NOON - timedelta(days=4), "2")
    found = usage.projection(session, spending("2"), NOON)
    assert found is not None
    assert (round(found.daily, 4), round(found.usd, 4), found.days) == (Decimal("0.5"), Decimal("4.75"), 4)


@pytest.mark.parametrize(
    ("limit", "day"), [(3, date(2026, 11, 27)), (10, None), (0, None), (2, None), (1, None)]
)
def test_the_day_the_budget_runs_out_is_told(session: Session, limit: float, day: date | None) -> None:
    spend(session, NOON - timedelta(days=4), "2")
    found = usage.projection(session, spending("2", limit), NOON)
    assert found is not None
    assert found.runs_out == day


def test_a_day_is_found_by_the_index_on_the_times(session: Session) -> None:
    session.execute(
        text(
            "INSERT INTO usage (at, kind, source, model, state)"
            " SELECT timestamptz '2026-11-30' - n * interval '30 minutes', 'generate', 'openai', 'm', 'ok'"
            " FROM generate_series(1, 20000) n"
        )
    )
    session.execute(text("ANALYZE usage"))
    query = usage.days_query(NOVEMBER).compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"literal_binds": True},
    )
    plan = "\n".join(session.scalars(text(f"EXPLAIN {query}".replace(":", r"\:"))))
    assert "usage_at" in plan, plan
    assert "Seq Scan" not in plan, plan


def test_the_ledger_comes_in_pieces_the_oldest_first(session: Session) -> None:
    spend(session, NOON, count=1100)
    spend(session, NOON - timedelta(days=40), model="first")
    session.commit()
    pieces = list(usage.ledger(session.connection(), None))
    assert len(pieces) == 1 + 3
    lines = list(csv.DictReader(io.StringIO(b"".join(pieces).decode(), newline=""), strict=True))
    assert len(lines) == 1101
    assert [lines[0]["model"], lines[-1]["model"]] == ["first", "gpt-5.6-luna"]
    assert len(b"".join(usage.ledger(session.connection(), NOVEMBER)).splitlines()) == 1 + 1100
