"""Drafts keep to the voice: what code can enforce it does, the rest is asked for once more, then it is said."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from artworks.drafting.calls import reserve_call
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import WORDS, generate, ledger, now, refine
from tests.support.factories import added

DULL = "The description has “dusk”, a word you wanted to avoid."


def speak(client: FlaskClient, **choices: Any) -> None:
    """Save a voice."""
    asked = {"hashtags_least": 0, "hashtags_most": 60, **choices}
    answer = client.put("/api/voice", json={"choices": asked})
    assert answer.status_code == 200, answer.text


def page(client: FlaskClient, image: dict[str, Any]) -> str:
    return client.get(f"/images/{image['id']}").text


def test_a_forbidden_word_is_asked_away_once(
    artist: FlaskClient, openai_server: FakeOpenAI, engine: Engine
) -> None:
    speak(artist, avoid=["dusk"])
    openai_server.script(does.ok(WORDS), does.ok({"description": "Evening.", "hashtags": ["#hills"]}))
    image = added(artist)
    answer = generate(artist, image["id"]).get_json()
    assert answer["image"]["description"] == "Evening."
    assert answer["image"]["hashtags"] == ["#hills"]
    assert answer["image"]["post_title"] == WORDS["post_title"]
    assert answer["warnings"] == []
    assert answer["usage"]["input_tokens"] == 2_400
    assert openai_server.requests[1].fields == ("hashtags", "description")
    assert "leave out “dusk”" in openai_server.requests[1].text
    assert [(call.kind, call.state) for call in ledger(engine)] == [("generate", "ok"), ("rewrite", "ok")]


def test_a_word_that_stays_is_shown_and_not_asked_away_again(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    speak(artist, avoid=["dusk"])
    openai_server.default = does.ok(WORDS)
    image = added(artist)
    answer = generate(artist, image["id"]).get_json()
    assert len(openai_server.requests) == 2
    assert DULL in answer["warnings"]
    assert DULL in page(artist, image)


def test_the_first_words_stay_when_the_second_ask_fails(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    speak(artist, avoid=["dusk"])
    openai_server.script(does.ok(WORDS), does.refusal())
    answer = generate(artist, added(artist)["id"]).get_json()
    assert answer["image"]["description"] == WORDS["description"]
    assert DULL in answer["warnings"]


def test_the_first_words_are_told_when_the_database_fails_at_the_second_ask(
    artist: FlaskClient, openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak(artist, avoid=["dusk"])
    openai_server.script(does.ok(WORDS))
    image, calls = added(artist), count(1)

    def failing(*args: Any, **more: Any) -> Any:
        if next(calls) == 2:
            raise OperationalError("INSERT", {}, Exception("server closed the connection"))
        return reserve_call(*args, **more)

    monkeypatch.setattr("artworks.drafting.calls.reserve_call", failing)
    answer = generate(artist, image["id"])
    assert answer.status_code == 200
    assert answer.get_json()["image"]["description"] == WORDS["description"]
    assert DULL in answer.get_json()["warnings"]


def test_what_a_person_wrote_is_not_judged(artist: FlaskClient) -> None:
    speak(artist, avoid=["dusk"])
    assert DULL not in page(artist, added(artist, description="Dusk, in my own words"))


def test_too_many_hashtags_are_cut_from_the_end_without_another_ask(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    speak(artist, hashtags_most=3, always_hashtags=["#studio"])
    openai_server.default = does.ok({**WORDS, "hashtags": ["#a1", "#b2", "#c3", "#d4"]})
    answer = generate(artist, added(artist)["id"]).get_json()
    assert answer["image"]["hashtags"] == ["#studio", "#a1", "#b2"]
    assert len(openai_server.requests) == 1


def test_too_few_hashtags_are_asked_for_once_more(artist: FlaskClient, openai_server: FakeOpenAI) -> None:
    speak(artist, hashtags_least=4)
    more = ["#dusk", "#hills", "#quiet", "#evening"]
    openai_server.script(does.ok(WORDS), does.ok({"hashtags": more}))
    answer = generate(artist, added(artist)["id"]).get_json()
    assert answer["image"]["hashtags"] == more
    assert openai_server.requests[1].fields == ("hashtags",)


def test_a_suggestion_is_mended_in_place(artist: FlaskClient, openai_server: FakeOpenAI) -> None:
    speak(artist, avoid=["dusk"])
    image = added(artist, post_title="Mine", description="Mine too")
    openai_server.script(
        does.ok({"post_title": "New", "description": "Dusk again."}), does.ok({"description": "Evening."})
    )
    answer = refine(artist, image["id"], fields=["post_title", "description"]).get_json()
    assert answer["suggestion"]["fields"] == {"post_title": "New", "description": "Evening."}
    assert answer["suggestion"]["feedback"] == "shorter"
    assert now(artist, image["id"])["description"] == "Mine too"


def test_words_that_a_person_changes_during_the_second_ask_stay(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    speak(artist, avoid=["dusk"])
    image = added(artist)

    def meanwhile(reply: Any) -> None:
        current = now(artist, image["id"])
        body = {"version": current["version"], "description": "My own"}
        assert artist.patch(f"/api/images/{image['id']}", json=body).status_code == 200
        does.ok({"description": "Evening.", "hashtags": ["#hills"]})(reply)

    openai_server.script(does.ok(WORDS), meanwhile)
    generate(artist, image["id"])
    assert now(artist, image["id"])["description"] == "My own"


def test_the_voices_language_counts_unless_another_is_asked_for(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    speak(artist, language="pt-BR")
    generate(artist, added(artist)["id"])
    generate(artist, added(artist)["id"], language="fr")
    said = [seen.text for seen in openai_server.requests]
    assert "language with the code pt-BR" in said[0]
    assert "language with the code fr" in said[1]


def test_a_draft_remembers_its_version_of_the_voice(artist: FlaskClient) -> None:
    speak(artist, guide="Plain.")
    speak(artist, guide="Plainer.")
    image = added(artist)
    generate(artist, image["id"])
    speak(artist, guide="Plainest.")
    assert "voice 2</a>" in page(artist, image)


@pytest.mark.parametrize("field", ["post_title", "description"])
def test_placeholder_words_are_not_judged(client: FlaskClient, field: str) -> None:
    speak(client, avoid=["picture", "heron"])
    answer = generate(client, added(client)["id"], fields=[field]).get_json()
    assert answer["source"] == "placeholder"
    assert "wanted to avoid" not in page(client, answer["image"])
