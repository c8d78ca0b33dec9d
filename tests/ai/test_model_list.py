"""Which models a server offers, as the known servers tell it, and which of them see pictures."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

import gpt_service
from artworks.ai import model_list
from artworks.core.errors import AINotConfigured, AITimeout, AIUnavailable
from gpt_service import ServiceSettings, offered_models
from tests.fakes.openai_server import FakeOpenAI, openai_server

__all__ = ["openai_server"]
# What servers answer, in their shapes of November 2026, and what is offered: with a star where pictures are seen.
ANSWERS: dict[str, tuple[Any, list[str]]] = {
    "OpenAI": (
        {"object": "list", "data": [{"id": "whisper-1"}, {"id": "gpt-5.6-luna"}, {"id": "gpt-image-2"}, {"id": "o3"}]},
        ["*gpt-5.6-luna", "*o3", "gpt-image-2", "whisper-1"],
    ),
    "OpenRouter": (
        {
            "data": [
                {"id": "x/writer", "architecture": {"input_modalities": ["text"]}},
                {"id": "x/plain-name", "architecture": {"input_modalities": ["text", "image"]}},
            ]
        },
        ["*x/plain-name", "x/writer"],
    ),
    "Mistral": (
        {
            "data": [
                {"id": "pixtral-large", "capabilities": {"vision": True}},
                {"id": "mistral-large-text", "capabilities": {"vision": False}},
            ]
        },
        ["*pixtral-large", "mistral-large-text"],
    ),
    "LM Studio": (
        {"data": [{"id": "a", "type": "llm"}, {"id": "b", "type": "vlm"}, {"id": "c", "type": "embeddings"}]},
        ["*b", "a", "c"],
    ),
    "llama.cpp": (
        {"models": [{"name": "gemma.gguf", "capabilities": ["completion", "multimodal"]}], "object": "list"},
        ["*gemma.gguf"],
    ),
    "Ollama": (
        {"object": "list", "data": [{"id": "qwen2.5-vl:7b"}, {"id": "llama3.2-vision:11b"}, {"id": "qwen3:8b"}]},
        ["*llama3.2-vision:11b", "*qwen2.5-vl:7b", "qwen3:8b"],
    ),
    "Gemini": ({"data": [{"id": "models/gemini-3-flash"}]}, ["*gemini-3-flash"]),
    "a list of names": (["b", "a", "a", "", 5, None, "x" * 201, "two\nlines"], ["a", "b"]),
    "nothing": ({"data": None}, []),
}  # fmt: skip


@pytest.fixture
def settings(openai_server: FakeOpenAI) -> Iterator[ServiceSettings]:
    """Return settings that lead to the fake service."""
    yield ServiceSettings("sk-test", openai_server.base_url)
    gpt_service.close_idle()


def test_the_lists_of_the_known_servers_are_read(
    settings: ServiceSettings, openai_server: FakeOpenAI
) -> None:
    for server, (answer, offered) in ANSWERS.items():
        openai_server.models = 200, json.dumps(answer).encode()
        found = [("*" if one.sees else "") + one.name for one in offered_models(settings)]
        assert found == offered, server
    assert {seen.headers["authorization"] for seen in openai_server.looked} == {"Bearer sk-test"}


def test_what_goes_wrong_is_told_as_with_a_draft(
    settings: ServiceSettings, openai_server: FakeOpenAI
) -> None:
    openai_server.models = (
        401,
        b'{"error": {"message": "Incorrect API key sk-test", "code": "invalid_api_key"}}',
    )
    with pytest.raises(AINotConfigured) as refused:
        offered_models(settings)
    assert "sk-test" not in refused.value.message + refused.value.details
    for body in (b"<html>", b"", b"\xff", b"[" * 200_000):
        openai_server.models = 200, body
        with pytest.raises(AIUnavailable, match="Type the name"):
            offered_models(settings)
    openai_server.models = 200, b" " * 9_000_000
    with pytest.raises(AIUnavailable, match="too long"):
        offered_models(settings)
    with pytest.raises(AIUnavailable, match="cannot be reached"):
        offered_models(ServiceSettings("sk-test", "http://127.0.0.1:9/v1"))


@pytest.mark.parametrize("beginning", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n["])
def test_a_server_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch, beginning: bytes) -> None:
    """Also where it sends a little all the time, so that it is never silent."""
    monkeypatch.setattr(model_list, "TIMEOUT", 0.3)
    enough = threading.Event()

    def drip(server: socket.socket) -> None:
        caller, _ = server.accept()
        with caller, suppress(OSError):
            caller.sendall(beginning)
            while not enough.wait(0.02):
                caller.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,), daemon=True)
        thread.start()
        with pytest.raises(AITimeout, match="Type the name"):
            offered_models(ServiceSettings("sk-test", f"http://127.0.0.1:{server.getsockname()[1]}/v1"))
        thread.join(5)
        assert not thread.is_alive()
    enough.set()
