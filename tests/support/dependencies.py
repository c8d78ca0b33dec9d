"""What the tests of the queue share: dependencies that speak to a fake model service, and many small pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import gpt_service
from app import Config
from artworks.ai.servers import adjustments
from artworks.batches import item_policy
from artworks.dependencies import Dependencies
from artworks.dependencies import make_dependencies as services_from
from tests.fakes.openai_server import FakeOpenAI, openai_server

__all__ = ["openai_server"]
MakeDependencies = Callable[..., Dependencies]


@pytest.fixture
def make_dependencies(tmp_path: Path, openai_server: FakeOpenAI) -> Iterator[MakeDependencies]:
    """Yield a function that puts dependencies together, with some settings changed, named as in the environment."""

    def make(**environment: str) -> Dependencies:
        config = Config.from_env(
            {
                "STORAGE_URL": str(tmp_path / "uploads"),
                "INSTANCE_DIR": str(tmp_path / "instance"),
                "OPENAI_BASE_URL": openai_server.base_url,
                "OPENAI_API_KEY": "sk-test",
                "AI_REQUESTS_PER_MINUTE": "1000000",
                "AI_TOKENS_PER_MINUTE": "1000000000",
                "AI_BUDGET_USD_PER_MONTH": "1000",
                **environment,
            }
        )
        return services_from(config, 64)

    yield make
    adjustments._remembered.clear()
    gpt_service.close_idle()


@pytest.fixture
def dependencies(make_dependencies: MakeDependencies) -> Dependencies:
    """Return dependencies without a limit in the way."""
    return make_dependencies()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let failed pictures be tried again at once."""
    monkeypatch.setattr(item_policy, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(item_policy, "GROWTH", 1)
