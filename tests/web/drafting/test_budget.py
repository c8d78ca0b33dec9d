"""The month's money: every call is written down, and the budget is a hard stop."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from models import Usage
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import WORDS, generate, ledger, now, refine, under_way
from tests.support.factories import added
from tests.web.conftest import MakeApp, MakeArtist

# More than any answer may cost at the price of the default model is held back for each of a call's three attempts.
LEAST, MOST = Decimal("0.009"), Decimal("0.02")


def test_each_call_is_written_down_with_its_tokens_and_cost(artist: FlaskClient, engine: Engine) -> None:
    image = added(artist)
    generate(artist, image["id"])
    refine(artist, image["id"])
    first, second = ledger(engine)
    assert (first.kind, second.kind) == ("generate", "refine")
    for entry in (first, second):
        assert (entry.state, entry.error, entry.image_id) == ("ok", "", image["id"])
        assert (entry.source, entry.model) == ("openai", "gpt-5.6-luna")
        assert (entry.input_tokens, entry.output_tokens, entry.usd) == (1200, 300, Decimal("0.0006"))
        assert entry.seconds is not None


def test_an_answer_that_took_two_asks_costs_both(
    artist: FlaskClient, openai_server: FakeOpenAI, engine: Engine
) -> None:
    openai_server.script(does.says("Sorry, no JSON today."), does.ok(WORDS))
    body = generate(artist, added(artist)["id"]).get_json()
    assert body["usage"] == {"input_tokens": 2400, "output_tokens": 600, "usd": 0.0012, "at_most_usd": 0.0}
    assert ledger(engine)[0].usd == Decimal("0.0012")


def test_money_is_held_back_during_a_call_and_settled_after_it(
    artist: FlaskClient, openai_server: FakeOpenAI, engine: Engine
) -> None:
    image = added(artist)
    with under_way(openai_server, lambda: generate(artist.application.test_client(), image["id"])):
        (entry,) = ledger(engine)
        assert entry.state == "reserved"
        assert 3 * LEAST < entry.usd < 3 * MOST
    assert [(entry.state, entry.usd) for entry in ledger(engine)] == [("ok", Decimal("0.0006"))]


def test_a_used_up_budget_stops_further_calls(
    make_artist: MakeArtist, openai_server: FakeOpenAI, engine: Engine
) -> None:
    artist = make_artist(AI_BUDGET_USD_PER_MONTH="0.02")
    image = added(artist)
    openai_server.script(does.ok(WORDS, usage={"prompt_tokens": 60_000, "completion_tokens": 0}))
    assert generate(artist, image["id"]).status_code == 200
    before = now(artist, image["id"])
    answer = generate(artist, image["id"])
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (429, "over_budget")
    assert 0 < int(answer.headers["Retry-After"]) <= 31 * 86_400
    assert now(artist, image["id"]) == before
    assert len(openai_server.requests) == len(ledger(engine)) == 1


def test_a_call_on_its_way_counts_for_the_next_one(
    make_artist: MakeArtist, openai_server: FakeOpenAI
) -> None:
    one, two = (make_artist(AI_BUDGET_USD_PER_MONTH="0.02") for _ in range(2))
    image, other = added(one), added(one)
    with under_way(openai_server, lambda: generate(one, image["id"])) as call:
        second = generate(two, other["id"])
    assert (second.status_code, second.get_json()["error"]["code"]) == (429, "rate_limited")
    assert "are under way" in second.get_json()["error"]["message"]
    assert 0 < int(second.headers["Retry-After"]) <= 10
    assert call.result().status_code == 200
    assert generate(two, other["id"]).status_code == 200


def test_money_of_other_months_does_not_count(make_artist: MakeArtist, engine: Engine) -> None:
    artist = make_artist(AI_BUDGET_USD_PER_MONTH="0.02")
    image = added(artist)
    generate(artist, image["id"])
    with engine.begin() as connection:
        connection.execute(text("UPDATE usage SET usd = 5, at = date_trunc('month', now()) - interval '1 s'"))
    assert generate(artist, image["id"]).status_code == 200


def test_without_a_budget_nothing_is_too_much(make_artist: MakeArtist, engine: Engine) -> None:
    artist = make_artist(AI_BUDGET_USD_PER_MONTH="0")
    image = added(artist)
    add_cost(engine, Decimal(1_000_000))
    assert generate(artist, image["id"]).status_code == 200


def add_cost(engine: Engine, usd: Decimal) -> None:
    """Write down a call of this month."""
    with engine.begin() as connection:
        connection.execute(
            Usage.__table__.insert(),  # type: ignore[attr-defined]
            {
                "kind": "generate",
                "source": "openai",
                "model": "m",
                "state": "ok",
                "usd": usd,
                "at": datetime.now(UTC),
            },
        )


def test_placeholder_words_cost_nothing_and_need_no_budget(make_app: MakeApp, engine: Engine) -> None:
    client = make_app(AI_BUDGET_USD_PER_MONTH="0.01").test_client()
    add_cost(engine, Decimal(5))
    answer = generate(client, added(client)["id"])
    assert answer.status_code == 200
    assert answer.get_json()["usage"] == {
        "input_tokens": 0,
        "output_tokens": 0,
        "usd": 0.0,
        "at_most_usd": 0.0,
    }
    assert [entry.source for entry in ledger(engine)][1:] == ["placeholder"]
