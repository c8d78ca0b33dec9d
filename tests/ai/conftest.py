"""Fixtures of the writer's tests: a fake service, settings that point to it, and a short way to ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import gpt_service
from artworks.ai.servers import adjustments
from gpt_service import Draft, DraftRequest, ServiceSettings
from tests.fakes.openai_server import FakeOpenAI, openai_server
from tests.support.program import PATIENCE

__all__ = ["openai_server"]

KEY = "sk-test-0123456789-secret"
JPEG = b"\xff\xd8\xff\xe0 a picture of a heron \xff\xd9"


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start without kept connections and knowledge of any server, and let the SDK pause shortly."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.02)
    adjustments._remembered.clear()
    yield
    gpt_service.close_idle()


@pytest.fixture
def settings(openai_server: FakeOpenAI) -> ServiceSettings:
    """Point to the fake service, with a timeout that no good answer needs."""
    return ServiceSettings(KEY, openai_server.base_url, "gpt-5.6-luna", timeout=PATIENCE)


@pytest.fixture
def ask(settings: ServiceSettings) -> Callable[..., Draft]:
    """Ask for a draft of some fields; further arguments go to `gpt_service.draft`."""

    def ask(*fields: str, using: ServiceSettings = settings, **arguments: object) -> Draft:
        return gpt_service.draft(request_for(*fields), using, **arguments)  # type: ignore[arg-type]

    return ask


def request_for(*fields: str, picture: bytes = JPEG) -> DraftRequest:
    """Return a request for these fields, or for all of them."""
    return DraftRequest(
        image_jpeg=picture,
        fields=fields or gpt_service.FIELDS,
        filename="IMG_2043 Heron at dusk.JPG",
        truth="Linocut, 30 x 40 cm, edition of 50.",
        categories=["Prints", "Landscapes"],
        system="You write for an artist.",
        prompt="Write about this picture.",
    )
