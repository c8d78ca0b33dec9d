"""Batches over the API: chosen, estimated, started and watched."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text, update
from sqlalchemy.orm import Session

from models import Batch, BatchItem
from tests.support.batching import items
from tests.support.factories import added
from tests.support.material import row
from tests.support.spending import spend

EVERYTHING: dict[str, Any] = {"filter": {}}
ACTS = ("pause", "resume", "cancel", "retry")


def start(client: FlaskClient, select: dict[str, Any] = EVERYTHING, **choices: Any) -> dict[str, Any]:
    answer = client.post("/api/batches", json={"select": select, **choices})
    assert answer.status_code == 202, answer.text
    batch: dict[str, Any] = answer.get_json()
    return batch


def act(client: FlaskClient, batch: dict[str, Any], what: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/batches/{batch['id']}/{what}", json=body)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.get_json()
    return changed


def look(client: FlaskClient, batch: dict[str, Any], query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/batches/{batch['id']}{query}").get_json()
    return found


def put(engine: Engine, batch: dict[str, Any], **values: Any) -> None:
    """Bring a batch into a state as its worker would have left it."""
    with Session(engine) as session:
        session.execute(update(Batch).where(Batch.id == batch["id"]).values(**values))
        session.commit()


def fail(engine: Engine, batch: dict[str, Any]) -> None:
    """Let every picture of a batch fail, which ends it."""
    with Session(engine) as session:
        failing = update(BatchItem).where(BatchItem.batch_id == batch["id"])
        session.execute(failing.values(state="failed", message="Declined.", finished_at=datetime.now(UTC)))
        session.commit()


def queued_tasks(engine: Engine) -> int:
    with engine.connect() as connection:
        query = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'batches.work'")
        return int(connection.scalar(query) or 0)


# Choosing


def test_ticked_pictures_are_chosen_by_their_ids(client: FlaskClient, engine: Engine) -> None:
    first, second, _ = (added(client, name)["id"] for name in ("a.jpg", "b.jpg", "c.jpg"))
    batch = start(client, {"ids": [second, first, second]})
    assert (batch["state"], batch["total"], batch["left"]) == ("running", 2, 2)
    assert batch["about"] == "2 ticked pictures"
    assert {item.image_id for item in items(engine, batch["id"])} == {first, second}
    assert queued_tasks(engine) == 2


@pytest.mark.parametrize(
    ("chosen", "about"),
    [
        ({}, "everything"),
        ({"status": "new"}, "everything new"),
        ({"status": "draft", "tag": "heron"}, "every draft tagged #heron"),
        (
            {"category": "Prints", "tag": "#heron", "q": "dusk"},
            "everything in Prints, tagged #heron, with “dusk”",
        ),
    ],
)
def test_a_filter_is_said_in_words(
    client: FlaskClient, session: Session, chosen: dict[str, str], about: str
) -> None:
    words: dict[str, Any] = {"category": "Prints", "hashtags": ["#heron"], "post_title": "Heron at dusk"}
    row(session, **words, status="draft")
    row(session, **words, status="new")
    session.commit()
    assert start(client, {"filter": chosen})["about"] == about


def test_a_batch_of_a_collection_or_a_colour_is_not_of_everything(
    client: FlaskClient, session: Session
) -> None:
    image = added(client)
    show = client.post("/api/collections", json={"name": "Spring show"}).get_json()["id"]
    client.post(f"/api/collections/{show}/images", json={"ids": [image["id"]]})
    chosen = {"collection": str(show)}
    assert "for everything in collection Spring show " in " ".join(
        re.sub(r"<[^>]+>", " ", client.get("/batches/new", query_string=chosen).text).split()
    )
    batch = start(client, {"filter": chosen})
    assert batch["about"] == "everything in collection Spring show"
    told = session.scalar(text("SELECT target FROM audit WHERE action = 'batch started'"))
    assert told == batch["about"]


def test_a_filter_is_fixed_when_the_batch_starts(client: FlaskClient, engine: Engine) -> None:
    there = added(client, "there.jpg", category="Prints")
    added(client, "elsewhere.jpg")
    batch = start(client, {"filter": {"category": "prints"}})
    added(client, "later.jpg", category="Prints")
    assert [item.image_id for item in items(engine, batch["id"])] == [there["id"]]
    assert look(client, batch)["total"] == 1


def test_pictures_in_the_trash_are_never_chosen(client: FlaskClient) -> None:
    kept, thrown = added(client, "a.jpg"), added(client, "b.jpg")
    client.delete(f"/api/images/{thrown['id']}")
    assert start(client, {"ids": [kept["id"], thrown["id"]]})["about"] == "1 ticked picture"


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({}, "select"),
    ({"select": {}}, "select"),
    ({"select": {"ids": [1], "filter": {}}}, "select"),
    ({"select": {"ids": []}}, "select"),
    ({"select": {"ids": [0]}}, "select"),
    ({"select": {"ids": ["x"]}}, "select"),
    ({"select": {"ids": [2**63]}}, "select"),
    ({"select": {"ids": [4711]}}, "select"),
    ({"select": {"filter": {"colours": "red"}}}, "select"),
    ({"select": {"filter": {"q": "nothing of the kind"}}}, "select"),
    ({"select": {"filter": {"status": "gone"}}}, "select"),
    ({"select": EVERYTHING, "colour": "red"}, "colour"),
    ({"select": EVERYTHING, "fields": []}, "fields"),
    ({"select": EVERYTHING, "fields": ["status"]}, "fields"),
    ({"select": EVERYTHING, "only": "all"}, "only"),
    ({"select": EVERYTHING, "language": "no language"}, "language"),
    ({"select": EVERYTHING, "note": "x" * 2001}, "note"),
    ({"select": EVERYTHING, "tier": "fast"}, "tier"),
    ({"select": EVERYTHING, "tier": "flex"}, "tier"),
    ({"select": EVERYTHING, "cap_usd": 0}, "cap_usd"),
    ({"select": EVERYTHING, "cap_usd": -1}, "cap_usd"),
    ({"select": EVERYTHING, "cap_usd": "much"}, "cap_usd"),
]


def test_what_does_not_fit_is_refused_by_name(client: FlaskClient) -> None:
    added(client)
    for body, field in UNFIT:
        answer = client.post("/api/batches", json=body)
        assert answer.status_code == 422, (body, answer.text)
        assert answer.get_json()["error"]["field"] == field, body
        assert client.get("/api/batches").get_json()["batches"] == [], body


@pytest.mark.parametrize(
    "body", [{"select": {"ids": [1], "filter": {}}}, {"select": EVERYTHING, "only": "no"}]
)
def test_an_estimate_refuses_the_same(client: FlaskClient, body: dict[str, Any]) -> None:
    assert client.post("/api/batches/estimate", json=body).status_code == 422


def test_nothing_to_write_is_said_before_it_starts(client: FlaskClient) -> None:
    added(client, post_title="Mine")
    answer = client.post("/api/batches", json={"select": EVERYTHING, "fields": ["post_title"]})
    assert answer.status_code == 422
    assert "already" in answer.get_json()["error"]["message"]


def test_a_cap_below_one_picture_is_refused(artist: FlaskClient) -> None:
    added(artist)
    answer = artist.post("/api/batches", json={"select": EVERYTHING, "cap_usd": 0.001})
    assert answer.status_code == 422
    assert "at least $0.0" in answer.get_json()["error"]["message"]


def test_a_batch_keeps_what_was_asked_for(artist: FlaskClient) -> None:
    added(artist)
    asked: dict[str, Any] = {
        "fields": ["alt_text"],
        "only": "suggest",
        "note": "The Coast series",
        "language": "pt-BR",
    }
    batch = start(artist, **asked, tier="flex", cap_usd=0.5)
    assert {name: batch[name] for name in asked} == asked
    assert (batch["tier"], batch["cap_usd"], batch["usd"], batch["lost"]) == ("flex", 0.5, 0, 0)
    assert (batch["paused"], batch["finished_at"]) == (None, None)
    assert look(artist, batch)["failures"] == []


# Estimating


def estimated(client: FlaskClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/batches/estimate", json={"select": EVERYTHING, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_an_estimate_counts_what_is_still_to_be_written(artist: FlaskClient) -> None:
    added(artist, "a.jpg", post_title="Mine", key_points="linocut")
    added(artist, "b.jpg")
    found = estimated(artist, fields=["post_title"])
    assert (found["images"], found["chosen"]) == (1, 2)
    assert 0 < found["usd"] < found["least_cap_usd"]
    assert estimated(artist, fields=["post_title"], only="suggest")["images"] == 2
    # Beside key points of a person's own nothing is suggested.
    assert estimated(artist, fields=["key_points"], only="suggest")["images"] == 1


def test_before_any_call_the_estimate_is_a_guess_and_then_it_is_measured(
    artist: FlaskClient, session: Session
) -> None:
    for name in ("a.jpg", "b.jpg"):
        added(artist, name)
    assert estimated(artist)["measured"] is False
    for _ in range(3):
        spend(session, datetime.now(UTC), input_tokens=1_000_000, output_tokens=0, seconds=120.0)
    session.commit()
    found = estimated(artist)
    assert (found["measured"], found["usd"]) == (True, pytest.approx(0.4))
    assert found["seconds"] >= 30
    assert estimated(artist, tier="flex")["measured"] is False


def test_placeholder_words_cost_nothing(client: FlaskClient) -> None:
    added(client)
    found = estimated(client)
    assert (found["usd"], found["least_cap_usd"], found["measured"]) == (0, 0, False)


# Watching


def test_a_missing_batch_is_404(client: FlaskClient) -> None:
    assert client.get("/api/batches/4711").status_code == 404
    assert client.get(f"/api/batches/{2**70}").status_code == 404
    for what in ACTS:
        assert client.post(f"/api/batches/4711/{what}", json={}).status_code == 404, what


def test_other_sites_can_start_and_change_nothing(client: FlaskClient) -> None:
    added(client)
    batch = start(client)
    foreign = {"Sec-Fetch-Site": "cross-site"}
    for path in ("", "/estimate", *(f"/{batch['id']}/{what}" for what in ACTS)):
        answer = client.post(f"/api/batches{path}", json={"select": EVERYTHING}, headers=foreign)
        assert answer.status_code == 403, path
    assert look(client, batch)["state"] == "running"
    assert len(client.get("/api/batches").get_json()["batches"]) == 1


def test_batches_are_listed_newest_first_and_paged(client: FlaskClient) -> None:
    added(client)
    ids = [start(client)["id"] for _ in range(3)]
    page = client.get("/api/batches?limit=2").get_json()
    assert [batch["id"] for batch in page["batches"]] == ids[:0:-1]
    rest = client.get(f"/api/batches?limit=2&before={page['next']}").get_json()
    assert ([batch["id"] for batch in rest["batches"]], rest["next"]) == (ids[:1], None)


@pytest.mark.parametrize("query", ["before=x", "before=-1", "limit=0", "limit=201", "after=1"])
def test_a_page_that_cannot_be_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/api/batches?{query}").status_code == 422


def test_only_what_is_at_work_is_active(client: FlaskClient, engine: Engine) -> None:
    added(client)
    running, paused, done = (start(client) for _ in range(3))
    act(client, paused, "pause")
    put(engine, done, state="done", done=1)
    answer = client.get("/api/batches/active").get_json()
    assert [batch["id"] for batch in answer["batches"]] == [running["id"], paused["id"]]
    assert abs(datetime.now(UTC) - datetime.fromisoformat(answer["now"])) < timedelta(minutes=1)


def test_pages_learn_which_pictures_were_finished_since(client: FlaskClient, engine: Engine) -> None:
    early, late, _ = (added(client, name)["id"] for name in ("a.jpg", "b.jpg", "c.jpg"))
    batch = start(client)
    assert look(client, batch)["written"] is None
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
    with Session(engine) as session:
        for image_id, at in ((early, moment), (late, moment + timedelta(hours=1))):
            item = update(BatchItem).where(BatchItem.image_id == image_id)
            session.execute(item.values(state="done", finished_at=at))
        session.commit()
    assert look(client, batch, "?since=2026-11-01T12:00:00Z")["written"] == [late, early]
    assert look(client, batch, "?since=2026-11-01T12:30:00Z")["written"] == [late]


@pytest.mark.parametrize("since", ["yesterday", "2026-11-01T12:00:00", "2026-13-01T12:00:00Z"])
def test_a_moment_that_is_none_is_refused(client: FlaskClient, since: str) -> None:
    added(client)
    batch = start(client)
    answer = client.get(f"/api/batches/{batch['id']}?since={since}")
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "since")
