"""What the schemas cannot say about the API by themselves: the form that carries files, and the streamed answers."""

from __future__ import annotations

from typing import Any

from apiflask import APIFlask

UPLOAD = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["files"],
                "properties": {
                    "files": {
                        "type": "array",
                        "items": {"type": "string", "format": "binary"},
                        "minItems": 1,
                        "maxItems": 20,
                        "description": "PNG, JPEG or GIF",
                    },
                    "category": {"type": "string", "maxLength": 80},
                    "key_points": {"type": "string", "maxLength": 5000},
                    "duplicates": {"type": "string", "enum": ["skip", "keep"], "default": "skip"},
                },
            }
        }
    },
}
EVENTS = {"schema": {"type": "string", "description": "events: partial {fields}, then done or error"}}


def register(app: APIFlask) -> None:
    """Complete /api/openapi.json."""

    @app.spec_processor
    def complete(spec: dict[Any, Any] | str) -> dict[Any, Any] | str:
        if isinstance(spec, str):
            return spec
        paths = spec["paths"]
        paths["/api/images"]["post"]["requestBody"] = UPLOAD
        for call in ("generate", "refine"):
            answer = paths[f"/api/images/{{image_id}}/{call}"]["post"]["responses"]["200"]
            answer["content"]["text/event-stream"] = EVENTS
        return spec
