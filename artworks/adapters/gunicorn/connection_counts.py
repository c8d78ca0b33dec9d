"""How many connections each address holds, counted by processes that share nothing but a piece of memory."""

from __future__ import annotations

import ipaddress
import mmap
import os
from hashlib import blake2b

# Processes at once; twice as many as there may be, because a new one begins before an old one has ended.
ROWS = 128
BUCKETS = 8192
_PID_BYTES, _COUNT_BYTES = 8, 2


class ConnectionCounts:
    """A table of counters in memory that forked processes share: a row for each process, a column for an address.

    A process writes into its own row only, so no lock is needed. It counts itself first and looks at the sum of the
    column then: of two that count at once, the later one sees both. Addresses are spread over the columns by a secret
    hash, so that nobody can choose an address that shares somebody else's column.
    """

    def __init__(self) -> None:
        memory = memoryview(mmap.mmap(-1, ROWS * (_PID_BYTES + BUCKETS * _COUNT_BYTES)))
        self._pids = memory[: ROWS * _PID_BYTES].cast("q")
        self._counts = memory[ROWS * _PID_BYTES :].cast("H")
        self._secret = os.urandom(16)
        self._last = -1

    def reserve(self) -> int:
        """Return a row for a process that is about to be forked; rows of ended processes are emptied."""
        for row in range(ROWS):
            if self._pids[row] and not _is_alive(self._pids[row]):
                self._empty(row)
        rows = [(self._last + step) % ROWS for step in range(1, ROWS + 1)]
        self._last = next((row for row in rows if not self._pids[row]), rows[0])
        self._empty(self._last)
        self._pids[self._last] = os.getpid()
        return self._last

    def claim(self, row: int) -> None:
        """Say that a row is this process's."""
        self._pids[row] = os.getpid()

    def add(self, row: int, address: str, most: int | None) -> bool:
        """Count one more connection of an address, unless it holds `most` already; tell whether it was counted."""
        column = self._column(address)
        place = row * BUCKETS + column
        if self._counts[place] == 0xFFFF:
            return False
        self._counts[place] += 1
        if most is not None and sum(self._counts[column::BUCKETS]) > most:
            self._counts[place] -= 1
            return False
        return True

    def remove(self, row: int, address: str) -> None:
        """Count one connection less."""
        self._counts[row * BUCKETS + self._column(address)] -= 1

    def count(self, address: str) -> int:
        """Return how many connections an address holds, over all processes."""
        return sum(self._counts[self._column(address) :: BUCKETS])

    def _column(self, address: str) -> int:
        digest = blake2b(_network(address), digest_size=4, key=self._secret).digest()
        return int.from_bytes(digest) % BUCKETS

    def _empty(self, row: int) -> None:
        self._counts[row * BUCKETS : (row + 1) * BUCKETS] = memoryview(bytes(BUCKETS * _COUNT_BYTES)).cast(
            "H"
        )
        self._pids[row] = 0


def _network(address: str) -> bytes:
    """Return what counts as one address: of IPv6 the network of 64 bits, of which anybody has one whole."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address.encode()
    if found.version == 6:
        return found.ipv4_mapped.packed if found.ipv4_mapped else found.packed[:8]
    return found.packed


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
