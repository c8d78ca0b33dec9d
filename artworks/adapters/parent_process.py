"""The end of a process together with the one that started it, however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
# How often a child looks whether its parent is still there, in seconds, where the system does not tell it.
LOOK_SECONDS = 1.0
# What a terminal or a supervisor sends to everybody: a parent ends as it should, and takes those with it that pass it
# over.
SENT_TO_ALL = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def end_with_parent(parent: int) -> None:
    """Have this process killed as soon as the process `parent`, which started it, has ended in whatever way.

    On Linux the kernel does it, to a hung or stopped process too. (It counts the end of the thread that forked, so
    only a parent's main thread should, or one that lives as long.) Elsewhere a thread looks, which a stopped process
    does not run.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # It may have ended just before; then nobody will tell.
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return
    threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
