"""The moments of a process that serves pages."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from adapters.web_server import Moments, begin

ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


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
