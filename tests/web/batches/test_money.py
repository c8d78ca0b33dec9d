"""The money of batches on their pages and over the API: who pays, what is left, what is not known, who sees it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.membership import membership
from models import Audit, Batch
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import WORDS, generate, ledger
from tests.support.factories import added
from tests.support.people import add_person, signed_in
from tests.support.spending import spend
from tests.web.batches.test_api import act, look, put, start
from tests.web.conftest import MakeApp, MakeArtist

pytestmark = pytest.mark.slow

UNKNOWN = {
    "OPENAI_BASE_URL": "https://models.example/v1",
    "OPENAI_API_KEY": "sk-test",
    "OPENAI_MODEL": "llava",
}


def words(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


@pytest.fixture
def left_behind(app: APIFlask, session: Session) -> tuple[FlaskClient, dict[str, Any]]:
    """Return an owner, and the batch of an editor whom they have removed."""
    owner = signed_in(app, add_person(session, "owner", email="owner@studio.example"))
    person = add_person(session, "editor", email="ana@studio.example")
    added(owner)
    batch = start(signed_in(app, person))
    session.refresh(person)
    membership.end(session, person)
    session.commit()
    return owner, batch


def test_an_owner_takes_over_what_a_removed_person_left(
    left_behind: tuple[FlaskClient, dict[str, Any]], session: Session
) -> None:
    owner, batch = left_behind
    page = words(owner.get(f"/batches/{batch['id']}"))
    assert "ana@studio.example was removed, so nothing more is spent in their name." in page
    assert "Take it over" in page
    assert "Go on" not in page
    for what in ("resume", "retry"):
        answer = owner.post(f"/api/batches/{batch['id']}/{what}", json={})
        assert answer.status_code == 409
        assert "take it over" in answer.get_json()["error"]["message"]
    taken = act(owner, batch, "take-over")
    assert (taken["person"], taken["state"]) == ("owner@studio.example", "paused")
    assert "Go on" in words(owner.get(f"/batches/{batch['id']}?fragment=live"))
    assert act(owner, batch, "resume")["state"] == "running"
    assert session.query(Audit).filter_by(action="batch taken over").count() == 1
    assert owner.post(f"/api/batches/{batch['id']}/take-over", json={}).status_code == 409
    assert owner.post("/api/batches/9999/take-over", json={}).status_code == 404


def test_what_another_owner_took_over_stays_theirs(
    app: APIFlask, session: Session, left_behind: tuple[FlaskClient, dict[str, Any]]
) -> None:
    owner, batch = left_behind
    other = signed_in(app, add_person(session, "owner", email="other@studio.example"))
    act(owner, batch, "take-over")
    answer = other.post(f"/api/batches/{batch['id']}/take-over", json={})
    assert answer.status_code == 409
    assert answer.get_json()["error"]["message"].startswith("owner@studio.example pays for this batch")


def test_it_is_taken_over_without_javascript_too(left_behind: tuple[FlaskClient, dict[str, Any]]) -> None:
    owner, batch = left_behind
    answer = owner.post(f"/batches/{batch['id']}/take-over", follow_redirects=True)
    assert "owner@studio.example pays for it from now on." in words(answer)


def test_trying_again_forgets_what_was_refused_before(
    left_behind: tuple[FlaskClient, dict[str, Any]], session: Session
) -> None:
    owner, batch = left_behind
    act(owner, batch, "take-over")
    session.execute(text("UPDATE batch SET refused_usd = 5, wait_until = now(), failed = 1"))
    session.execute(text("UPDATE batch_item SET state = 'failed'"))
    session.commit()
    assert act(owner, batch, "retry")["state"] == "running"
    assert session.execute(text("SELECT refused_usd, wait_until FROM batch")).one() == (None, None)


def test_trying_again_asks_for_a_cap_that_covers_another_picture(
    client: FlaskClient, session: Session
) -> None:
    added(client, "one.jpg"), added(client, "two.jpg")
    batch = start(client)
    session.execute(
        text("UPDATE batch_item SET state = 'failed' WHERE id = (SELECT min(id) FROM batch_item)")
    )
    money = "cap_usd = 1, spent_usd = 0.9, refused_usd = 0.2"
    session.execute(text(f"UPDATE batch SET state = 'paused', paused_code = 'cap', {money}"))
    session.commit()
    answer = client.post(f"/api/batches/{batch['id']}/retry", json={})
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "cap_usd")
    assert "Use at least $1.10." in answer.get_json()["error"]["message"]
    assert act(client, batch, "resume", cap_usd=1.1)["state"] == "running"
    assert act(client, batch, "retry")["failed"] == 0


def test_an_editor_cannot_take_over_and_is_told_who_can(
    app: APIFlask, session: Session, left_behind: tuple[FlaskClient, dict[str, Any]]
) -> None:
    _, batch = left_behind
    editor = signed_in(app, add_person(session, "editor"))
    assert editor.post(f"/api/batches/{batch['id']}/take-over", json={}).status_code == 403
    page = words(editor.get(f"/batches/{batch['id']}"))
    assert "An owner can take it over" in page
    assert "Go on" not in page


def test_viewers_see_no_money_and_no_notes(app: APIFlask, session: Session, engine: Engine) -> None:
    owner = signed_in(app, add_person(session, "owner"))
    viewer = signed_in(app, add_person(session, "viewer"))
    added(owner)
    batch = start(owner, note="For the gallery in Oslo", cap_usd=7.25)
    message = "The cap of $7.25 does not cover another picture."
    put(engine, batch, state="paused", paused_code="cap", paused_message=message, spent_usd=Decimal("7.13"))
    answer = viewer.get("/api/batches/active")
    (shown,) = answer.get_json()["batches"]
    assert {name: shown[name] for name in ("usd", "held_usd", "cap_usd", "note", "person")} == dict.fromkeys(
        ("usd", "held_usd", "cap_usd", "note", "person")
    )
    assert (shown["id"], shown["total"], shown["paused"]["code"]) == (batch["id"], 1, "cap")
    assert not re.search(r"Oslo|7\.25|7\.13", answer.text)
    assert owner.get("/api/batches/active").get_json()["batches"][0]["usd"] == 7.13


def test_each_reason_for_leaving_a_picture_out_is_told_by_itself(client: FlaskClient, engine: Engine) -> None:
    for name in ("a.jpg", "b.jpg"):
        added(client, name)
    batch = start(client)
    put(engine, batch, total=40, skipped=10, skipped_trashed=7, skipped_deleted=2, done=30, state="done")
    told = look(client, batch)
    assert told["skipped"] == 10
    assert told["skipped_because"] == {"no_words_needed": 1, "trashed": 7, "deleted": 2}
    page = words(client.get(f"/batches/{batch['id']}"))
    assert "Of the 40 chosen, 1 needs no words, 7 are in the trash and 2 were deleted." in page
    put(engine, batch, skipped=7, skipped_deleted=0)
    page = words(client.get(f"/batches/{batch['id']}"))
    assert "Of the 40 chosen, 7 are in the trash." in page


@pytest.mark.parametrize("cap", [None, 0.005, 0.015])
def test_going_on_needs_a_cap_that_covers_another_picture(
    artist: FlaskClient, engine: Engine, cap: float | None
) -> None:
    added(artist)
    batch = start(artist, cap_usd=0.02)
    put(
        engine,
        batch,
        state="paused",
        paused_code="cap",
        paused_message="Enough.",
        spent_usd=Decimal("0.0099"),
    )
    body = {} if cap is None else {"cap_usd": cap}
    answer = artist.post(f"/api/batches/{batch['id']}/resume", json=body)
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "cap_usd")
    assert "Use at least $0.03." in answer.get_json()["error"]["message"]
    assert look(artist, batch)["state"] == "paused"
    assert act(artist, batch, "resume", cap_usd=0.03)["state"] == "running"


def test_what_the_refused_call_needed_is_what_the_cap_has_to_cover(
    artist: FlaskClient, engine: Engine
) -> None:
    added(artist)
    batch = start(artist, cap_usd=0.02)
    put(engine, batch, state="paused", paused_code="cap", refused_usd=Decimal("0.5"))
    assert artist.post(f"/api/batches/{batch['id']}/resume", json={"cap_usd": 0.4}).status_code == 422
    assert act(artist, batch, "resume", cap_usd=0.5)["state"] == "running"
    with Session(engine) as session:
        assert session.get_one(Batch, batch["id"]).refused_usd is None


def test_without_a_known_price_no_words_are_written(make_app: MakeApp, engine: Engine) -> None:
    client = make_app(**UNKNOWN).test_client()
    image = added(client)
    for answer in (
        generate(client, image["id"]),
        client.post("/api/batches", json={"select": {"filter": {}}}),
        client.post("/api/voice/preview", json={"image_id": image["id"], "choices": {}}),
    ):
        if answer.status_code != 422:
            assert answer.status_code == 503, answer.text
            assert "AI_PRICE_INPUT_USD and AI_PRICE_OUTPUT_USD" in answer.get_json()["error"]["message"]
    assert ledger(engine) == []
    for page in ("/", "/batches/new", "/usage", "/settings", f"/images/{image['id']}"):
        assert "The price of llava is not known" in words(client.get(page)), page


@pytest.mark.parametrize(
    "settings",
    [{"AI_BUDGET_USD_PER_MONTH": "0"}, {"AI_PRICE_INPUT_USD": "1", "AI_PRICE_OUTPUT_USD": "2"}],
)
def test_a_price_or_no_budget_is_enough(make_app: MakeApp, settings: dict[str, str]) -> None:
    client = make_app(**UNKNOWN, **settings).test_client()
    added(client)
    assert client.post("/api/batches", json={"select": {"filter": {}}}).status_code == 202
    assert "is not known" not in words(client.get("/usage"))


def test_a_model_in_ones_own_network_is_free_and_the_page_says_so(
    make_artist: MakeArtist, engine: Engine
) -> None:
    artist = make_artist(OPENAI_MODEL="llava")
    image = added(artist)
    for page in ("/usage", "/batches/new"):
        assert "llava runs on this computer or in a private network" in words(artist.get(page))
    assert generate(artist, image["id"]).status_code == 200
    assert ledger(engine)[0].usd == 0


def test_what_is_booked_at_most_is_shown_apart(client: FlaskClient, session: Session) -> None:
    now = datetime.now(UTC)
    spend(session, now, "0.25")
    spend(session, now, "0.5", state="failed", error="ai_timeout", at_most=True, at_most_usd=Decimal("0.4"))
    session.commit()
    page = words(client.get("/usage"))
    assert "$0.40 of it is booked at most" in page
    assert re.search(r"took too long 1 call \$0\.50 at most", page)
    header, *lines = client.get("/usage.csv").get_data(as_text=True).splitlines()
    assert header.split(",")[-1] == "at_most_usd"
    assert [line.split(",")[-1] for line in lines] == ["0.000000", "0.400000"]


def test_an_answer_says_how_much_of_its_price_is_at_most(
    artist: FlaskClient, openai_server: FakeOpenAI, engine: Engine
) -> None:
    openai_server.script(does.ok(WORDS, usage=None))
    usage = generate(artist, added(artist)["id"]).get_json()["usage"]
    (entry,) = ledger(engine)
    assert usage["usd"] == usage["at_most_usd"] == float(entry.usd) == float(entry.at_most_usd) > 0.009
    assert entry.at_most


def test_the_month_is_a_hard_stop_for_second_asks_too(
    make_artist: MakeArtist, openai_server: FakeOpenAI, engine: Engine
) -> None:
    artist = make_artist(AI_BUDGET_USD_PER_MONTH="0.05")
    dear = {"prompt_tokens": 1_500, "completion_tokens": 7_900}
    openai_server.default = does.says("no JSON", usage=dear)
    image = added(artist)
    answers = [generate(artist, image["id"]).status_code for _ in range(6)]
    assert answers[-1] == 429
    one = Decimal("0.2") * 1_500 / 1_000_000 + Decimal("1.2") * 7_900 / 1_000_000
    assert sum(entry.usd for entry in ledger(engine)) == one * len(openai_server.requests)
    # As far as it goes, and not one request further.
    assert Decimal("0.035") < one * len(openai_server.requests) <= Decimal("0.05")
