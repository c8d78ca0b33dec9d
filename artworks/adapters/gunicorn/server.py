"""Gunicorn: takes the port, serves an application with threads in several processes, ends cleanly."""

from __future__ import annotations

import errno
import gc
import inspect
import logging
import math
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType, FunctionType
from typing import Any
from wsgiref.types import WSGIApplication

import psutil
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import AppImportError

from artworks.adapters.child_process import end_with_parent
from artworks.adapters.gunicorn.worker import BufferingWorker

# Seconds a request may go on after Ctrl-C or SIGTERM.
GRACE_SECONDS = 10
BACKLOG = 2048
WORKER = f"{BufferingWorker.__module__}.{BufferingWorker.__qualname__}"
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
# Seconds that a killed process may take to be gone: more only while the kernel waits for a broken disk.
KILL_SECONDS = 5.0
log = logging.getLogger(__name__)


class LoadError(AppImportError):  # type: ignore[misc]
    """The application cannot be loaded: gunicorn prints the sentence, without a traceback, and gives up."""


class PortError(RuntimeError):
    """The address cannot be listened on; the message is one sentence for the operator."""


@dataclass(frozen=True)
class ServerHooks:
    """What to call when: the port answers; a process was forked; it begins to serve; it ends."""

    ready: Callable[[], None]
    forked: Callable[[], None]
    begin: Callable[[], None]
    end: Callable[[], object]


def listen(host: str, port: int) -> socket.socket:
    """Take the port; raises PortError with what to do about it."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        raise PortError(f"HOST is {host}, which is not an address of this computer.") from None
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # Two sockets that only bind may share a port; the second one that listens is refused.
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            advice = f"Port {port} is taken by another program. Stop that one or set PORT to another number."
        elif error.errno == errno.EACCES:
            advice = f"Port {port} may not be used by this account. Set PORT to a number above 1023."
        else:
            advice = f"Cannot listen on {host}, port {port}: {error.strerror}."
        raise PortError(advice) from None
    return listener


def address_of(host: str, port: int) -> str:
    """Write the address of the page as a browser takes it."""
    name = host.strip("[]")
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def public_address() -> str | None:
    """Return an address on which others reach this process, or will reach it, if there is one.

    A socket in the file system counts: only a proxy opens it, and that is there for others.
    """
    listening = [
        connection.laddr.ip
        for connection in psutil.Process().net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    # A gunicorn that loads the application first has not taken its addresses yet.
    gunicorn = _caller(Arbiter.setup) or _caller(Arbiter.spawn_worker)
    planned = gunicorn.cfg.address if gunicorn else []
    if sockets := [address for address in planned if isinstance(address, str)]:
        return f"unix:{sockets[0]}"
    for address in (*listening, *(address[0] for address in planned if isinstance(address, tuple))):
        if not address.startswith("127.") and address not in ("::1", "localhost"):
            return str(address)
    return None


def is_preloading() -> bool:
    """Return whether a gunicorn's main process is loading the application, before it forks those that serve it."""
    return _caller(Arbiter.setup) is not None


def forking_parent() -> int | None:
    """Return the number of the gunicorn's main process that has just forked this one to serve, if one has."""
    arbiter = _caller(Arbiter.spawn_worker)
    return None if arbiter is None else int(arbiter.pid)


def _caller(method: FunctionType) -> Any:
    """Return whose `method` this is called from, however many calls lie in between; None when it is not."""
    frame = inspect.currentframe()
    while frame and frame.f_code is not method.__code__:
        frame = frame.f_back
    return frame and frame.f_locals["self"]


def trust_peers() -> None:
    """Let each address hold any number of connections, because those that connect are proxies; before serving."""
    BufferingWorker.most_connections = None


def serve(
    application: WSGIApplication,
    listener: socket.socket,
    *,
    processes: int,
    threads: int,
    moments: ServerHooks,
    grace: float = GRACE_SECONDS,
) -> None:
    """Serve until SIGTERM, Ctrl-C or the end of the terminal; leaves with SystemExit, in forked processes too.

    `grace` is for how many seconds a process may go on after that before it is killed; then the status is 1. When
    this process ends in any other way, the forked ones are killed with it. Nothing that it holds open is used by
    them: no thread, no connection and no client may have been left over from what came before.
    """
    options: dict[str, Any] = {
        "bind": f"fd://{listener.detach()}",
        "worker_class": WORKER,
        "workers": processes,
        "threads": threads,
        # Loaded once, before the processes are forked.
        "preload_app": True,
        "graceful_timeout": math.ceil(grace),
        "loglevel": "warning",
        # Addresses of pages with many chosen pictures are long.
        "limit_request_line": 8190,
        # Headers of proxies are read by the application, which knows how many proxies to trust.
        "forwarded_allow_ips": "",
        "control_socket_disable": True,
        "when_ready": lambda _server: moments.ready(),
        "post_fork": lambda server, _process: _forked(server.pid, moments),
        "post_worker_init": lambda _process: _run_start_hook(moments),
        "worker_exit": lambda _server, _process: _run_end_hook(moments),
    }
    # What is loaded by now stays: the forked processes share its memory, and their collectors pass it over.
    gc.freeze()
    _Master(_Gunicorn(application, options)).run()


def _forked(parent: int, moments: ServerHooks) -> None:
    end_with_parent(parent)
    moments.forked()


def _run_start_hook(moments: ServerHooks) -> None:
    # The end of the terminal is for the main process to handle, which then ends the others.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in (signal.SIGINT, signal.SIGQUIT):
        _end_once(number)
    # Before threads begin, which would hand on to whatever they start that these are held back.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    moments.begin()


def _end_once(number: signal.Signals) -> None:
    """Let this process begin to end at a signal, and not once more from within.

    Ctrl-C reaches it twice, from the terminal and from the main process; gunicorn's handler takes a lock that it would
    wait for itself then, for ever.
    """
    end = signal.getsignal(number)

    def begin_to_end(number: int, frame: FrameType | None) -> None:
        # Not ignored yet: Python complains about a signal that has come and finds nobody any more.
        for one in ENDING:
            signal.signal(one, lambda *_: None)
        if callable(end):
            end(number, frame)

    signal.signal(number, begin_to_end)


def _run_end_hook(moments: ServerHooks) -> None:
    # It ends already; told again, by the terminal and by the main process, it would count as killed.
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    moments.end()


class _Master(Arbiter):  # type: ignore[misc]
    """Gunicorn's main process; ends, and does not reload, when the terminal is closed, and tells whom it killed."""

    killed = 0

    def spawn_worker(self) -> None:
        # A forked process has the main one's handlers until it has its own: what came in between would be lost, and
        # who was told to end would serve on. So it comes later.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def handle_hup(self) -> None:
        self.handle_term()

    def kill_workers(self, sig: int) -> None:
        if sig != signal.SIGKILL:
            super().kill_workers(sig)
            return
        # Who has ended by now has ended by itself.
        self.reap_workers()
        for pid, worker in list(self.WORKERS.items()):
            self.killed += 1
            _kill(pid)
            self.WORKERS.pop(pid).tmp.close()
            self.cfg.child_exit(self, worker)

    def halt(self, reason: str | None = None, exit_status: int = 0) -> None:
        try:
            super().halt(reason, exit_status)
        except SystemExit:
            if not self.killed:
                raise
            who = "1 web process" if self.killed == 1 else f"{self.killed} web processes"
            log.error("Killed %s that did not end in time; what they were doing is lost.", who)
            raise SystemExit(1) from None


def _kill(pid: int) -> None:
    """Kill a child of ours and wait until it is gone."""
    deadline = time.monotonic() + KILL_SECONDS
    # Somebody else may have waited for it.
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        while os.waitpid(pid, os.WNOHANG) == (0, 0) and time.monotonic() < deadline:
            time.sleep(0.01)


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    """What gunicorn wants to know, from values instead of a command line."""

    def __init__(self, application: WSGIApplication, options: dict[str, Any]) -> None:
        self._application = application
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        return self._application
