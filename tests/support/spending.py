"""Calls in the ledger as the program would have left them, the month's sum included."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models import Spending, Usage


def spend(session: Session, at: datetime, usd: str = "0.01", count: int = 1, **given: Any) -> Usage:
    """Write down so many calls of one moment, and give the last one; the caller commits."""
    facts = {"kind": "generate", "source": "openai", "model": "gpt-5.6-luna", "state": "ok", **given}
    calls = [Usage(at=at, usd=Decimal(usd), **facts) for _ in range(count)]
    session.add_all(calls)
    month = insert(Spending).values(
        month=at.astimezone(UTC).date().replace(day=1), usd=Decimal(usd) * count, calls=count
    )
    sums = {"usd": Spending.usd + month.excluded.usd, "calls": Spending.calls + month.excluded.calls}
    session.execute(month.on_conflict_do_update(index_elements=["month"], set_=sums))
    session.flush()
    return calls[-1]
