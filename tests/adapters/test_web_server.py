"""The moments of a process that serves pages."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from adapters.web_server import ENDS, Moments, begin


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Give the test's own process its signal handlers back."""
    numbers = (*ENDS, signal.SIGHUP)
    kept = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, kept, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDS)
def test_the_end_is_told_before_the_server_waits_for_its_requests(number: signal.Signals) -> None:
    called = Mock()
    signal.signal(number, lambda *_: called.server())
    begin(Moments(called.ready, called.forked, called.begin, called.ending, called.end))
    assert called.method_calls == [("begin",)]
    called.reset_mock()
    signal.raise_signal(number)
    assert called.method_calls == [("ending",), ("server",)]
    # Whoever ends at once cannot be killed on the way by being told twice.
    assert (signal.getsignal(signal.SIGQUIT) == signal.SIG_IGN) == (number != signal.SIGTERM)


def test_a_signal_that_comes_too_early_is_heard_when_the_process_begins() -> None:
    called = Mock()
    signal.signal(signal.SIGTERM, lambda *_: called.server())
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    try:
        signal.raise_signal(signal.SIGTERM)
        assert called.method_calls == []
        begin(Moments(called.ready, called.forked, called.begin, called.ending, called.end))
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
    assert called.method_calls == [("begin",), ("ending",), ("server",)]
