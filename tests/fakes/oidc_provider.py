"""A real OpenID Connect provider in a process of its own, on loopback, which can be told to misbehave.

The package oidc-provider-mock answers, signs and keeps the people. In front of it stands what it has not: it holds
clients to PKCE, and does on demand what a provider must not do.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from werkzeug import Request, Response
from werkzeug.serving import make_server
from werkzeug.test import Client

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ROOT = Path(__file__).resolve().parent.parent.parent
# As in tests/support/program.py, which is not imported because it loads the program into this process too.
PATIENCE = 60.0
CLIENT, SECRET = "artworks", "a secret between the two"
AUTHORIZE, TOKEN = "/oauth2/authorize", "/oauth2/token"


class OidcProvider:
    """The running provider, as the tests see it."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.settings = {
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": SECRET,
            "OIDC_NAME": "the Harbour Gallery",
        }

    def person(self, subject: str, **claims: Any) -> None:
        """Let the provider know somebody, or something else of them."""
        requests.put(f"{self.issuer}/users/{subject}", json=claims, timeout=PATIENCE).raise_for_status()

    def fault(self, name: str = "") -> None:
        """Let the provider do one thing wrong from now on, or nothing."""
        requests.put(f"{self.issuer}/fault/{name}", timeout=PATIENCE).raise_for_status()

    def enter(self, address: str, **form: str) -> str:
        """Fill in the form of the provider's page at an address; give where it sends the browser then."""
        answer = requests.post(address, data=form, allow_redirects=False, timeout=PATIENCE)
        assert answer.status_code in (302, 303), answer.text
        return answer.headers["Location"]


@contextmanager
def running() -> Iterator[OidcProvider]:
    """Run a provider until the tests that need it are over."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.fakes.oidc_provider"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout
        assert process.stdin
        line = process.stdout.readline()
        try:
            yield OidcProvider(int(line))
        finally:
            # It ends with its standard input, so also when the tests are killed.
            process.stdin.close()


class Misbehaving:
    """The provider's own side."""

    def __init__(self) -> None:
        from oidc_provider_mock import app

        self._honest, self._stranger = app(require_nonce=True), app()
        self._hasty = app(access_token_max_age=timedelta(hours=-1))
        self._fault = ""
        self._mended = threading.Event()
        self._challenges: dict[str, str] = {}
        self._claims: dict[str, bytes] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        body = request.get_data()
        if request.path.startswith("/fault/"):
            self._mended.set()
            self._fault = request.path.removeprefix("/fault/")
            self._mended.clear()
            return Response(status=204)
        if request.path.startswith("/users/"):
            self._claims[request.path] = body
            self._pass(request, self._hasty)
        elif self._fault == "silent":
            self._mended.wait(PATIENCE)
        elif self._fault in ("down", "nonsense"):
            return Response(
                "<p>Under repair</p>", 503 if self._fault == "down" else 200, mimetype="text/html"
            )
        elif self._fault == "tokenless" and request.path == TOKEN:
            return Response("[]", mimetype="application/json")
        self._spoil_request(request)
        if request.path == TOKEN and not self._proven(request):
            return Response('{"error": "invalid_grant"}', 400, mimetype="application/json")
        if self._fault == "lean" and request.path == TOKEN:
            self._tell(dict.fromkeys(self._claims, b"{}"))
        response = self._pass(request, self._asked(request))
        if self._fault == "lean" and request.path == TOKEN:
            self._tell(self._claims)
        if request.path == AUTHORIZE and "Location" in response.headers:
            code = parse_qs(urlsplit(response.headers["Location"]).query).get("code", [""])[0]
            self._challenges[code] = request.args.get("code_challenge", "")
        return self._spoiled(request, response)

    def _asked(self, request: Request) -> Any:
        """Return the provider that answers."""
        if self._fault == "key" and request.path == "/jwks":
            return self._stranger
        return self._hasty if self._fault == "old" else self._honest

    def _tell(self, claims: dict[str, bytes]) -> None:
        caller = Client(self._honest)
        for path, body in claims.items():
            caller.put(path, data=body, content_type="application/json")

    def _pass(self, request: Request, app: Any) -> Response:
        environ = {**request.environ, "wsgi.input": io.BytesIO(request.get_data())}
        environ.pop("werkzeug.request", None)
        return Response.from_app(app, environ, buffered=True)

    def _proven(self, request: Request) -> bool:
        """Return whether the client shows what it made the challenge from (RFC 7636, 4.6)."""
        verifier = request.form.get("code_verifier", "").encode()
        made = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=")
        return made == self._challenges.pop(request.form.get("code", ""), None)

    def _spoil_request(self, request: Request) -> None:
        """Turn a call into one whose honest answer is a wrong one for the client."""
        changed = {"nonce": {"nonce": "another"}, "audience": {"client_id": "another"}}.get(self._fault)
        if changed and request.path == AUTHORIZE:
            request.environ["QUERY_STRING"] = urlencode({**request.args, **changed})
        if request.path != TOKEN:
            return
        if self._fault == "audience":
            request.environ["HTTP_AUTHORIZATION"] = f"Basic {base64.b64encode(b'another:x').decode()}"
        if self._fault == "issuer":
            request.environ["HTTP_HOST"] = "127.0.0.1:1"

    def _spoiled(self, request: Request, response: Response) -> Response:
        """Change an answer that the honest provider gave."""
        if self._fault == "elsewhere" and request.path.startswith("/.well-known/"):
            response.set_data(json.dumps({**json.loads(response.get_data()), "issuer": "http://127.0.0.1:1"}))
        if request.path != TOKEN or response.status_code != 200:
            return response
        token = json.loads(response.get_data())
        head, _, rest = token["id_token"].partition(".")
        claims, _, mark = rest.partition(".")
        if self._fault == "unsigned":
            head, mark = _encoded({"alg": "none", "typ": "JWT"}), ""
        if self._fault == "altered":
            claims = _encoded({**_decoded(claims), "roles": ["owner"]})
        token["id_token"] = f"{head}.{claims}.{mark}"
        response.set_data(json.dumps(token))
        return response


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _decoded(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _serve() -> None:
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = make_server("127.0.0.1", 0, Misbehaving(), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _serve()
