"""Bodies that are read before a thread is given: their framing, whatever it is cut into, and how fast they come."""

from __future__ import annotations

import random

import pytest

from artworks.adapters.gunicorn.bodies import (
    CHUNK_BYTES,
    IN_MEMORY,
    MOST_BODY,
    MOST_CHUNKS,
    RATE_BYTES,
    RATE_SECONDS,
    ArrivingBody,
    BrokenBodyError,
    Chunked,
    Length,
    SmallChunksError,
)

BODY = b'{"name": "Coast"}'
FRAMED = b"5\r\n" + BODY[:5] + b"\r\n0c ; a=b\r\n" + BODY[5:] + b"\r\n00\r\nX-Sum: 1\r\n\r\n"
NEXT = b"GET / HTTP/1.1\r\n"


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_chunks_are_put_together_and_what_follows_is_left(size: int) -> None:
    framing, body, rest = Chunked(), b"", b""
    for piece in pieces(FRAMED + NEXT, size):
        if framing.is_whole:
            rest += piece
        else:
            mine, after = framing.feed(piece)
            body, rest = body + mine, rest + after
    assert (body, rest, framing.is_whole) == (BODY, NEXT, True)


def test_a_length_takes_so_many_bytes() -> None:
    framing = Length(5)
    assert framing.feed(b"abc") == (b"abc", b"")
    assert not framing.is_whole
    assert framing.feed(b"defg") == (b"de", b"fg")
    assert framing.is_whole


@pytest.mark.parametrize(
    "sent",
    [
        b"zz\r\n",
        b"\r\n",
        b"-1\r\n",
        b"+5\r\n",
        b"0x5\r\n",
        b" 5\r\n",
        b"5 \r\n",
        b"5\n",
        b"5\nabcde\r\n",
        b"5\r\nabcdef\r\n",
        b"5\r\nabcde\n0\r\n\r\n",
        b"5;a\nb\r\n",
        b"5;a\rb\r\n",
        b"fffffffffffffffff\r\n",
        b"1" * 2000,
        b"0\r\na: b\nc\r\n\r\n",
        b"0\r\n" + b"a: b\r\n" * 5000,
    ],
)
@pytest.mark.parametrize("size", [1, 100_000])
def test_what_are_no_chunks_is_broken(sent: bytes, size: int) -> None:
    framing = Chunked()
    with pytest.raises(BrokenBodyError):
        for piece in pieces(sent + b"\r\n", size):
            framing.feed(piece)
            assert not framing.is_whole


def test_any_chunks_in_any_pieces_give_the_body() -> None:
    chance = random.Random(1)
    for _ in range(50):
        body = chance.randbytes(chance.randrange(3000))
        framed, left = b"", body
        while left:
            size = chance.randint(1, len(left))
            framed += b"%x\r\n%s\r\n" % (size, left[:size])
            left = left[size:]
        framing, found = Chunked(), b""
        for piece in pieces(framed + b"0\r\n\r\n", chance.randint(1, 500)):
            found += framing.feed(piece)[0]
        assert (found, framing.is_whole) == (body, True)


def test_a_body_has_to_bring_so_many_bytes_in_each_span() -> None:
    body = ArrivingBody(Length(MOST_BODY), 100.0)
    assert body.deadline == 100 + RATE_SECONDS
    body.feed(b"x" * (RATE_BYTES - 1), 110.0)
    assert body.deadline == 100 + RATE_SECONDS
    body.feed(b"x", 119.0)
    assert body.deadline == 119 + RATE_SECONDS
    # Many at once do not count for later.
    body.feed(b"x" * 10 * RATE_BYTES, 120.0)
    assert body.deadline == 120 + RATE_SECONDS
    body.close()


def test_a_body_of_unknown_length_is_read_until_it_is_too_long() -> None:
    body = ArrivingBody(Chunked(), 0.0)
    while not body.is_complete:
        body.feed(b"8000\r\n" + b"x" * 0x8000 + b"\r\n", 0.0)
    assert not body.is_whole
    assert body.file.tell() == MOST_BODY + 0x8000
    body.close()


def test_a_body_is_kept_in_memory_only_while_it_is_small() -> None:
    body = ArrivingBody(Length(MOST_BODY), 0.0)
    body.feed(b"x" * IN_MEMORY, 0.0)
    assert not body.file._rolled  # type: ignore[attr-defined]
    body.feed(b"x", 0.0)
    assert body.file._rolled  # type: ignore[attr-defined]
    body.close()


def test_far_too_many_small_chunks_are_refused_and_many_usual_ones_are_not() -> None:
    usual = b"%x\r\n" % CHUNK_BYTES + b"x" * CHUNK_BYTES + b"\r\n"
    framing, body = Chunked(), b""
    for piece in pieces(usual * (MOST_BODY // CHUNK_BYTES) + b"0\r\n\r\n", 60_000):
        body += framing.feed(piece)[0]
    assert (len(body), framing.is_whole) == (MOST_BODY, True)
    with pytest.raises(SmallChunksError):
        Chunked().feed(b"1\r\nx\r\n" * (2 * MOST_CHUNKS))
