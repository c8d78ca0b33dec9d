"""The months that calls are paid in: those of the installation's zone, whenever they end, whatever zone comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from artworks.accounts import users
from artworks.adapters.time_zones import time_zone
from artworks.core.errors import OverBudget
from artworks.core.limits import AILimits
from artworks.usage import budget, periods
from artworks.usage.budget import Purpose
from gpt_service import TokenUsage
from models import Usage
from tests.support.people import add_person

ZONES = ("UTC", "Pacific/Kiritimati", "America/St_Johns", "Pacific/Pago_Pago", "Europe/Berlin")
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
SUMS = "SELECT month, usd, calls FROM spending ORDER BY month"
SetClock = Callable[[datetime], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[SetClock]:
    """Give what sets the clocks of the program and of the database for what it is sent; they stand still."""
    clock = [datetime(2026, 11, 15, tzinfo=UTC)]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return clock[0].astimezone(tz)  # type: ignore[arg-type]

    def read(
        _connection: object, _cursor: object, sent: str, values: object, *_: object
    ) -> tuple[str, object]:
        return sent.replace("now()", f"CAST('{clock[0].isoformat()}' AS timestamptz)"), values

    for module in (periods, budget):
        monkeypatch.setattr(module, "datetime", Clock)
    event.listen(Engine, "before_cursor_execute", read, retval=True)
    yield lambda moment: clock.__setitem__(0, moment)
    event.remove(Engine, "before_cursor_execute", read)


def limits(zone: str, usd: float = 1.0) -> AILimits:
    return AILimits(5, 1000, usd, time_zone(zone))


def reserve(session: Session, zone: str, usd: str = "0.4", person_id: int | None = None) -> int:
    purpose = Purpose(kind="generate", source="openai", model="m", image_id=None, person_id=person_id)
    return budget.reserve(session, limits(zone), purpose, Decimal(usd), longest=0.0)


def settle(session: Session, usage_id: int, usd: str) -> None:
    budget.settle(session, usage_id, state="ok", used=TokenUsage(1, 1, Decimal(usd)), seconds=1.0)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


@pytest.mark.parametrize(
    ("zone", "begins", "ends"),
    [
        ("UTC", "2026-11-01T00:00", "2026-12-01T00:00"),
        ("Pacific/Kiritimati", "2026-10-31T10:00", "2026-11-30T10:00"),
        ("Pacific/Pago_Pago", "2026-11-01T11:00", "2026-12-01T11:00"),
        # Clocks are changed within the month; and half an hour of difference.
        ("America/St_Johns", "2026-11-01T02:30", "2026-12-01T03:30"),
        ("Europe/Berlin", "2026-10-31T23:00", "2026-11-30T23:00"),
    ],
)
def test_the_month_of_a_call_is_the_installations(
    session: Session, set_clock: SetClock, zone: str, begins: str, ends: str
) -> None:
    first, end = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (begins, ends))
    moment = timedelta(microseconds=1)
    made = []
    for at in (first - moment, first, end - moment, end):
        set_clock(at)
        made.append(reserve(session, zone))
        # The most that all months together can take was reached long ago: each has money of its own.
        assert budget.month_spending(session, limits(zone)).usd <= Decimal("0.8")
    with_last = budget.month_spending(session, limits(zone))
    assert (with_last.usd, with_last.calls) == (Decimal("0.4"), 1)
    # All end when it is December everywhere, and are settled in the months that they were held in.
    set_clock(end + timedelta(days=2))
    for number, usage_id in enumerate(made):
        settle(session, usage_id, f"0.{number + 1}")
    assert session.execute(text(SUMS)).all() == [
        (OCTOBER, Decimal("0.1"), 1),
        (NOVEMBER, Decimal("0.5"), 2),
        (DECEMBER, Decimal("0.4"), 1),
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_over_budget_lasts_to_the_end_of_the_month_there(
    session: Session, set_clock: SetClock, zone: str
) -> None:
    ends = periods.month_from(NOVEMBER, time_zone(zone)).midnights[-1]
    set_clock(ends - timedelta(seconds=90))
    reserve(session, zone, "0.9")
    place = session.begin_nested()
    with pytest.raises(OverBudget) as refused:
        reserve(session, zone, "0.2")
    place.rollback()
    assert refused.value.retry_after == 90
    set_clock(ends)
    assert reserve(session, zone, "0.9")


def test_another_zone_moves_no_call(session: Session, set_clock: SetClock) -> None:
    """In which order ever zones are set at the edge of a month: what is held is settled where it is held, once."""
    person = add_person(session, "editor", budget_usd=Decimal(5))
    set_clock(datetime(2026, 11, 30, 12, tzinfo=UTC))
    made = [reserve(session, zone, "0.1", person.id) for zone in ZONES for _ in range(2)]
    # As a program did that knew of no months: those are UTC's.
    old = "INSERT INTO usage (at, kind, source, model, state, usd) VALUES (now(), 'k', 's', 'm', 'reserved', 0.1)"
    made.append(session.scalars(text(f"{old} RETURNING id")).one())
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert session.execute(text(SUMS)).all() == [(NOVEMBER, Decimal("0.9"), 9), (DECEMBER, Decimal("0.2"), 2)]
    set_clock(datetime(2026, 12, 3, tzinfo=UTC))
    for usage_id in made:
        settle(session, usage_id, "0.05")
    assert session.execute(text(SUMS)).all() == [
        (NOVEMBER, Decimal("0.45"), 9),
        (DECEMBER, Decimal("0.1"), 2),
    ]
    mine = session.execute(text("SELECT month, usd FROM person_spending ORDER BY month")).all()
    assert mine == [(NOVEMBER, Decimal("0.4")), (DECEMBER, Decimal("0.1"))]


@pytest.mark.parametrize(("zone", "usd"), [("UTC", "0.4"), ("Pacific/Kiritimati", "0")])
def test_a_share_is_told_for_the_month_of_the_installation(
    session: Session, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch, zone: str, usd: str
) -> None:
    person = add_person(session, "editor", budget_usd=Decimal(5))
    set_clock(datetime(2026, 11, 30, 9, 59, tzinfo=UTC))
    reserve(session, zone, "0.4", person.id)
    set_clock(datetime(2026, 11, 30, 10, 1, tzinfo=UTC))
    share = budget.share_of(session, limits(zone), person.id)
    assert share is not None
    assert share.usd == Decimal(usd)
    assert users.list_users(session, time_zone(zone))[0].month_usd == Decimal(usd)


def test_the_clock_of_the_database_decides(
    session: Session, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program's clock may be a little ahead or behind: the time of a call and its month are of one clock."""
    edge = datetime(2026, 12, 1, tzinfo=UTC)
    for seconds in (-1, 1):
        at = edge + timedelta(seconds=seconds)
        set_clock(at)
        values = periods.around_now(UTC)
        set_clock(edge - timedelta(seconds=seconds))
        monkeypatch.setattr(budget, "around_now", lambda _zone, values=values: values)
        usage_id = reserve(session, "UTC", "0.1")
        call = session.get_one(Usage, usage_id)
        assert call.month == call.at.date().replace(day=1) != at.date().replace(day=1)
