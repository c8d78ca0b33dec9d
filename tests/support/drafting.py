"""Short ways to ask for words and to look at what was written down; used by the tests of drafts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import Usage
from tests.fakes.openai_behaviours import Behaviour, ok
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_wire import Reply
from tests.support.program import PATIENCE

WORDS = {
    "post_title": "The Quiet Hour",
    "description": "Dusk settles over the hills. Nothing moves.",
    "hashtags": ["#dusk", "#hills"],
    "key_points": "Layered hills",
    "alt_text": "Rows of hills under an evening sky.",
    "category": "Landscapes",
}


def generate(client: FlaskClient, image_id: int, **options: Any) -> TestResponse:
    """Ask for words."""
    return client.post(f"/api/images/{image_id}/generate", json=options)


def refine(client: FlaskClient, image_id: int, feedback: str = "shorter", **options: Any) -> TestResponse:
    """Ask for better words."""
    return client.post(f"/api/images/{image_id}/refine", json={"feedback": feedback, **options})


def edit(client: FlaskClient, image: dict[str, Any], **words: Any) -> dict[str, Any]:
    """Edit as a person and give the picture as it is then."""
    answer = client.patch(f"/api/images/{image['id']}", json={"version": image["version"], **words})
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.get_json()
    return changed


def now(client: FlaskClient, image_id: int) -> dict[str, Any]:
    """Return a picture as it is now."""
    image: dict[str, Any] = client.get(f"/api/images/{image_id}").get_json()
    return image


class Held:
    """A behaviour that notes that it was asked and keeps its answer back until `go` is set."""

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self.asked, self.go = threading.Event(), threading.Event()
        self._behaviour = behaviour or ok(WORDS)

    def __call__(self, reply: Reply) -> None:
        """Wait, then answer; gives up when the client hangs up."""
        self.asked.set()
        while not self.go.is_set():
            reply.wait(0.02)
        self._behaviour(reply)


@contextmanager
def under_way(
    fake: FakeOpenAI, call: Callable[[], TestResponse], behaviour: Behaviour | None = None
) -> Iterator[Future[TestResponse]]:
    """Run the block while the service has been asked and has not answered yet; then it answers."""
    held = Held(behaviour)
    fake.script(held)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(call)
        try:
            assert held.asked.wait(PATIENCE), future.result(PATIENCE).text
            yield future
        finally:
            held.go.set()


def ledger(engine: Engine) -> list[Usage]:
    """List every call that was written down, oldest first."""
    with Session(engine) as session:
        return list(session.scalars(select(Usage).order_by(Usage.id)))


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Read server-sent events; signs of life are left out."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found
