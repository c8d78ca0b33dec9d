"""Whatever is done is written down with the name of the one who did it; shares of the budget hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models import Batch, Person, PersonSpending, Revision, Usage, Voice
from tests.fakes.openai_server import FakeOpenAI
from tests.support.factories import added
from tests.support.people import add_person, signed_in, with_token
from tests.web.conftest import KEY, MakeApp


@pytest.fixture
def mara(session: Session) -> Person:
    add_person(session, "owner", name="Olga")
    return add_person(session, "owner", name="Mara")


@pytest.fixture
def client(app: APIFlask, mara: Person) -> FlaskClient:
    return signed_in(app, mara)


@pytest.fixture
def paying(make_app: MakeApp, openai_server: FakeOpenAI) -> APIFlask:
    return make_app(OPENAI_BASE_URL=openai_server.base_url, OPENAI_API_KEY=KEY)


def whos(session: Session, image: dict[str, Any]) -> list[tuple[str, str]]:
    rows = session.query(Revision).filter(Revision.image_id == image["id"]).order_by(Revision.id)
    return [(row.action, row.who) for row in rows]


def test_every_kind_of_change_bears_the_name(client: FlaskClient, session: Session) -> None:
    image = added(client, post_title="Heron", hashtags="herons", category="Prints")
    one = {"select": {"ids": [image["id"]]}}
    done = client.patch("/api/images", json={**one, "set": {"status": "ready"}}).get_json()
    client.post(f"/api/bulk-edits/{done['bulk_edit_id']}/undo")
    client.post("/api/tags/merge", json={"tags": ["#herons"], "into": "#heron"})
    thrown = client.post("/api/images/trash", json=one).get_json()
    client.post(f"/api/bulk-edits/{thrown['bulk_edit_id']}/undo")
    client.delete(f"/api/images/{image['id']}")
    client.post(f"/api/images/{image['id']}/restore")
    told = whos(session, image)
    assert {who for _, who in told} == {"Mara"}
    actions = [action for action, _ in told]
    assert actions.count("trash") == actions.count("untrash") == 2
    assert {"upload", "edit", "restore"} <= set(actions)


def test_the_page_and_the_data_tell_the_name(client: FlaskClient) -> None:
    image = added(client, post_title="Heron")
    assert "Mara added the picture" in client.get(f"/images/{image['id']}").get_data(as_text=True)
    newest = client.get(f"/api/images/{image['id']}/revisions").get_json()["revisions"][0]
    assert newest["by"] == "Mara"


def test_without_accounts_it_is_still_you(app: APIFlask) -> None:
    client = app.test_client()
    image = added(client)
    assert "You added the picture" in client.get(f"/images/{image['id']}").get_data(as_text=True)
    assert client.get(f"/api/images/{image['id']}/revisions").get_json()["revisions"][0]["by"] == "person"


def test_voices_calls_and_batches_bear_the_name(client: FlaskClient, mara: Person, session: Session) -> None:
    image = added(client)
    client.put("/api/voice", json={"choices": {"guide": "Calm."}})
    client.post(f"/api/images/{image['id']}/generate")
    client.post("/api/batches", json={"select": {"ids": [image["id"]]}, "only": "suggest"})
    assert session.query(Voice.who).all() == [("Mara",)]
    assert {(row.person, row.person_id) for row in session.query(Usage)} == {("Mara", mara.id)}
    assert [(row.person, row.person_id) for row in session.query(Batch)] == [("Mara", mara.id)]
    assert "Mara" in client.get("/usage").get_data(as_text=True)


def test_a_call_that_does_not_fit_into_the_share_is_not_made(
    paying: APIFlask, mara: Person, session: Session, openai_server: FakeOpenAI
) -> None:
    session.execute(text("UPDATE person SET budget_usd = 0.000001 WHERE id = :id"), {"id": mara.id})
    session.commit()
    client, other = signed_in(paying, mara), signed_in(paying, add_person(session, "editor"))
    image = added(client)
    answer = client.post(f"/api/images/{image['id']}/generate")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (429, "over_budget")
    assert "Your share of this month" in answer.get_json()["error"]["message"]
    assert openai_server.requests == []
    assert session.query(Usage).count() == 0
    # Nobody else is held up by it.
    assert other.post(f"/api/images/{image['id']}/generate").status_code == 200


def test_the_share_counts_what_calls_really_cost(paying: APIFlask, mara: Person, session: Session) -> None:
    client = signed_in(paying, mara)
    for name in ("a.jpg", "b.jpg"):
        client.post(f"/api/images/{added(client, name)['id']}/generate")
    cost = sum((row.usd for row in session.query(Usage)), Decimal())
    assert cost > 0
    booked = select(PersonSpending.person_id, PersonSpending.usd)
    assert session.execute(booked).all() == [(mara.id, cost)]
    # A call costs less than was held back for it, and the rest is free again.
    session.execute(text("UPDATE person SET budget_usd = :usd WHERE id = :id"), {"usd": cost, "id": mara.id})
    session.commit()
    refused = client.post(f"/api/images/{added(client, 'c.jpg')['id']}/generate")
    assert refused.get_json()["error"]["code"] == "over_budget"
    assert session.query(PersonSpending.usd).scalar() == cost


def test_the_usage_page_shows_ones_own_share(app: APIFlask, mara: Person, session: Session) -> None:
    client = signed_in(app, mara)
    assert "Your share" not in client.get("/usage").get_data(as_text=True)
    session.execute(text("UPDATE person SET budget_usd = 5 WHERE id = :id"), {"id": mara.id})
    session.execute(
        text(
            "INSERT INTO person_spending (person_id, month, usd) "
            "VALUES (:id, date_trunc('month', now() AT TIME ZONE 'UTC'), 1.25)"
        ),
        {"id": mara.id},
    )
    session.commit()
    page = client.get("/usage").get_data(as_text=True)
    assert "Your share" in page
    assert "$1.25 of $5.00" in page


def test_a_token_acts_in_the_name_of_its_person(app: APIFlask, mara: Person, session: Session) -> None:
    script = with_token(app, mara)
    image = added(script)
    assert whos(session, image)[0] == ("upload", "Mara")


def test_words_of_people_are_not_called_ones_own(client: FlaskClient, app: APIFlask, mara: Person) -> None:
    image = added(client, post_title="Heron", description="A heron.")
    page = client.get(f"/images/{image['id']}").get_data(as_text=True)
    assert '<small class="origin" title="by hand">by hand</small>' in page
    assert ">you</small>" not in page
