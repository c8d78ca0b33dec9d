"""Fields that nobody may set over the API: unknown ones, and those of the rows that are not for the caller."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from pydantic import BaseModel, ValidationError
from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.web.schemas import Input
from tests.support.factories import added, upload
from tests.support.people import as_role

# Columns of the tables and names that programs of this kind have.
FOREIGN = (
    "id", "created_at", "updated_at", "stored_filename", "original_filename", "sha256", "role", "person_id", "who",
    "by", "created_by", "trashed_at", "origins", "media_type", "size_bytes", "width", "is_admin", "is_owner",
    "owner_id",
    "token_hash", "password_hash", "usd", "state", "made_by", "nonce", "passcode_hash", "revoked_at", "opened",
    "__class__", "constructor", "__proto__", "nothing",
)  # fmt: skip


@pytest.fixture
def owner(app: APIFlask, session: Session, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr("artworks.adapters.job_queue.enqueue_many", lambda *_: None)
    return as_role(app, session, "owner")


def calls(client: FlaskClient, name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, address and the description of the body, or of the query, of every call that takes one."""
    document = client.get("/api/openapi.json").get_json()
    for path, methods in document["paths"].items():
        address = path
        while "{" in address:
            address = address[: address.index("{")] + "1" + address[address.index("}") + 1 :]
        for method, call in methods.items():
            if name == "query" and any(one["in"] == "query" for one in call.get("parameters", ())):
                yield method, address, {}
            found = call.get("requestBody", {}).get("content", {}).get("application/json")
            if name == "body" and found:
                schema = found["schema"]
                yield method, address, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def shapes(of: type[BaseModel] = Input) -> dict[str, type[BaseModel]]:
    """Return what comes in, by the names in the document."""
    below = of.__subclasses__()
    return {shape.__name__: shape for shape in below} | {
        name: shape for one in below for name, shape in shapes(one).items()
    }


def test_every_body_refuses_fields_it_does_not_have(owner: FlaskClient) -> None:
    found, known = list(calls(owner, "body")), shapes()
    assert len(found) > 20
    for number, (method, address, schema) in enumerate(found):
        assert schema["additionalProperties"] is False, address
        foreign = [name for name in FOREIGN if name not in schema["properties"]]
        # What is described refuses each of them, and is what the address reads its body by.
        with pytest.raises(ValidationError) as refused:
            known[schema["title"]].model_validate(dict.fromkeys(foreign, 1))
        extra = {error["loc"] for error in refused.value.errors() if error["type"] == "extra_forbidden"}
        assert extra == {(name,) for name in foreign}, address
        name = foreign[number % len(foreign)]
        answer = owner.open(address, method=method.upper(), json={name: 1})
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "invalid"), (address, name)


def test_every_part_of_a_body_refuses_them_too(owner: FlaskClient) -> None:
    schemas = owner.get("/api/openapi.json").get_json()["components"]["schemas"]
    document = str(owner.get("/api/openapi.json").get_json()["paths"])

    def parts(schema: Any) -> Iterator[str]:
        if isinstance(schema, dict):
            if "$ref" in schema:
                yield schema["$ref"].rpartition("/")[2]
            for inner in schema.values():
                yield from parts(inner)
        elif isinstance(schema, list):
            for inner in schema:
                yield from parts(inner)

    assert document
    for _, address, schema in calls(owner, "body"):
        for name in parts(schema):
            assert schemas[name].get("additionalProperties", False) is False or "enum" in schemas[name], (
                address,
                name,
            )


def test_every_query_that_is_described_refuses_others(owner: FlaskClient) -> None:
    found = list(calls(owner, "query"))
    assert len(found) > 5
    for method, address, _ in found:
        for name in ("nothing", "person_id", "trashed_at"):
            assert owner.open(f"{address}?{name}=1", method=method.upper()).status_code == 422, (
                address,
                name,
            )


def test_a_form_with_files_refuses_them(owner: FlaskClient) -> None:
    for name in FOREIGN:
        answer = upload(owner, (b"x", "a.jpg"), **{name: "1"})
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "invalid"), name


@pytest.mark.parametrize("name", ["id", "stored_filename", "created_at", "sha256", "origins", "trashed_at"])
def test_a_picture_stays_what_it_is(owner: FlaskClient, session: Session, name: str) -> None:
    image = added(owner)
    before = owner.get(f"/api/images/{image['id']}").get_json()
    for body in (
        {"version": image["version"], "post_title": "x", name: image.get(name) or "1"},
        {"select": {"ids": [image["id"]]}, "set": {"status": "ready", name: "1"}},
        {"select": {"ids": [image["id"]], name: "1"}, "set": {"status": "ready"}},
        {"select": {"filter": {name: "1"}}, "set": {"status": "ready"}},
    ):
        address = "/api/images" if "select" in body else f"/api/images/{image['id']}"
        assert owner.patch(address, json=body).status_code == 422
    assert owner.get(f"/api/images/{image['id']}").get_json() == before


@pytest.mark.parametrize("version", [0, 2, 99, -1, 2**31, 2**63, 1.5, True, "1", None, [1]])
def test_a_version_that_was_never_shown_changes_nothing(owner: FlaskClient, version: Any) -> None:
    """`"1"` counts as 1, and 1 only is the version that is there."""
    image = added(owner)
    answer = owner.patch(f"/api/images/{image['id']}", json={"version": version, "post_title": "Heron"})
    if version in ("1", True):
        assert answer.status_code in (200, 422)
        return
    assert answer.status_code in (409, 422)
    after = owner.get(f"/api/images/{image['id']}").get_json()
    assert (after["version"], after["post_title"]) == (1, "")


def test_a_plain_form_sets_nothing_but_its_fields(
    app: APIFlask, owner: FlaskClient, session: Session
) -> None:
    """Forms let browsers add what they like, so foreign fields are not read instead of refused."""
    image = added(owner)
    data = {"version": "1", "post_title": "Heron", **dict.fromkeys(FOREIGN, "4711"), "is_owner": "1"}
    before = owner.get(f"/api/images/{image['id']}").get_json()
    assert owner.post(f"/images/{image['id']}", data=data).status_code == 303
    after = owner.get(f"/api/images/{image['id']}").get_json()
    changed = {name for name in after if after[name] != before[name]}
    assert changed - {"updated_at"} == {"post_title", "version", "origins"}
    owner.post("/collections", data={"name": "Coast", "note": "", **dict.fromkeys(FOREIGN, "4711")})
    [collection] = owner.get("/api/collections").get_json()["collections"]
    assert collection["id"] != 4711
    editor = as_role(app, session, "editor")
    for address in ("/account/name", "/preferences", "/sign-in"):
        editor.post(address, data={"name": "Mara", "role": "owner", "person_id": "1", "budget_usd": "1000"})
    roles = session.execute(text("SELECT role FROM person ORDER BY id DESC LIMIT 1")).scalar_one()
    assert roles == "editor"
    assert editor.get("/settings").status_code == 403
