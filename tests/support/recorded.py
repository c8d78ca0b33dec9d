"""The recorded shapes of what model servers say (tests/data/ai/), and a server that answers with one of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.fakes import openai_behaviours as does
from tests.fakes.openai_behaviours import Behaviour

FOLDER = Path(__file__).resolve().parent.parent / "data" / "ai"


def recordings() -> list[dict[str, Any]]:
    """Return the files of all servers."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]


def shapes() -> dict[str, dict[str, Any]]:
    """Return every recorded shape by the names of its server and of what happened."""
    return {f"{one['server']}: {shape['name']}": shape for one in recordings() for shape in one["shapes"]}


def answers(shape: dict[str, Any]) -> Behaviour:
    """Answer with a recorded shape."""
    if "stream" in shape:
        text = "".join(f"{line}\n\n" for line in shape["stream"])
        return does.raw(text.encode(), "text/event-stream")
    body = shape["body"]
    text, kind = (body, "text/plain") if isinstance(body, str) else (json.dumps(body), "application/json")
    return lambda reply: reply.send(shape["status"], text.encode(), kind, shape.get("headers"))
