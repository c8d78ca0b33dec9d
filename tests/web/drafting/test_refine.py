"""POST /api/images/<id>/refine: from the words as they are and the feedback, always a suggestion."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.fakes.openai_behaviours import ok
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import WORDS, generate, now, refine
from tests.support.factories import added

BETTER = {**WORDS, "post_title": "Quiet", "description": "Dusk on handmade paper."}


def test_even_ai_words_are_only_suggested_to(artist: FlaskClient, openai_server: FakeOpenAI) -> None:
    openai_server.script(ok(WORDS), ok(BETTER))
    image = generate(artist, added(artist)["id"]).get_json()["image"]
    body = refine(artist, image["id"], "shorter, mention the paper").get_json()
    assert body["image"]["post_title"] == WORDS["post_title"]
    assert body["image"]["version"] == image["version"]
    assert body["suggestion"]["fields"] == {
        "post_title": "Quiet",
        "description": "Dusk on handmade paper.",
    }
    assert body["suggestion"]["feedback"] == "shorter, mention the paper"
    assert now(artist, image["id"])["suggestion"] == body["suggestion"]


def test_an_empty_field_is_suggested_too(artist: FlaskClient, openai_server: FakeOpenAI) -> None:
    image = added(artist)
    openai_server.script(ok(BETTER))
    body = refine(artist, image["id"], fields=["post_title"]).get_json()
    assert (body["image"]["post_title"], body["image"]["status"]) == ("", "new")
    assert body["suggestion"]["fields"] == {"post_title": "Quiet"}


def test_the_words_as_they_are_and_the_feedback_are_sent(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist, description="A heron, waiting.", key_points="linocut")
    refine(artist, image["id"], "mention the {paper}")
    sent = openai_server.requests[0].text
    assert "A heron, waiting." in sent
    assert "mention the {paper}" in sent
    assert openai_server.requests[0].fields == ("description",)


def test_earlier_feedback_on_the_same_picture_is_remembered_in_order(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image, other = added(artist, description="Mine."), added(artist, description="Other.")
    refine(artist, other["id"], "about another picture")
    for feedback in ("first wish", "second wish", "third wish"):
        refine(artist, image["id"], feedback)
    sent = openai_server.requests[-1].text
    assert sent.index("first wish") < sent.index("second wish") < sent.index("third wish")
    assert "about another picture" not in sent
    generate(artist, image["id"])
    assert "second wish" in openai_server.requests[-1].text


def test_a_new_suggestion_leaves_what_waits_for_other_fields(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist, post_title="Mine", description="Mine.")
    openai_server.script(ok(WORDS), ok(BETTER))
    generate(artist, image["id"], fields=["description"], note="for the fair")
    body = refine(artist, image["id"], "shorter", fields=["post_title"]).get_json()
    assert body["suggestion"]["fields"] == {"description": WORDS["description"], "post_title": "Quiet"}
    assert (body["suggestion"]["feedback"], body["suggestion"]["note"]) == ("shorter", "")


def test_a_new_suggestion_replaces_the_words_for_the_same_field(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist, post_title="Mine")
    openai_server.script(ok(WORDS), ok(BETTER))
    first = generate(artist, image["id"], fields=["post_title"]).get_json()["suggestion"]
    second = refine(artist, image["id"], "shorter", fields=["post_title"]).get_json()["suggestion"]
    assert (first["fields"]["post_title"], second["fields"]) == (WORDS["post_title"], {"post_title": "Quiet"})
    assert second["id"] != first["id"]


def test_placeholder_words_do_not_take_the_place_of_paid_ones(
    artist: FlaskClient, client: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist, post_title="Mine", description="One sentence. Two sentences. Three. Four.")
    openai_server.script(ok(WORDS))
    paid = generate(artist, image["id"], fields=["post_title"]).get_json()["suggestion"]
    assert refine(client, image["id"], "shorter please").get_json()["image"]["suggestion"] == paid


def test_the_placeholder_writer_says_what_it_cannot_do(client: FlaskClient) -> None:
    image = added(client, description="One sentence. Two sentences. Three. Four.")
    shorter = refine(client, image["id"], "shorter please").get_json()
    assert shorter["suggestion"]["fields"] == {"description": "One sentence. Two sentences."}
    assert "Placeholder" in shorter["suggestion"]["note"]
    assert shorter["suggestion"]["source"] == "placeholder"


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "feedback"),
        ({"feedback": ""}, "feedback"),
        ({"feedback": "   "}, "feedback"),
        ({"feedback": "\u200b"}, "feedback"),
        ({"feedback": "x" * 2001}, "feedback"),
        ({"feedback": "a\0b"}, "feedback"),
        ({"feedback": 7}, "feedback"),
        ({"feedback": "x", "fields": ["status"]}, "fields"),
        ({"feedback": "x", "note": "no"}, "note"),
    ],
)
def test_feedback_that_does_not_fit_is_refused(
    artist: FlaskClient, openai_server: FakeOpenAI, options: dict[str, Any], field: str
) -> None:
    answer = artist.post(f"/api/images/{added(artist)['id']}/refine", json=options)
    assert answer.status_code == 422
    assert answer.get_json()["error"]["field"] == field
    assert openai_server.requests == []


def test_a_reader_without_javascript_refines_with_a_form(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist, description="Mine.")
    openai_server.script(ok(BETTER))
    answer = artist.post(f"/images/{image['id']}/refine", data={"feedback": "warmer\r\nand calmer"})
    assert answer.status_code == 303
    assert now(artist, image["id"])["suggestion"]["feedback"] == "warmer\nand calmer"
