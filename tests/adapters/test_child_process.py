"""A question asked in a process of its own: its answer, its error, its crash and its end, in both ways to ask."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from app import Config
from artworks.adapters.child_process import NoAnswerError, ask_in_own_process
from artworks.core.errors import RateLimited
from tests.outside.processes import is_alive
from tests.support.program import PATIENCE, ROOT, wait_until

TOGETHER = """
import os, sys, time
from artworks.adapters.child_process import end_with_parent
parent = os.getpid()
for _ in range(2):
    if os.fork() == 0:
        end_with_parent(parent)
        os.write(1, f"{os.getpid()}\\n".encode())
        time.sleep(600)
time.sleep(600)
"""


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask as a process with one thread does."""
    monkeypatch.setattr(psutil.Process, "num_threads", lambda _self: 1)


@pytest.fixture(params=[1, 2], ids=["a fork", "a new interpreter"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Ask as a process with one thread does, and as one with several."""
    monkeypatch.setattr(psutil.Process, "num_threads", lambda _self: request.param)
    return str(request.param)


class OwnArgumentsError(Exception):
    """An error that pickle can write and not read."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def raise_rate_limited() -> None:
    raise RateLimited("Come back later.", retry_after=7)


def raise_what_cannot_travel() -> None:
    raise OwnArgumentsError(1, 2)


def hang(reached: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    reached.touch()
    time.sleep(600)


def test_the_answer_comes_from_another_process(way: str) -> None:
    assert ask_in_own_process(os.getpid) != os.getpid()


def test_settings_can_be_sent_there(tmp_path: Path) -> None:
    config = Config(instance_dir=tmp_path, database_url="postgresql://someone@somewhere/x")
    assert pickle.loads(pickle.dumps(config)) == config


def test_an_error_is_raised_again(way: str) -> None:
    with pytest.raises(ValueError, match=r"invalid literal .* 'four'"):
        ask_in_own_process(int, "four")


def test_an_error_of_ours_keeps_all_it_says(alone: None) -> None:
    with pytest.raises(RateLimited, match="Come back later") as caught:
        ask_in_own_process(raise_rate_limited)
    assert caught.value.retry_after == 7


def test_an_error_that_cannot_travel_is_told(alone: None) -> None:
    with pytest.raises(RuntimeError, match="OwnArgumentsError: 1 and 2"):
        ask_in_own_process(raise_what_cannot_travel)


def test_a_crash_is_told(way: str) -> None:
    with pytest.raises(NoAnswerError, match="ended with SIGUSR1"):
        ask_in_own_process(signal.raise_signal, signal.SIGUSR1)


def test_who_hangs_is_ended(way: str) -> None:
    before = set(psutil.Process().children())
    with pytest.raises(NoAnswerError, match="no answer within 1 s"):
        ask_in_own_process(time.sleep, 600, seconds=1)
    assert set(psutil.Process().children()) <= before


def test_who_does_not_want_to_end_is_ended(alone: None, tmp_path: Path) -> None:
    before = set(psutil.Process().children())
    with pytest.raises(NoAnswerError):
        ask_in_own_process(hang, tmp_path / "reached", seconds=1)
    assert set(psutil.Process().children()) <= before


def test_nothing_stays_open(way: str) -> None:
    before = psutil.Process().num_fds()
    ask_in_own_process(len, "four")
    assert psutil.Process().num_fds() <= before


def test_a_question_that_cannot_travel_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil.Process, "num_threads", lambda _self: 2)
    before = set(psutil.Process().children())
    with pytest.raises((pickle.PicklingError, AttributeError)):
        ask_in_own_process(lambda: 1)
    assert set(psutil.Process().children()) <= before


def test_a_thread_can_ask() -> None:
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(ask_in_own_process(len, "four")))
    thread.start()
    thread.join(PATIENCE)
    assert answers == [4]


@pytest.mark.parametrize("hung", [False, True])
def test_children_end_with_their_parent_hung_ones_too(hung: bool) -> None:
    if hung and sys.platform != "linux":
        pytest.skip("only Linux ends a stopped process together with its parent")
    parent = subprocess.Popen([sys.executable, "-c", TOGETHER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout
        children = [psutil.Process(int(parent.stdout.readline())) for _ in range(2)]
        if hung:
            children[0].suspend()
    finally:
        parent.kill()
        parent.communicate()
    wait_until("the end of both children", lambda: not any(map(is_alive, children)))
