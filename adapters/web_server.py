"""Gunicorn: takes the port, serves an application with threads in several processes, ends cleanly."""

from __future__ import annotations

import errno
import gc
import math
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from wsgiref.types import WSGIApplication

import psutil
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import AppImportError

# Seconds a request may go on after Ctrl-C or SIGTERM.
GRACE_SECONDS = 10
BACKLOG = 2048


class LoadError(AppImportError):  # type: ignore[misc]
    """The application cannot be loaded: gunicorn prints the sentence, without a traceback, and gives up."""


class PortError(RuntimeError):
    """The address cannot be listened on; the message is one sentence for the operator."""


@dataclass(frozen=True)
class Moments:
    """What to call when: the port answers; a process was forked; it begins to serve; it ends."""

    ready: Callable[[], None]
    forked: Callable[[], None]
    begin: Callable[[], None]
    end: Callable[[], None]


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
    """Give an address on which this process listens to other computers, if there is one."""
    for connection in psutil.Process().net_connections(kind="inet"):
        if connection.status == psutil.CONN_LISTEN:
            address: str = connection.laddr.ip
            if not address.startswith("127.") and address != "::1":
                return address
    return None


def serve(
    application: WSGIApplication,
    listener: socket.socket,
    *,
    processes: int,
    threads: int,
    moments: Moments,
    grace: float = GRACE_SECONDS,
) -> None:
    """Serve until SIGTERM, Ctrl-C or the end of the terminal; leaves with SystemExit, in forked processes too.

    `grace` is for how many seconds a process may go on after that before it is killed.
    """
    options: dict[str, Any] = {
        "bind": f"fd://{listener.detach()}",
        "worker_class": "gthread",
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
        "post_fork": lambda _server, _process: moments.forked(),
        "post_worker_init": lambda _process: _begin(moments),
        "worker_exit": lambda _server, _process: _end(moments),
    }
    # What is loaded by now stays: the forked processes share its memory, and their collectors pass it over.
    gc.freeze()
    _Master(_Gunicorn(application, options)).run()


def _begin(moments: Moments) -> None:
    # The end of the terminal is for the main process to handle, which then ends the others.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    moments.begin()


def _end(moments: Moments) -> None:
    # It ends already; told again, by the terminal and by the main process, it would count as killed.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    moments.end()


class _Master(Arbiter):  # type: ignore[misc]
    """Gunicorn's main process; ends, and does not reload, when the terminal is closed."""

    def handle_hup(self) -> None:
        self.handle_term()


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
