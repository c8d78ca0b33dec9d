"""What the fake model service reads and writes: a request as it arrived, and an answer piece by piece."""

from __future__ import annotations

import base64
import hashlib
import json
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

FIELDS = ("post_title", "description", "hashtags", "key_points", "alt_text", "category")
USAGE = {"prompt_tokens": 1_200, "completion_tokens": 300, "total_tokens": 1_500}

_POOL: tuple[dict[str, Any], ...] = (
    {
        "post_title": "The Quiet Hour",
        "description": "Layers of dusk settle over the hills, one behind the other, until the last "
        "of them is only a breath of colour. Nothing moves, and the eye is glad of it.",
        "hashtags": ["#dusk", "#hills", "#quiethour", "#landscapeart", "#warmtones"],
        "key_points": "Layered hills at dusk\nWarm, fading colours",
        "alt_text": "Rows of hills fade from dark brown to pale orange under an evening sky.",
        "category": "Landscapes",
    },
    {
        "post_title": "Turning Tiles",
        "description": "Small squares of rust, teal and cream turn around a centre that is never shown. "
        "The longer one looks, the slower they seem to move.",
        "hashtags": ["#geometry", "#pattern", "#rust", "#teal", "#abstractart"],
        "key_points": "Spiral of small squares\nRust, teal and cream",
        "alt_text": "A spiral of small rust, teal and cream squares on a dark ground.",
        "category": "Abstract",
    },
    {
        "post_title": "What the Water Kept",
        "description": "Circles of thin colour lie over each other like rings on a still lake. Where "
        "they meet, a third colour appears that neither of them had.",
        "hashtags": ["#circles", "#transparency", "#water", "#stillness"],
        "key_points": "Overlapping circles\nThin, clear colour",
        "alt_text": "Overlapping circles of pale blue, green and rose on a light ground.",
        "category": "Abstract",
    },
)


@dataclass
class Seen:
    """One request as it arrived. `hung_up` is set when the client closes before the answer is complete."""

    body: dict[str, Any]
    headers: dict[str, str]
    path: str
    port: int
    hung_up: threading.Event = field(default_factory=threading.Event)

    @property
    def pictures(self) -> list[bytes]:
        """Return the pictures of the request, decoded."""
        urls = [part["image_url"]["url"] for part in self._parts() if part.get("type") == "image_url"]
        return [base64.b64decode(url.partition(",")[2], validate=True) for url in urls]

    @property
    def text(self) -> str:
        """Return every text of the request, instructions included."""
        return "\n".join(part["text"] for part in self._parts() if part.get("type") == "text")

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields the strict schema asks for; all of them without a schema."""
        wanted = self.body.get("response_format", {}).get("json_schema", {}).get("schema", {})
        return tuple(wanted.get("properties", FIELDS))

    def _parts(self) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        for message in self.body.get("messages", []):
            content = message["content"]
            parts += [{"type": "text", "text": content}] if isinstance(content, str) else content
        return parts

    def words(self) -> dict[str, Any]:
        """Return fitting words; the same picture always gets the same ones."""
        digest = hashlib.sha256(b"".join(self.pictures)).digest()
        return {name: _POOL[digest[0] % len(_POOL)][name] for name in self.fields if name in FIELDS}


class Gone(Exception):  # noqa: N818
    """The client has hung up, or the server is closing."""


class Reply:
    """What a behaviour answers with."""

    def __init__(self, handler: BaseHTTPRequestHandler, closing: threading.Event, seen: Seen) -> None:
        self._handler, self._closing, self.seen = handler, closing, seen

    @property
    def streamed(self) -> bool:
        """Return whether the client asked for a stream."""
        return bool(self.seen.body.get("stream"))

    def send(
        self, status: int, body: bytes, kind: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        """Send a whole answer."""
        self._handler.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()
        self._handler.wfile.write(body)

    def error(self, status: int, error: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        """Send an error in the shape of the API."""
        self.send(status, json.dumps({"error": error}).encode(), headers=headers)

    def begin(self, kind: str = "text/event-stream") -> None:
        """Begin an answer whose length is not known."""
        self._handler.send_response(200)
        self._handler.send_header("Content-Type", kind)
        self._handler.send_header("Transfer-Encoding", "chunked")
        self._handler.end_headers()

    def write(self, data: bytes) -> None:
        """Send one piece of a begun answer; an empty one ends it."""
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self._handler.wfile.flush()

    def event(self, data: dict[str, Any] | str) -> None:
        """Send one server-sent event."""
        text = data if isinstance(data, str) else json.dumps(data)
        self.write(f"data: {text}\n\n".encode())

    def wait(self, seconds: float) -> None:
        """Stay silent, but notice when the client hangs up."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._closing.is_set():
                raise Gone
            ready, _, _ = select.select([self._handler.connection], [], [], min(left, 0.02))
            if ready and not self._handler.connection.recv(1, socket.MSG_PEEK):
                raise Gone

    def reset(self) -> None:
        """Cut the connection hard, as a crashed proxy does."""
        linger = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._handler.close_connection = True
        self._handler.connection.close()

    def hang_up(self) -> None:
        """End the connection in the middle of the answer."""
        self._handler.close_connection = True
        self._handler.connection.shutdown(socket.SHUT_RDWR)

    def completion(
        self, message: dict[str, Any], finish: str = "stop", usage: Any = None, tier: str | None = None
    ) -> None:
        """Send one completion, streamed or not, as the client asked; `tier` is the tier that answered."""
        if self.streamed:
            self.begin()
            self.event(chunk({"role": "assistant", **message}))
            self.finish(finish, usage)
        else:
            answer = whole(message, finish, usage) | ({"service_tier": tier} if tier else {})
            self.send(200, json.dumps(answer).encode())

    def finish(self, finish: str = "stop", usage: Any = None) -> None:
        """End a stream: finish reason, the count of tokens where it was asked for, [DONE]."""
        self.event(chunk({}, finish))
        if (self.seen.body.get("stream_options") or {}).get("include_usage") and usage is not None:
            self.event({**chunk({}), "choices": [], "usage": usage})
        self.event("[DONE]")
        self.write(b"")


def whole(message: dict[str, Any], finish: str, usage: Any) -> dict[str, Any]:
    """Return a whole completion."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "refusal": None, **message},
        "finish_reason": finish,
    }
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "fake"}
    return {**head, "choices": [choice], "usage": usage}


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    """Return one chunk of a streamed completion."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "fake"}
    return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
