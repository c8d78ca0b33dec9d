"""Short ways to share a gallery and to come to it as a client."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

KINDS = ("thumbnail", "preview", "original")
Share = dict[str, Any]


def shared(studio: FlaskClient, ids: list[int], **given: Any) -> Share:
    answer = studio.post("/api/shares", json={"title": "Coast", "image_ids": ids, **given})
    assert answer.status_code == 201, answer.text
    body: Share = answer.get_json()
    return body


def fetch(client: FlaskClient, address: str, **headers: str) -> TestResponse:
    return client.get(address, headers=headers, buffered=True)


def enter(client: FlaskClient, share: Share, passcode: str) -> TestResponse:
    return client.post(f"{share['url']}/enter", data={"passcode": passcode})
