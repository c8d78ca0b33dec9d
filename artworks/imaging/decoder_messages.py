"""What a decoder's process and the one that asks it say to each other, over a pair of sockets.

A message is a few plain values and some pieces of bytes; a question may carry an open file. Values are JSON and never
pickled: who decodes what strangers send is not to be trusted with running anything here.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Any

# The length of what follows the head: the values, of which the pieces' sizes are a part.
_HEAD = struct.Struct(">I")
# Values are a few hundred bytes.
MOST_VALUES = 100_000
# A preview of 1,280 px is a few hundred kB; the largest, all noise with alpha, are below 4 MB.
MOST_BYTES = 64_000_000
_AT_ONCE = 1 << 20


class MessageError(RuntimeError):
    """What came is no message."""


@dataclass
class Message:
    """One question or answer; `file` is the number of an open file, which belongs to who receives it."""

    values: dict[str, Any]
    pieces: list[bytes] = field(default_factory=list)
    file: int | None = None


def send(channel: socket.socket, message: Message, deadline: float | None = None) -> None:
    """Send a whole message. Raises TimeoutError at the deadline (monotonic seconds), OSError when nobody reads."""
    values = json.dumps(
        {"values": message.values, "sizes": [len(piece) for piece in message.pieces]}
    ).encode()
    first = _HEAD.pack(len(values)) + values
    _wait_until(channel, deadline)
    sent = socket.send_fds(channel, [first], [] if message.file is None else [message.file])
    for part in (first[sent:], *message.pieces):
        _wait_until(channel, deadline)
        channel.sendall(part)


def receive(channel: socket.socket, deadline: float | None = None) -> Message:
    """Wait for a whole message. Raises TimeoutError at the deadline, EOFError when the other one has ended.

    Raises MessageError for anything else.
    """
    _wait_until(channel, deadline)
    head, files, _flags, _address = socket.recv_fds(channel, _HEAD.size, 1)
    try:
        if not head:
            raise EOFError
        head += _receive_bytes(channel, _HEAD.size - len(head), deadline)
        length = _HEAD.unpack(head)[0]
        if length > MOST_VALUES:
            raise MessageError("The values are too long.")
        values, sizes = _parse(bytes(_receive_bytes(channel, length, deadline)))
        pieces = [bytes(_receive_bytes(channel, size, deadline)) for size in sizes]
    except BaseException:
        for file in files:
            os.close(file)
        raise
    return Message(values, pieces, files[0] if files else None)


def _parse(written: bytes) -> tuple[dict[str, Any], list[int]]:
    try:
        read = json.loads(written)
        values, sizes = read["values"], read["sizes"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise MessageError("The values cannot be read.") from None
    if not isinstance(values, dict) or not isinstance(sizes, list):
        raise MessageError("The values are of another kind.")
    if not all(isinstance(size, int) and size >= 0 for size in sizes) or sum(sizes) > MOST_BYTES:
        raise MessageError("The pieces are too large.")
    return values, sizes


def _receive_bytes(channel: socket.socket, size: int, deadline: float | None) -> bytearray:
    read = bytearray()
    while len(read) < size:
        _wait_until(channel, deadline)
        part = channel.recv(min(size - len(read), _AT_ONCE))
        if not part:
            raise EOFError
        read += part
    return read


def _wait_until(channel: socket.socket, deadline: float | None) -> None:
    """Let the next call on the channel take no longer than up to the deadline."""
    if deadline is None:
        channel.settimeout(None)
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    channel.settimeout(left)
