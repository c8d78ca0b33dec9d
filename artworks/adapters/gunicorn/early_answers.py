"""Answers that are given without the application: to what never became a request."""

from __future__ import annotations

import json
from http import HTTPStatus

CODES = {400: "bad_request", 408: "timeout", 429: "rate_limited", 503: "unavailable", 507: "storage_full"}
RETRY_SECONDS = 5


def write_answer(status: int, sentence: str, *, as_json: bool = False) -> bytes:
    """Return an answer after which the connection closes, in the form of the application's errors for scripts."""
    kind, body = "text/plain; charset=utf-8", f"{sentence}\n".encode()
    if as_json:
        kind = "application/json"
        body = json.dumps({"error": {"code": CODES[status], "message": sentence}}).encode()
    fields = {
        "Connection": "close",
        "Content-Type": kind,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    if status in (429, 503):
        fields["Retry-After"] = str(RETRY_SECONDS)
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        *(f"{name}: {fields[name]}" for name in fields),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
