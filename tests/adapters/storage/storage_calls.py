"""Every call of a picture store once, for the tests of what goes wrong with one."""

from __future__ import annotations

from collections.abc import Callable

from artworks.adapters.storage.storage import Storage

CALLS: dict[str, Callable[[Storage], object]] = {
    "put": lambda store: store.put("a.png", b"123"),
    "read": lambda store: store.read("a.png"),
    "open": lambda store: store.open("a.png"),
    "exists": lambda store: store.exists("a.png"),
    "size": lambda store: store.size("a.png"),
    "delete": lambda store: store.delete("a.png"),
    "list": lambda store: list(store.list()),
    "check": lambda store: store.check(),
}
