"""How many connections an address holds, counted by several processes."""

from __future__ import annotations

import os
from functools import partial

import pytest

from artworks.adapters.gunicorn import connection_counts
from artworks.adapters.gunicorn.connection_counts import ConnectionCounts

HERE, THERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def counts() -> ConnectionCounts:
    return ConnectionCounts()


def in_child(do: object) -> int:
    """Do something in a forked process, and return its number when it has ended."""
    pid = os.fork()
    if not pid:
        assert callable(do)
        do()
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def test_the_limit_is_for_all_processes_together(counts: ConnectionCounts) -> None:
    first, second = counts.reserve(), counts.reserve()
    assert [counts.add(row, HERE, 3) for row in (first, second, first, second, first)] == [True] * 3 + [
        False
    ] * 2
    assert counts.add(second, THERE, 3)
    counts.remove(second, HERE)
    assert counts.count(HERE) == 2
    assert counts.add(first, HERE, 3)
    assert counts.add(first, HERE, None)
    assert (counts.count(HERE), counts.count(THERE)) == (4, 1)


def test_another_process_sees_what_one_counted_and_who_ended_holds_nothing(counts: ConnectionCounts) -> None:
    row, other = counts.reserve(), counts.reserve()

    def hold() -> None:
        counts.claim(row)
        for _ in range(5):
            counts.add(row, HERE, None)

    in_child(hold)
    assert counts.count(HERE) == 5
    assert not counts.add(other, HERE, 5)
    # A new process takes the place of the one that was killed.
    counts.reserve()
    assert counts.count(HERE) == 0


def test_rows_are_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_counts, "ROWS", 3)
    counts = ConnectionCounts()

    def hold(row: int) -> None:
        counts.claim(row)
        counts.add(row, HERE, None)

    for _ in range(8):
        in_child(partial(hold, counts.reserve()))
    counts.reserve()
    assert counts.count(HERE) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(
    counts: ConnectionCounts, one: str, other: str, same: bool
) -> None:
    counts.add(counts.reserve(), one, None)
    assert counts.count(other) == same
