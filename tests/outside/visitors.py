"""People who use a running program: each with cookies of their own, over a connection that is kept."""

from __future__ import annotations

import http.client
import io
import json
import urllib.parse
from typing import Any

from PIL import Image as Pillow

from tests.support.program import PATIENCE, Program


class Visitor:
    """One browser of one person; not for several threads at once."""

    def __init__(self, program: Program, headers: dict[str, str] | None = None) -> None:
        self.program = program
        self.headers = {"Origin": program.url, **(headers or {})}
        self._connection: http.client.HTTPConnection | None = None

    def ask(
        self, method: str, path: str, body: bytes | None = None, media_type: str = ""
    ) -> tuple[int, bytes]:
        """Return status and body of an answer, and keep its cookie."""
        headers = self.headers | ({"Content-Type": media_type} if media_type else {})
        answer = self._answer(method, path, body, headers)
        if cookie := answer.getheader("Set-Cookie"):
            self.headers["Cookie"] = cookie.partition(";")[0]
        return answer.status, answer.read()

    def _answer(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        for _ in range(2):
            kept = self._connection is not None
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    "127.0.0.1", self.program.port, timeout=PATIENCE
                )
            try:
                self._connection.request(method, path, body, headers)
                return self._connection.getresponse()
            except (http.client.RemoteDisconnected, ConnectionError):
                # A server may close a kept connection at any time, but not one that was just opened.
                self.leave()
                if not kept:
                    raise
        raise AssertionError("unreachable")

    def sign_in(self, email: str, password: str) -> None:
        """Sign in, with the cookie of which the next calls go on."""
        typed = urllib.parse.urlencode({"email": email, "password": password}).encode()
        status, said = self.ask("POST", "/sign-in", typed, "application/x-www-form-urlencoded")
        assert status == 303, said

    def api(self, method: str, path: str, sent: object = None) -> Any:
        """Return what a call of the API answers; it has to be well."""
        body = None if sent is None else json.dumps(sent).encode()
        status, said = self.ask(method, f"/api{path}", body, "application/json" if body else "")
        assert status < 300, said
        return json.loads(said) if said else None

    def upload(self, name: str, colour: str) -> int:
        """Send a picture and return its number."""
        out = io.BytesIO()
        Pillow.new("RGB", (320, 240), colour).save(out, "PNG")
        head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body = head.encode() + out.getvalue() + b"\r\n--x--\r\n"
        status, said = self.ask("POST", "/api/images", body, "multipart/form-data; boundary=x")
        assert status == 201, said
        number: int = json.loads(said)["images"][0]["id"]
        return number

    def leave(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()
            self._connection = None
