"""A ZIP that is sent while it is made, of any size and with any number of files: nothing of it is kept.

The standard library writes to a stream that cannot be gone back in: sizes and sums then follow each file, which every
program understands that reads the list at the end. Packages for this (zipstream-ng, stream-zip) do no more for us.
"""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, cast

READABLE = 0o644 << 16


class _Sink:
    """What the library writes to: holds the bytes until they are taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing; the library calls it."""

    def take(self) -> bytes:
        """Return what was written since the last call."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


class ZipStream:
    """One ZIP: each call returns the bytes that are to be sent next, `end` the last ones."""

    def __init__(self) -> None:
        self._sink = _Sink()
        # It needs `write` and `flush` of a file, and finds out that there is no `seek`.
        self._zip = zipfile.ZipFile(cast("IO[bytes]", self._sink), "w")
        self._now = time.localtime()[:6]

    def add_text(self, name: str, text: str) -> bytes:
        """Add a text, packed."""
        self._zip.writestr(self._entry(name, zipfile.ZIP_DEFLATED), text.encode())
        return self._sink.take()

    def add_bytes(self, name: str, data: bytes) -> bytes:
        """Add a small file as it is; pictures are packed already."""
        self._zip.writestr(self._entry(name, zipfile.ZIP_STORED), data)
        return self._sink.take()

    def add_pieces(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Add a file of any size as it is, piece by piece."""
        # How large it will be is not known yet, so it may be more than 4 GB.
        with self._zip.open(self._entry(name, zipfile.ZIP_STORED), "w", force_zip64=True) as entry:
            for piece in pieces:
                entry.write(piece)
                yield self._sink.take()
        yield self._sink.take()

    def end(self) -> bytes:
        """Return the list of all files, with which a ZIP ends."""
        self._zip.close()
        return self._sink.take()

    def _entry(self, name: str, packing: int) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self._now)
        entry.compress_type, entry.external_attr = packing, READABLE
        return entry
