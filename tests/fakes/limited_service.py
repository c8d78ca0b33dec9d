"""A model service that only counts: quick enough to measure us and not itself, with a limit of calls a minute.

A process of its own: `python -m tests.fakes.limited_service --per-minute 600 --seconds 0.5`; the first line that it
prints is its address. `GET /counts` tells what arrived.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import deque

WINDOW = 60.0
WORDS = {
    "post_title": "Study",
    "description": "Dusk settles over the hills. Nothing moves.",
    "hashtags": ["#dusk", "#hills"],
    "key_points": "Layered hills",
    "alt_text": "Rows of hills under an evening sky.",
    "category": "Landscapes",
}
BUSY = b'{"error": {"message": "Too many.", "type": "requests", "code": "rate_limit_exceeded"}}'


class Service:
    """Answers after `seconds`, and refuses what goes beyond `per_minute` calls in any minute; 0 for no limit."""

    def __init__(self, seconds: float, per_minute: int) -> None:
        self.seconds, self.per_minute = seconds, per_minute
        self.accepted: deque[float] = deque()
        self.first = self.last = 0.0
        self.answered = self.refused = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one kept connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (
                        int(line[15:])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length:")
                    ),
                    0,
                )
                await reader.readexactly(length)
                status, body = (200, self._counts()) if head.startswith(b"GET") else await self._answer()
                writer.write(self._head(status, len(body)) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self) -> tuple[int, bytes]:
        now = time.monotonic()
        while self.accepted and self.accepted[0] <= now - WINDOW:
            self.accepted.popleft()
        if self.per_minute and len(self.accepted) >= self.per_minute:
            self.refused += 1
            return 429, BUSY
        self.accepted.append(now)
        self.first = self.first or now
        self.last = now
        self.answered += 1
        words = {**WORDS, "post_title": f"Study {self.answered}"}
        await asyncio.sleep(self.seconds)
        message = {"role": "assistant", "refusal": None, "content": json.dumps(words)}
        answer = {
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "fake",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1200, "completion_tokens": 300, "total_tokens": 1500},
        }  # fmt: skip
        return 200, json.dumps(answer).encode()

    def _head(self, status: int, length: int) -> bytes:
        limit = ""
        if self.per_minute:
            left = max(0, self.per_minute - len(self.accepted))
            limit = (
                f"x-ratelimit-limit-requests: {self.per_minute}\r\nx-ratelimit-remaining-requests: {left}\r\n"
            )
        reason = "OK" if status == 200 else "Too Many Requests"
        return (
            f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\n{limit}Content-Length: {length}\r\n\r\n"
        ).encode()

    def _counts(self) -> bytes:
        facts = {"answered": self.answered, "refused": self.refused, "seconds": self.last - self.first}
        return json.dumps(facts).encode()


async def _main() -> None:
    parser = argparse.ArgumentParser(description="Run a model service with a limit on loopback.")
    parser.add_argument("--per-minute", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.5)
    options = parser.parse_args()
    server = await asyncio.start_server(
        Service(options.seconds, options.per_minute).serve, "127.0.0.1", 0, backlog=256
    )
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
