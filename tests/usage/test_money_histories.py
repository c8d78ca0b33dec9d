"""Whatever becomes of calls, the ledger is never below what the service counted, and no limit is passed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import SimpleNamespace
from typing import cast
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

import gpt_service
from artworks.adapters.time_zones import time_zone
from artworks.ai import client as ai_client
from artworks.ai import connections
from artworks.ai.connections import AIConnection
from artworks.ai.pricing import MAX_OUTPUT_TOKENS, most_input_tokens, price_of
from artworks.core.errors import AppError
from artworks.core.limits import AILimits
from artworks.dependencies import Dependencies
from artworks.drafting import calls
from artworks.drafting.call_policy import DraftContext, PreparedCall
from artworks.drafting.draft import PersonPolicy
from artworks.drafting.request import DraftOptions
from artworks.usage import budget, periods
from artworks.usage.budget import NotRunning, Purpose, Refused
from gpt_service import DraftRequest, ServiceSettings, TokenUsage
from tests.fakes.openai_client import WAYS, FakeClient
from tests.support.examples import examples

pytestmark = pytest.mark.slow

REQUEST = DraftRequest(image_jpeg=b"jpeg", fields=("post_title", "alt_text"), prompt="Write. " * 40)
SETTINGS = ServiceSettings("sk-test", "http://service.example/v1", "gpt-5.6-luna", attempts=2)
ONE = gpt_service.most_of_one(REQUEST, SETTINGS).usd
# Whose months count; some have another one by now at the edges of a month.
ZONES = ("UTC", "Pacific/Kiritimati", "America/Los_Angeles")
# In halves of what is set aside for a request; 0 for no limit.
LIMITS = (0, 3, 5, 9, 20)
MAKE = text(
    "WITH p AS (INSERT INTO person (email, role, budget_usd) VALUES ('a', 'editor', :a), ('b', 'owner', :b) "
    "RETURNING id, email), b AS (INSERT INTO batch (total, cap_usd, person_id) "
    "SELECT 99, CAST(CASE email WHEN 'a' THEN :cap_a ELSE :cap_b END AS numeric), id FROM p RETURNING id, person_id) "
    "SELECT p.id, b.id FROM p JOIN b ON b.person_id = p.id ORDER BY p.email"
)
# The month ends: what was spent and what is held belongs to the one before.
NEXT_MONTH = text(
    "WITH gone AS (SELECT make_interval(months => :months) AS months, "
    "CAST(:since AS date) AS since), "
    "u AS (UPDATE usage SET at = at - months, month = month - months FROM gone WHERE at >= now()), "
    "p AS (UPDATE person_spending SET month = month - months FROM gone WHERE month >= since) "
    "UPDATE spending SET month = month - months FROM gone WHERE month >= since"
)
SUMS = text(
    "SELECT (SELECT coalesce(max(usd), 0) FROM spending), "
    "(SELECT coalesce(max(s.usd - p.budget_usd), 0) FROM person_spending s JOIN person p ON p.id = s.person_id), "
    "(SELECT coalesce(max(spent_usd + held_usd - cap_usd), 0) FROM batch), "
    "(SELECT count(*) FROM spending s "
    "WHERE (usd, calls) <> (SELECT sum(usd), count(*) FROM usage u WHERE u.month = s.month))"
)


class Tape:
    """What happens, read from random bytes: few and small ones make a short and simple history."""

    def __init__(self, data: bytes) -> None:
        self._data = iter(data)

    def next(self, count: int) -> int:
        """Return a number below `count`; the first one when the tape is at its end."""
        return next(self._data, 0) % count

    def left(self) -> bool:
        """Return whether there is more; takes one byte."""
        return next(self._data, None) is not None


class NoPace(PersonPolicy):
    """A call whose money alone is of interest: the shared rate limit is left alone."""

    has_rate_slot = True


@dataclass
class Open:
    """A call that was held money for, with the settings that it may be made with."""

    usage_id: int
    settings: ServiceSettings


@dataclass
class History:
    """One history of calls in a transaction of its own, which is taken back."""

    session: Session
    tape: Tape
    open: list[Open] = field(default_factory=list)
    counted: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    months: int = 0

    def live(self) -> None:
        """Make calls, end them in some order, and let processes die and months end."""
        month, *others = (LIMITS[self.tape.next(len(LIMITS))] * ONE / 2 for _ in range(5))
        names = ("a", "b", "cap_a", "cap_b")
        given_limits = dict(zip(names, (amount or None for amount in others), strict=True))
        self.people = list(self.session.execute(MAKE, given_limits))
        self.month = month
        zone = time_zone(ZONES[self.tape.next(len(ZONES))])
        since = periods.this_month(zone)
        limits = AILimits(60, 1000, float(month), zone)
        self.dependencies = cast("Dependencies", SimpleNamespace(limits=limits, ai_settings=SETTINGS))
        while self.tape.left():
            act = self.tape.next(8)
            if act < 4 or not self.open:
                self.begin()
            elif act == 7:
                self.die()
            else:
                self.end()
            if act == 6:
                self.months += 1
                self.session.execute(NEXT_MONTH, {"months": self.months, "since": since})
        while self.open:
            self.end()

    def begin(self) -> None:
        """Hold money back for a call by one of two people, alone or in a batch."""
        person, batch = self.people[self.tape.next(2)]
        kind, alone = (("generate", True), ("generate", False), ("rewrite", False))[self.tape.next(3)]
        purpose = Purpose(kind, "openai", "m", None, None if alone else batch, person_id=person)
        chosen = SETTINGS if alone else replace(SETTINGS, asks=1, retries=False)
        try:
            with self.session.begin_nested():
                usage_id, chosen = calls.reserve_for_attempts(
                    self.session, self.dependencies, purpose, ONE, chosen
                )
        except (Refused, NotRunning):
            return
        self.open.append(Open(usage_id, chosen))

    def end(self) -> None:
        """Ask the service for a call that money is held back for, and settle it."""
        opened = self.open.pop(self.tape.next(len(self.open)))
        connection = AIConnection("http://127.0.0.1/v1")
        client = FakeClient(connection, self.way, self.tokens)
        context = DraftContext(
            self.transaction, self.dependencies, 1, DraftOptions(), NoPace(), cancelled=lambda: client.hanging
        )
        prepared = PreparedCall(context, REQUEST, opened.settings, TokenUsage(), opened.usage_id, None, None)
        with mock.patch.object(ai_client, "acquire", return_value=(connection, client)):
            try:
                _, settlement = calls.send(prepared)
            except AppError:
                settlement = None
        if settlement is not None:
            calls.settle(self.session, prepared, settlement)
        self.counted[opened.usage_id] = client.counted

    def die(self) -> None:
        """Let the process die that makes a call, whatever it had sent; it is noticed, or not yet."""
        opened = self.open.pop(self.tape.next(len(self.open)))
        sent = self.tape.next(opened.settings.attempts + 1)
        self.counted[opened.usage_id] = [self.tokens() for _ in range(sent)]
        if self.tape.next(2):
            budget.mark_call_lost(self.session, opened.usage_id)

    def way(self) -> str:
        """Return what becomes of the next request."""
        return WAYS[self.tape.next(len(WAYS))]

    def tokens(self) -> tuple[int, int]:
        """Return what the service counts for the next request: anything within what is possible."""
        share_in, share_out = self.tape.next(256), self.tape.next(256)
        return most_input_tokens(REQUEST) * share_in // 255, MAX_OUTPUT_TOKENS * share_out // 255

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Stand in for a transaction: all of a history is one."""
        yield self.session

    def check(self) -> None:
        """Compare the ledger to what was counted, and the sums to the limits."""
        month, over_share, over_cap, wrong_sums = self.session.execute(SUMS).one()
        assert max(over_share, over_cap) <= 0
        assert wrong_sums == 0
        assert not self.month or month <= self.month
        rows = self.session.execute(text("SELECT id, usd, state, input_tokens, output_tokens FROM usage"))
        for row in rows:
            counted = self.counted.get(row.id, [])
            tokens_in, tokens_out = (sum(one[place] for one in counted) for place in (0, 1))
            assert row.usd >= cost(tokens_in, tokens_out), (row, counted)
            if row.state in ("ok", "failed", "cancelled"):
                assert (row.input_tokens >= tokens_in, row.output_tokens >= tokens_out) == (True, True)


def cost(tokens_in: int, tokens_out: int) -> Decimal:
    """Return what the service writes on its bill, without rounding."""
    prices = price_of(SETTINGS)
    assert prices is not None
    return (tokens_in * prices[0] + tokens_out * prices[1]) / 1_000_000


@pytest.fixture(scope="module")
def patched() -> Iterator[None]:
    """Look at the person and the clock more often, and keep no connection."""
    with (
        mock.patch.object(ai_client, "TICK", 0.0002),
        mock.patch.object(connections, "release"),
        mock.patch.object(ai_client.log, "disabled", new=True),
        mock.patch.object(calls.log, "disabled", new=True),
    ):
        yield


@pytest.mark.usefixtures("patched", "database_url")
def test_no_history_of_calls_costs_more_than_the_ledger_says_or_a_limit_allows(engine: Engine) -> None:
    lived: list[int] = []
    count = examples(200)
    with Session(engine) as session:
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))

        @settings(count, database=None, suppress_health_check=list(HealthCheck))
        @given(st.binary(min_size=8, max_size=30))
        def histories(data: bytes) -> None:
            place = session.begin_nested()
            try:
                history = History(session, Tape(data))
                history.live()
                history.check()
                lived.append(len(history.counted))
            finally:
                place.rollback()

        histories()
        session.rollback()
    assert len(lived) >= count.max_examples
    assert sum(lived) > count.max_examples / 2
