"""A picture is drafted once at a time, and words are replaced only by words that are worth as much."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.fakes.openai_behaviours import ok
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import WORDS, generate, now, refine, under_way
from tests.support.factories import added
from tests.web.conftest import MakeApp


def test_a_second_click_while_words_are_on_their_way_is_not_paid(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist)
    with under_way(openai_server, lambda: generate(artist, image["id"])) as first:
        second = generate(artist, image["id"])
        assert (second.status_code, second.get_json()["error"]["code"]) == (429, "rate_limited")
        assert int(second.headers["Retry-After"]) > 0
    assert first.result().status_code == 200
    assert len(openai_server.requests) == 1


def test_placeholder_words_do_not_replace_those_of_a_model(
    make_app: MakeApp, artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist)
    openai_server.script(ok(WORDS))
    generate(artist, image["id"])
    without_key = make_app().test_client()
    body = generate(without_key, image["id"]).get_json()
    assert body["image"]["post_title"] == WORDS["post_title"]
    assert body["suggestion"]["source"] == "placeholder"


def test_a_refinement_that_changes_nothing_gives_no_suggestion(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist, post_title="Mine")
    openai_server.script(ok({"post_title": "Other"}), ok({"post_title": "Mine"}))
    assert refine(artist, image["id"]).get_json()["suggestion"]["fields"] == {"post_title": "Other"}
    assert refine(artist, image["id"]).get_json()["suggestion"] is None
    assert now(artist, image["id"])["suggestion"]["fields"] == {"post_title": "Other"}


def test_feedback_in_a_plain_form_survives_a_failure(make_app: MakeApp) -> None:
    reader = make_app(AI_REQUESTS_PER_MINUTE="1").test_client()
    image = added(reader)
    reader.post(f"/images/{image['id']}/generate")
    answer = reader.post(f"/images/{image['id']}/refine", data={"feedback": "mention the paper"})
    page = reader.get(answer.headers["Location"]).text
    assert 'value="mention the paper"' in page
    assert "Try again in" in page
