"""The charts of the usage page: money and calls by day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from artworks.adapters import svg_charts as charts
from artworks.adapters.svg_charts import Bars
from artworks.usage.periods import Period
from artworks.usage.reports import Spent
from artworks.web.templating import number, usd

# Width and height in CSS pixels: for a screen, and for a phone, where nobody points.
WIDE = {"money": (800, 240), "calls": (800, 130)}
NARROW = {"money": (358, 190), "calls": (358, 110)}
CENT, LEAST_USD = 0.01, 0.0001


def charts_of_period(period: Period, days: list[Spent]) -> list[dict[str, Any]]:
    """Return the charts of a period; the one of money only if there was any."""
    every = _every_day(period, days)
    drawn = {"money": _money(every), "calls": _calls(every)}
    if not any(day.usd for day in days):
        del drawn["money"]
    letters = charts.label_width(*drawn.values())
    return [
        {
            "what": what,
            "wide": charts.draw(bars, *WIDE[what], letters=letters),
            "narrow": charts.draw(bars, *NARROW[what], letters=letters, pointed=False),
        }
        for what, bars in drawn.items()
    ]


def _every_day(period: Period, days: list[Spent]) -> list[Spent]:
    """Return the days oldest first, those without a call included."""
    found = {day.name: day for day in days}
    return [found.get(day) or Spent(day, 0, Decimal(), 0, Decimal()) for day in period.days]


def _money(days: list[Spent]) -> Bars:
    most = max(days, key=lambda day: day.usd)
    wasted = [float(day.wasted) for day in days]
    return _bars(
        "Money by day",
        f"Most on {_short_date(most.name)}: {usd(most.usd)}. The table holds every day.",
        days,
        ([float(day.usd - day.wasted) for day in days], wasted),
        _dollars if most.usd >= CENT * 10 else usd,
        LEAST_USD,
    )


def _calls(days: list[Spent]) -> Bars:
    most = max(days, key=lambda day: day.calls)
    return _bars(
        "Calls by day",
        f"Most on {_short_date(most.name)}: {number(most.calls)}. The table holds every day.",
        days,
        ([day.calls - day.failed for day in days], [day.failed for day in days]),
        lambda value: number(round(value)),
        1,
    )


def _bars(
    name: str,
    about: str,
    days: list[Spent],
    parts: Any,
    write: Callable[[float], str],
    least: float,
) -> Bars:
    return Bars(
        name,
        about,
        [_short_date(day.name) for day in days],
        parts,
        [_bar_label(day) for day in days],
        write,
        least,
    )


def _dollars(value: float) -> str:
    """Return a value at the side with cents, so that all of them are alike."""
    return f"${value:,.2f}"


def _bar_label(day: Spent) -> str:
    """Return the label of a day's bar: what it cost."""
    text = f"{_short_date(day.name)}: {usd(day.usd)}, {number(day.calls)} call{'' if day.calls == 1 else 's'}"
    if day.failed:
        text += f", {number(day.failed)} of them brought nothing"
    return text


def _short_date(day: date) -> str:
    return f"{day.day} {day:%b}"
