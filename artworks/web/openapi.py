"""What the schemas cannot say about the API by themselves: the form that carries files, and the streamed answers."""

from __future__ import annotations

from typing import Any

from apiflask import APIFlask

from artworks.web.permissions import mark_foreign, requires
from artworks.web.schemas import ERROR_SCHEMA

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
                        "description": "PNG, JPEG or GIF; with convert=1 also HEIC, AVIF, WebP, TIFF and BMP",
                    },
                    "category": {"type": "string", "maxLength": 80},
                    "key_points": {"type": "string", "maxLength": 5000},
                    "hashtags": {
                        "type": "string",
                        "description": "in one line, before those that a file holds",
                    },
                    "collection": {
                        "type": "string",
                        "description": "id of the collection that all go into, those that are there already too",
                    },
                    "duplicates": {"type": "string", "enum": ["skip", "keep"], "default": "skip"},
                    "convert": {
                        "type": "string",
                        "enum": ["0", "1"],
                        "default": "0",
                        "description": "1: pictures of other formats are turned into PNG or JPEG rather than refused",
                    },
                },
            }
        }
    },
}
# No file was taken: each is listed with its reason, unless it is the form as a whole that does not fit.
REJECTED = ("413", "415", "422", "507")
NOTHING_STORED = {"anyOf": [{"$ref": "#/components/schemas/UploadOut"}, ERROR_SCHEMA]}
EVENTS = {"schema": {"type": "string", "description": "events: partial {fields}, then done or error"}}


def register(app: APIFlask) -> None:
    """Complete /api/openapi.json."""
    mark_foreign(app, "openapi.spec", requires("viewer"))

    @app.spec_processor
    def complete(spec: dict[Any, Any] | str) -> dict[Any, Any] | str:
        if isinstance(spec, str):
            return spec
        paths = spec["paths"]
        upload = paths["/api/images"]["post"]
        upload["requestBody"] = UPLOAD
        for call in ("generate", "refine"):
            answer = paths[f"/api/images/{{image_id}}/{call}"]["post"]["responses"]["200"]
            answer["content"]["text/event-stream"] = EVENTS
        for path, calls in paths.items():
            for method, call in calls.items():
                _add_errors(path, method, call)
        for status in REJECTED:
            upload["responses"][status]["content"]["application/json"]["schema"] = NOTHING_STORED
        return spec


def _add_errors(path: str, method: str, call: dict[str, Any]) -> None:
    """Add what every call may answer besides: nobody is signed in, nothing is there, the body cannot be read."""
    found = {
        401: "nobody is signed in",
        403: "not allowed",
        429: "too many wrong tokens",
        503: "something is away",
    }
    if "{" in path:
        found |= {404: "there is nothing at this address", 405: "this address does not work that way"}
    if method != "get":
        found |= {415: "another kind of content"}
    if "requestBody" in call:
        found |= {400: "this cannot be read", 408: "this came too slowly", 413: "too much at once"}
    for status, meaning in found.items():
        call["responses"].setdefault(
            str(status), {"description": meaning, "content": {"application/json": {"schema": ERROR_SCHEMA}}}
        )
