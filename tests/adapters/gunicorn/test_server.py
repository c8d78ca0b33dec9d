"""The signals that end a process that serves pages."""

from __future__ import annotations

import subprocess
import sys

from tests.support.program import ROOT

# The terminal's signal comes while the main process's is being handled, or the other way round.
PROGRAM = """
import signal
from artworks.adapters.gunicorn import server as web_server

def end(number, frame):
    heard.append(signal.Signals(number).name)
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGQUIT)
    signal.raise_signal(signal.SIGTERM)

for first in (signal.SIGINT, signal.SIGQUIT):
    heard = []
    for number in web_server.ENDING:
        signal.signal(number, end)
    web_server._run_start_hook(web_server.ServerHooks(*[lambda: None] * 4))
    signal.raise_signal(first)
    print(*heard)
"""


def test_a_process_that_begins_to_end_does_not_begin_once_more() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["SIGINT", "SIGQUIT"]
