"""Every call of the API with what fits its description and with what does not: the answers match the document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.internal.charmap import intervals_from_codec
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from sqlalchemy.orm import Session

from tests.support.factories import added, picture, upload
from tests.support.people import as_role
from tests.support.seeing import what_is_seen

if TYPE_CHECKING:
    from schemathesis import Case
    from schemathesis.schemas import APIOperation

pytestmark = pytest.mark.slow

# Calls for each address, with what fits and as many with what does not.
EXAMPLES = 5
# What is looked at in each answer; put in by the test.
CHECKS: list[Any] = []
# Left out: nothing. What takes rows away comes last, so that the others find some.
LAST = ("/merge", "/remove", "/keep", "DELETE", "/trash")
# Where number 1 is not the one to ask for.
THERE: dict[str, dict[str, Any]] = {
    "/api/images/{image_id}/restore": {"image_id": 6},
    "/api/batches/{batch_id}/cancel": {"batch_id": 2},
    "/api/images/{image_id}/autosaves/{field}": {"field": "description"},
    "/api/images/{image_id}/suggestion": {"image_id": 2},
    "/api/categories/{category_id}/merge": {"category_id": 2},
}
# What is drawn decides which calls find all in the state they need; nearly all of them do.
MOST_UNMET = 7
# These take a service to ask.
WITHOUT_SERVICE = {
    "GET /api/settings/models",
    "POST /api/settings/first-visit/key",
    "POST /api/settings/test",
}

TAKES_BACK = {
    "POST /api/images/{image_id}/suggestion/restore",
    "POST /api/voice/versions/{version_id}/restore",
}


@pytest.fixture
def owner(app: APIFlask, session: Session, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Return an owner whose library has something of everything; nothing works the queue."""
    monkeypatch.setattr("artworks.adapters.job_queue.enqueue_many", lambda *_: None)
    client = as_role(app, session, "owner")
    upload(client, (picture(seed=1), "one.jpg"))
    upload(client, (picture(seed=1), "one again.jpg"), duplicates="keep")
    for title in ("Heron", "Low tide", "Dusk"):
        added(client, post_title=title, category="Prints / Linocut", hashtags="#heron #dusk")
    client.delete(f"/api/images/{added(client)['id']}")
    for number in (1, 2):
        client.post(f"/api/images/{number}/refine", json={"feedback": "Shorter"})
    client.post("/api/collections", json={"name": "Coast"})
    client.post("/api/collections/1/images", json={"ids": [1, 2]})
    client.post("/api/views", json={"name": "Mine", "filters": {"q": "heron"}})
    client.put("/api/voice", json={"choices": {"guide": "Plain."}})
    client.patch("/api/images", json={"select": {"filter": {}}, "add_hashtags": "sea"})
    for _ in range(2):
        client.post("/api/batches", json={"select": {"filter": {}}})
    client.post("/api/shares", json={"title": "For the gallery", "image_ids": [1, 2]})
    return client


def place(operation: APIOperation[Any, Any, Any, Any]) -> tuple[int, int]:
    """Return the place in the order; parts of a thing come before it."""
    call = f"{operation.method.upper()} {operation.path}"
    late = max((number for number, mark in enumerate(LAST, 1) if mark in call), default=0)
    return late, -len(operation.path) if late else 0


def aimed(client: FlaskClient, case: Case[Any]) -> Case[Any]:
    """Let a call that fits its description hit what is there, where the description only says that it is a number."""
    if isinstance(case.body, dict):
        there: dict[str, Any] = {
            "version": client.get("/api/images/1").get_json().get("version", 1), "image_id": 1, "ids": [1, 2, 3],
            "select": {"ids": [1, 2, 3]}, "tag": "heron", "tags": ["sea" if "remove" in case.path else "dusk"],
            "into": "heron" if "/tags" in case.path else 1, "filters": {"q": "heron"}, "parent_id": None,
            "title": "Coast", "image_ids": [1, 2], "collection_id": None, "passcode": None,
            "before": None, "autosave": None, "person": None,
            # With a key the calls after it would be made.
            "key": "", "choice": "skip",
        }  # fmt: skip
        seen = what_is_seen(client.application, f"{case.method} {case.formatted_path}", there)
        there |= {seen[1]: seen[2]} if seen else {}
        case.body.update({name: value for name, value in there.items() if name in case.body})
    return case


def tried(client: FlaskClient, strategy: Any, failures: list[str], codes: dict[str, set[int]]) -> None:
    """Send what a strategy gives; what is wrong with the answers is collected."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def send(case: Case[Any]) -> None:
        # The caller of the tests does not unpack what it gets.
        answer = case.call(session=cast(Any, client), headers={"Accept-Encoding": "identity"})
        codes.setdefault(f"{case.method} {case.operation.path}", set()).add(answer.status_code)
        try:
            case.validate_response(answer, checks=CHECKS)
        except BaseExceptionGroup as group:
            told = "; ".join(f"{type(one).__name__} {one}" for one in group.exceptions)
            failures.append(f"{case.method} {case.formatted_path} {case.query} {case.body!r}: {told[:600]}")

    send()


@pytest.fixture
def same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the same calls be made whichever tests ran before, and keep no files where the tests are started."""
    # Of what it keeps, which letters there are is the same each time, and takes two seconds to find out.
    intervals_from_codec("utf-8")
    set_hypothesis_home_dir(tmp_path)
    # It likes to try the numbers and texts that it finds in whatever modules are loaded just then.
    none = Constants()
    monkeypatch.setattr(providers, "_get_local_constants", lambda: none)
    providers.CONSTANTS_CACHE.cache.clear()


@pytest.mark.usefixtures("same_each_time")
def test_answers_match_the_document(app: APIFlask, owner: FlaskClient) -> None:
    # Loaded by the process that needs it: that takes half a second, and each one collects all tests.
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.result import Ok
    from schemathesis.specs.openapi import checks

    CHECKS[:] = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    schema = schemathesis.openapi.from_dict(owner.get("/api/openapi.json").get_json())
    schema.app = app
    # Nor those of our own code, which would make other calls after each change.
    schema.config.analysis.constants.enabled = False
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) > 40
    failures: list[str] = []
    codes: dict[str, set[int]] = {}
    for operation in sorted(operations, key=place):
        ids = {one.name: 1 for one in operation.path_parameters}
        ids |= THERE.get(operation.path, {})
        fitting = operation.as_strategy(GenerationMode.POSITIVE, path_parameters=ids or None)
        tried(owner, fitting.map(lambda case: aimed(owner, case)), failures, codes)
        if operation.body or operation.query or ids:
            tried(owner, operation.as_strategy(GenerationMode.NEGATIVE), failures, codes)
    assert failures == []
    unmet = {call for call, found in codes.items() if not found & {200, 201, 202, 204}}
    # What takes an act back needs that act just before; the tests of undo do it.
    unmet -= {call for call in unmet if call.endswith("/undo")} | TAKES_BACK
    assert len(unmet - WITHOUT_SERVICE) <= MOST_UNMET, sorted(unmet)
