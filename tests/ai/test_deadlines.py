"""Silence, dripping and people who leave: no draft holds the program longer than promised."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from artworks.ai import client as ai_client
from artworks.ai import connections, transport
from artworks.core.errors import AITimeout
from gpt_service import Draft, DraftCancelled, ServiceSettings, usage_of
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_behaviours import Behaviour
from tests.fakes.openai_server import FakeOpenAI
from tests.support.program import PATIENCE

Ask = Callable[..., Draft]
both_ways = pytest.mark.parametrize("on_partial", [None, lambda fields: None], ids=["whole", "streamed"])
Listener = Callable[[object], None] | None


class Hurried:
    """A clock that goes far ahead once the service was asked."""

    def __init__(self, service: FakeOpenAI) -> None:
        self._service = service

    def monotonic(self) -> float:
        """Read it."""
        return time.monotonic() + (1e6 if self._service.requests else 0)


@both_ways
@pytest.mark.parametrize("bad", [does.hang(), does.drip()], ids=["silent", "dripping"])
def test_draft_ends_although_the_service_does_not(
    openai_server: FakeOpenAI,
    ask: Ask,
    bad: Behaviour,
    on_partial: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    openai_server.default = bad
    monkeypatch.setattr(ai_client, "time", Hurried(openai_server))
    with pytest.raises(AITimeout) as caught:
        ask(on_partial=on_partial)
    usage = usage_of(caught.value)
    assert usage is not None
    assert usage.input_tokens > 0
    assert len(openai_server.requests) == 1
    assert all(seen.hung_up.wait(PATIENCE) for seen in openai_server.requests)


def test_stream_that_falls_silent_is_a_timeout(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings
) -> None:
    openai_server.default = does.silent_after()
    with pytest.raises(AITimeout) as caught:
        # More than any beginning of an answer takes, also on a busy machine.
        ask("post_title", using=replace(settings, timeout=2.0), on_partial=lambda fields: None)
    usage = usage_of(caught.value)
    assert usage is not None
    assert usage.output_tokens > 0
    assert len(openai_server.requests) == 1


@both_ways
@pytest.mark.parametrize("bad", [does.hang(), does.drip()], ids=["silent", "dripping"])
def test_stopping_cuts_the_connection_although_the_service_is_silent(
    openai_server: FakeOpenAI, ask: Ask, bad: Behaviour, on_partial: Listener
) -> None:
    openai_server.script(bad)
    with pytest.raises(DraftCancelled) as caught:
        ask(on_partial=on_partial, cancelled=lambda: bool(openai_server.requests))
    assert usage_of(caught.value) is not None
    assert openai_server.requests[0].hung_up.wait(PATIENCE)


def test_stopping_in_mid_stream_counts_the_words_so_far(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.silent_after('{"description": "' + "a heron at dusk " * 50))
    heard = threading.Event()
    with pytest.raises(DraftCancelled) as caught:
        ask("description", on_partial=lambda fields: heard.set(), cancelled=heard.is_set)
    usage = usage_of(caught.value)
    assert usage is not None
    assert usage.output_tokens > 100


def test_stopping_during_a_pause_sends_nothing_more(
    openai_server: FakeOpenAI, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    openai_server.default = does.rate_limited("0.5")
    stopped = threading.Event()
    monkeypatch.setattr(
        "openai._base_client.SyncAPIClient._sleep_for_retry", lambda *_, **__: stopped.wait(PATIENCE)
    )
    with pytest.raises(DraftCancelled):
        ask(cancelled=lambda: bool(openai_server.requests))
    stopped.set()
    # The pause of the SDK goes on in its own thread; it must end without a request.
    for thread in threading.enumerate():
        if thread.name.endswith("(_work)"):
            thread.join(PATIENCE)
    assert len(openai_server.requests) == 1


def test_stopping_one_draft_leaves_the_others_alone(openai_server: FakeOpenAI, ask: Ask) -> None:
    ask("post_title")
    openai_server.script(does.ok({"post_title": "Slow"}, pause=0.1), does.hang())
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(ask, "post_title")
        while len(openai_server.requests) < 2:
            time.sleep(0.01)
        with pytest.raises(DraftCancelled):
            ask("post_title", cancelled=lambda: len(openai_server.requests) == 3)
        assert slow.result().fields == {"post_title": "Slow"}
    assert len(openai_server.requests) == 3


def test_kept_connection_is_lent_to_one_draft_at_a_time(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings
) -> None:
    ask("post_title")
    taken = [transport.acquire(settings) for _ in range(2)]
    assert taken[0][0] is not taken[1][0]
    for connection, client in taken:
        connections.release(settings, connection, client)


def test_stopping_before_the_start_asks_nothing(openai_server: FakeOpenAI, ask: Ask) -> None:
    with pytest.raises(DraftCancelled):
        ask(cancelled=lambda: True)
    assert openai_server.requests == []


def test_draft_after_a_cut_connection_works(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.hang())
    with pytest.raises(DraftCancelled):
        ask(cancelled=lambda: bool(openai_server.requests))
    assert ask().fields


def test_no_connection_is_kept_after_a_cut(openai_server: FakeOpenAI, ask: Ask) -> None:
    connections.close_idle()
    openai_server.script(does.hang())
    with pytest.raises(DraftCancelled):
        ask(cancelled=lambda: bool(openai_server.requests))
    assert not any(connections._idle.values())
