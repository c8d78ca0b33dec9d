"""Answers that take long to send: how many at once, who waits, and what is left for pages."""

from __future__ import annotations

import threading

import pytest

from artworks.core.errors import RateLimited, Unavailable
from artworks.exports import transfers
from artworks.exports.transfers import Slots, TransferSlot, transfer_slots


def taken(places: Slots, receivers: list[str]) -> list[TransferSlot]:
    return [places.take(receiver) for receiver in receivers]


@pytest.mark.parametrize(("threads", "most"), [(2, 1), (4, 2), (8, 3), (24, 9), (200, 75)])
def test_at_most_half_of_the_threads_send_or_wait(
    monkeypatch: pytest.MonkeyPatch, threads: int, most: int
) -> None:
    monkeypatch.setattr(transfers, "WAIT_SECONDS", 0.0)
    places = transfer_slots(threads)
    held = taken(places, [str(number) for number in range(most)])
    assert most + threads // 8 <= max(1, threads // 2)
    with pytest.raises(Unavailable) as refused:
        places.take("somebody else")
    assert refused.value.retry_after
    assert places.take_at_once() is None
    held.pop().leave()
    assert places.take_at_once()


def test_one_receiver_has_at_most_a_third(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "WAIT_SECONDS", 0.0)
    places = transfer_slots(24)
    held = taken(places, ["Ana"] * 3)
    with pytest.raises(RateLimited):
        places.take("Ana")
    held += taken(places, ["Ben"] * 3)
    held[0].leave()
    held[0].leave()
    held.append(places.take("Ana"))
    with pytest.raises(RateLimited):
        places.take("Ana")


def test_the_next_one_waits_for_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "WAIT_SECONDS", 60.0)
    places = transfer_slots(8)
    held = taken(places, ["Ana", "Ben", "Cleo"])
    waiting = threading.Thread(target=lambda: places.take("Dora"))
    waiting.start()
    while not places._waiting:
        waiting.join(0.01)
    # As many wait as may: this one is told at once.
    with pytest.raises(Unavailable):
        places.take("Emil")
    held.pop().leave()
    waiting.join(60)
    assert not waiting.is_alive()


def test_a_place_that_nobody_holds_any_more_is_free() -> None:
    places = transfer_slots(2)
    place = places.take("Ana")
    assert places.take_at_once() is None
    del place
    assert places.take_at_once()
