"""Bodies of requests that are read before a thread is given: how they are framed, how fast they have to come."""

from __future__ import annotations

import re
from collections.abc import Callable
from tempfile import SpooledTemporaryFile

# A body that is no file is at most so long; the application allows no more either.
MOST_BODY = 1024 * 1024
# What has arrived is in memory up to this size, and in a file without a name above it.
IN_MEMORY = 64 * 1024
# A body ends with 408 when in so many seconds fewer bytes than these came.
RATE_SECONDS = 20.0
RATE_BYTES = 20_000
# The line before a chunk has a few digits, and perhaps an extension that nobody uses.
MOST_LINE = 1024
MOST_TRAILERS = 8 * 1024
# Each chunk costs the main thread time, however small it is; beyond the first ones they have so many bytes on average.
MOST_CHUNKS, CHUNK_BYTES = 1024, 256
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[\t -~\x80-\xff]*)?")


class BrokenBodyError(ValueError):
    """A body in chunks that does not follow RFC 9112, section 7.1."""


class SmallChunksError(BrokenBodyError):
    """A body in far more chunks than it needs."""


class Rate:
    """How fast something has to come: so many bytes in each span of so many seconds."""

    def __init__(self, now: float) -> None:
        self.deadline = now + RATE_SECONDS
        self._missing = RATE_BYTES

    def count(self, size: int, now: float) -> None:
        """Count bytes that came; when they are enough, a new span begins."""
        self._missing -= size
        if self._missing <= 0:
            self.deadline, self._missing = now + RATE_SECONDS, RATE_BYTES


class Length:
    """The framing of a body whose length was announced."""

    def __init__(self, length: int) -> None:
        self._left = length

    @property
    def is_whole(self) -> bool:
        """Return whether the end was reached."""
        return not self._left

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what belongs to the body, and what comes after it."""
        mine = data[: self._left]
        self._left -= len(mine)
        return mine, data[len(mine) :]


class Chunked:
    """The framing of a body that comes in chunks (RFC 9112, section 7.1); extensions and trailers are dropped."""

    def __init__(self) -> None:
        self.is_whole = False
        self._held = bytearray()
        self._left = 0
        self._trailers = 0
        self._chunks = self._size = 0
        self._step: Callable[[bytearray], bool] = self._read_size

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what belongs to the body, and what comes after it; raises BrokenBodyError."""
        self._held += data
        body = bytearray()
        while not self.is_whole and self._step(body):
            pass
        rest = bytes(self._held) if self.is_whole else b""
        return bytes(body), rest

    def _read_size(self, _body: bytearray) -> bool:
        line = self._line()
        if line is None:
            return False
        found = _SIZE.fullmatch(line)
        if not found:
            raise BrokenBodyError("the size of a chunk cannot be read")
        self._chunks += 1
        if self._chunks > MOST_CHUNKS + self._size // CHUNK_BYTES:
            raise SmallChunksError("it comes in too many chunks")
        self._left = int(found[1], 16)
        self._step = self._read_data if self._left else self._read_trailer
        return True

    def _read_data(self, body: bytearray) -> bool:
        taken = self._held[: self._left]
        body += taken
        del self._held[: len(taken)]
        self._left -= len(taken)
        self._size += len(taken)
        if not self._left:
            self._step = self._read_end
        return not self._left

    def _read_end(self, _body: bytearray) -> bool:
        if not b"\r\n".startswith(self._held[:2]):
            raise BrokenBodyError("a chunk is longer than its size")
        if len(self._held) < 2:
            return False
        del self._held[:2]
        self._step = self._read_size
        return True

    def _read_trailer(self, _body: bytearray) -> bool:
        line = self._line()
        if line is None:
            return False
        self._trailers += len(line)
        if b"\n" in line or self._trailers > MOST_TRAILERS:
            raise BrokenBodyError("the end cannot be read")
        self.is_whole = not line
        return bool(line)

    def _line(self) -> bytes | None:
        """Take the next line; None when it has not come whole."""
        end = self._held.find(b"\r\n", 0, MOST_LINE + 2)
        if end < 0:
            if len(self._held) > MOST_LINE:
                raise BrokenBodyError("a line is too long")
            return None
        line = bytes(self._held[:end])
        del self._held[: end + 2]
        return line


class ArrivingBody:
    """A body on its way; `file` has what came so far, without any framing."""

    def __init__(self, framing: Length | Chunked, now: float) -> None:
        self.file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed with its request
        self._framing = framing
        self._rate = Rate(now)
        self._size = 0

    @property
    def deadline(self) -> float:
        """When it is too slow, if nothing more comes."""
        return self._rate.deadline

    @property
    def is_whole(self) -> bool:
        """Return whether it has come to its end."""
        return self._framing.is_whole

    @property
    def is_complete(self) -> bool:
        """Return whether no more of it is read: it is whole, or longer than the application takes."""
        return self.is_whole or self._size > MOST_BODY

    def feed(self, data: bytes, now: float) -> bytes:
        """Take in bytes and return those that come after its end; raises BrokenBodyError, and OSError for no room."""
        mine, rest = self._framing.feed(data)
        self._rate.count(len(data), now)
        self._size += len(mine)
        self.file.write(mine)
        return rest

    def close(self) -> None:
        """Close the file of what has come."""
        self.file.close()


# What a request without such a body has.
NOTHING = ArrivingBody(Length(0), 0.0)
NOTHING.close()
