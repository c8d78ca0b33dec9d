"""What a process keeps between calls to the AI service: open connections, and what a server turned out not to know."""

from __future__ import annotations

import os
import ssl
import threading
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from artworks.ai.line import Line
from artworks.ai.types import ServiceSettings
from artworks.core.errors import AINotConfigured

OPENAI_URL = "https://api.openai.com/v1"
IDLE_MOST = 64
_Key = tuple[str, str, float]
# A line, and the client of the SDK that speaks over it; only gpt_service.py knows what that is.
_idle: dict[_Key, list[tuple[Line, Any]]] = {}
# Parameters that a server has refused, by (address, model), for the life of the process.
_unknown: dict[tuple[str | None, str], set[str]] = {}
_lock = threading.Lock()


def take(settings: ServiceSettings) -> tuple[Line, Any] | None:
    """Take a kept connection if there is one; no other call uses it meanwhile."""
    with _lock:
        kept = _idle.get(key_of(settings))
        return kept.pop() if kept else None


def give_back(settings: ServiceSettings, line: Line, client: Any) -> None:
    """Keep a connection for the next call; one that was cut, or is one too many, is closed."""
    with _lock:
        kept = _idle.setdefault(key_of(settings), [])
        if not line.dropped and len(kept) < IDLE_MOST:
            kept.append((line, client))
            return
    client.close()


def close_idle() -> None:
    """Close the kept connections; tests and a stopping process call it."""
    with _lock:
        lines = [line for kept in _idle.values() for line in kept]
        _idle.clear()
    for _, client in lines:
        client.close()


def unknown_to(settings: ServiceSettings) -> set[str]:
    """Return the parameters that this server has refused."""
    with _lock:
        return set(_unknown.get((settings.base_url, settings.model), ()))


def note_unknown(settings: ServiceSettings, name: str) -> None:
    """Remember a parameter that this server has refused."""
    with _lock:
        _unknown.setdefault((settings.base_url, settings.model), set()).add(name)


def key_of(settings: ServiceSettings) -> _Key:
    """Return what makes two connections alike: address, key and patience.

    Raises AINotConfigured for a wrong address or key.
    """
    key, address = (settings.api_key or "").strip(), (settings.base_url or OPENAI_URL).strip()
    address = address.rstrip("/").removesuffix("/chat/completions")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise AINotConfigured("OPENAI_API_KEY holds a character that no key has. Check it.")
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise AINotConfigured("OPENAI_BASE_URL is not an address such as http://localhost:11434/v1.")
    return address, key, settings.timeout


@cache
def trust() -> ssl.SSLContext:
    """Read the certificates once a process: it takes a hundred times as long as all else about a connection."""
    import httpx2

    return httpx2.create_ssl_context()


def _after_fork() -> None:
    """Start afresh in a forked process: connections must not be shared, and the lock may be held for ever."""
    global _lock
    _lock = threading.Lock()
    _idle.clear()


os.register_at_fork(after_in_child=_after_fork)
