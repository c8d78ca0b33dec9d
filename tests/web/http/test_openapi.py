"""The description of the API: every call is in it, and it holds together as OpenAPI 3.1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from artworks.web.images import upload_forms

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/api/openapi.json")
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = answer.get_json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        assert set(item) <= METHODS | {"parameters", "summary", "description"}
        for method in METHODS & set(item):
            yield path, method, item[method]


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Walk over every object of the document."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(inner)


def test_every_call_of_the_api_is_described_and_nothing_else(app: APIFlask, document: dict[str, Any]) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and rule.rule != "/api/openapi.json"
    }
    assert {(path, method) for path, method, _ in operations(document)} == served
    assert len(served) > 12


def test_it_says_which_version_of_openapi_and_of_the_api_it_is(document: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.1\.\d", document["openapi"])
    assert document["info"]["title"] == "Artwork Image Manager"
    assert document["info"]["version"]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = [node["$ref"] for node in nodes(document) if isinstance(node.get("$ref"), str)]
    assert references
    for reference in references:
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        assert isinstance(target, dict)


def test_every_operation_has_answers_parameters_and_an_id_of_its_own(document: dict[str, Any]) -> None:
    names = []
    for path, _method, operation in operations(document):
        assert operation["responses"]
        for status, response in operation["responses"].items():
            assert re.fullmatch(r"[1-5]\d\d|default", status)
            assert "$ref" in response or response["description"]
        declared = {p["name"]: p for p in operation.get("parameters", ()) if p["in"] == "path"}
        assert set(declared) == set(re.findall(r"{(\w+)}", path))
        assert all(parameter["required"] for parameter in declared.values())
        assert operation["summary"]
        names.append(operation.get("operationId", f"{_method} {path}"))
    assert len(names) == len(set(names))


def test_schemas_use_types_that_json_schema_knows(document: dict[str, Any]) -> None:
    known = {"null", "boolean", "object", "array", "number", "string", "integer"}
    for name, schema in document["components"]["schemas"].items():
        for node in nodes(schema):
            kind = node.get("type")
            if isinstance(kind, (str, list)) and not isinstance(node.get("properties", {}).get("type"), dict):
                assert set([kind] if isinstance(kind, str) else kind) <= known, name
            # Gone since 3.1, where null is a type.
            assert "nullable" not in node, name


def test_edits_describe_their_fields_and_refuse_others(document: dict[str, Any]) -> None:
    edit = document["components"]["schemas"]["Edit"]
    assert edit["required"] == ["version"]
    assert edit["additionalProperties"] is False
    assert set(edit["properties"]) == {
        "version", "autosave", "post_title", "description", "hashtags", "category", "key_points", "alt_text", "status",
    }  # fmt: skip
    patch = document["paths"]["/api/images/{image_id}"]["patch"]
    assert {"200", "404", "409", "422"} <= set(patch["responses"])
    upload = document["paths"]["/api/images"]["post"]
    form = upload["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    assert set(form) == {"files", *upload_forms.FIELDS}
    assert {"201", "413", "415", "422", "507"} <= set(upload["responses"])
