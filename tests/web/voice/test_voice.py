"""The voice over HTTP: read, save, go back, try on a picture."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from artworks.voice.settings import Choices
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import WORDS, generate, ledger, now, under_way
from tests.support.factories import added
from tests.support.program import PATIENCE
from tests.web.conftest import MakeArtist

USUAL = Choices().to_dict()
DRY = {
    **USUAL,
    "guide": "Dry & <short>.",
    "avoid": ["stunning"],
    "emoji": False,
    "always_hashtags": ["#lino"],
}
FORM = {
    "version": "0",
    "guide": "Dry & <short>.",
    "avoid": "stunning",
    "emoji": "no",
    "always_hashtags": "#lino",
}


def put(client: FlaskClient, choices: dict[str, Any], version: int | None = None) -> dict[str, Any]:
    """Save a voice and give the answer."""
    answer = client.put("/api/voice", json={"choices": choices, "version": version})
    assert answer.status_code == 200, answer.text
    saved: dict[str, Any] = answer.get_json()
    return saved


def try_on(client: FlaskClient, image_id: int, choices: dict[str, Any] | None = None) -> TestResponse:
    """Try a voice on a picture."""
    return client.post("/api/voice/preview", json={"image_id": image_id, "choices": choices or DRY})


def page(answer: TestResponse) -> str:
    """Read a page."""
    return answer.get_data(as_text=True)


def test_before_the_first_save_the_usual_choices_are_in_force(client: FlaskClient) -> None:
    body = client.get("/api/voice").get_json()
    assert (body["version"], body["created_at"], body["choices"]) == (0, None, USUAL)
    shown = page(client.get("/settings/voice"))
    assert "drafts sound as usual" in shown
    assert "/settings/voice" in page(client.get("/settings"))


def test_a_saved_voice_is_in_force_and_an_unchanged_one_is_no_new_version(client: FlaskClient) -> None:
    saved = put(client, DRY)
    assert (saved["number"], saved["by"], saved["choices"]) == (1, "person", DRY)
    assert put(client, DRY, saved["version"])["version"] == saved["version"]
    assert client.get("/api/voice").get_json() == saved


def test_choices_that_are_left_out_are_as_usual(client: FlaskClient) -> None:
    assert put(client, {"guide": "Dry."})["choices"] == {**USUAL, "guide": "Dry."}


def test_nothing_is_saved_over_a_version_that_nobody_saw(client: FlaskClient) -> None:
    first = put(client, DRY)
    theirs = put(client, {**DRY, "guide": "Theirs."}, first["version"])
    body = {"choices": {**DRY, "guide": "Mine."}, "version": first["version"]}
    answer = client.put("/api/voice", json=body)
    assert (answer.status_code, answer.get_json()["current"]) == (409, theirs)
    assert "Version 2 is in use now" in answer.get_json()["error"]["message"]
    assert client.get("/api/voice").get_json() == theirs
    # The same words from both sides are no clash, and having seen theirs one may go on.
    assert put(client, {**DRY, "guide": "Theirs."}, first["version"]) == theirs
    assert put(client, body["choices"], theirs["version"])["number"] == 3


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        ({"samples": ["x"] * 6}, "samples"),
        ({"hashtags_least": 9, "hashtags_most": 3}, "hashtags_least"),
        ({"avoid": ["a"], "always": ["A"]}, "avoid"),
        ({"guide": "x" * 4001}, "guide"),
        ({"person": "second"}, "choices"),
        ({"tone": "dry"}, "choices"),
        ({"guide": 5}, "choices"),
    ],
)
def test_choices_that_do_not_fit_are_refused_and_save_nothing(
    client: FlaskClient, choices: dict[str, Any], field: str
) -> None:
    image = added(client)
    for answer in (client.put("/api/voice", json={"choices": choices}), try_on(client, image["id"], choices)):
        assert answer.status_code == 422
        assert answer.get_json()["error"]["field"] == field
    assert client.get("/api/voice").get_json()["version"] == 0


@pytest.mark.parametrize(
    "body", [{}, {"choices": []}, {"choices": {}, "version": -1}, {"choices": {}, "x": 1}, []]
)
def test_other_shapes_are_refused(client: FlaskClient, body: Any) -> None:
    assert client.put("/api/voice", json=body).status_code == 422


def test_the_form_saves_and_brings_everything_back(client: FlaskClient) -> None:
    typed = {
        **FORM,
        "guide": "Dry.\r\nShort.",
        "samples": ["One.", "", "Two."],
        "always": "hand-printed\r\nby hand, edition of 40",
        "person": "first",
        "language": "nb",
        "hashtags_least": "2",
        "hashtags_most": "7",
        "always_hashtags": "lino #oslo",
        "title_most": "60",
        "description_least": "",
        "description_most": "400",
    }
    answer = client.post("/settings/voice", data=typed)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings/voice")
    assert client.get("/api/voice").get_json()["choices"] == {
        "guide": "Dry.\nShort.",
        "samples": ["One.", "Two."],
        "avoid": ["stunning"],
        "always": ["hand-printed", "by hand", "edition of 40"],
        "person": "first",
        "emoji": False,
        "language": "nb",
        "hashtags_least": 2,
        "hashtags_most": 7,
        "always_hashtags": ["#lino", "#oslo"],
        "title_most": 60,
        "description_least": 0,
        "description_most": 400,
    }
    shown = page(client.get("/settings/voice"))
    assert "Saved. New words will sound like version 1." in shown
    assert "hand-printed\nby hand\nedition of 40</textarea>" in shown
    assert '<option value="nb" selected>' in shown


def test_the_form_escapes_what_was_typed(client: FlaskClient) -> None:
    client.post("/settings/voice", data={**FORM, "guide": "</textarea><script>", "language": "x-y<"})
    answer = client.post("/settings/voice", data={**FORM, "guide": "</textarea><script>", "language": "x<"})
    assert answer.status_code == 422
    assert "<script>" not in page(answer)
    assert "&lt;/textarea&gt;&lt;script&gt;" in page(answer)


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (
            {"hashtags_least": "20", "hashtags_most": "3"},
            "The fewest hashtags (20) are more than the most (3).",
        ),
        ({"hashtags_most": "many"}, "The number of hashtags must be a whole number."),
        ({"title_most": ""}, "The length of the title must be a whole number."),
        ({"title_most": "²"}, "The length of the title must be a whole number."),
        ({"description_most": "9" * 30}, "must be a whole number"),
        ({"always": "Stunning"}, "“stunning” is to be avoided, and yet “Stunning” is to be used."),
        ({"emoji": "perhaps"}, "Choose emoji, none, or no rule."),
        ({"samples": ["a"] * 6}, "There are 6 samples."),
        ({"always_hashtags": "x" * 101}, "A hashtag is longer than 100 characters."),
        ({"language": "!"}, "The language must be a code"),
    ],
)
def test_a_mistake_brings_the_form_back_as_it_was_typed(
    client: FlaskClient, mistake: dict[str, Any], said: str
) -> None:
    answer = client.post("/settings/voice", data={**FORM, "guide": "Typed  with care", **mistake})
    assert answer.status_code == 422
    shown = page(answer)
    assert said in shown
    assert "Typed  with care" in shown
    assert "Nothing was saved yet." in shown
    assert 'aria-invalid="true"' in shown or "emoji" in mistake or "language" in mistake
    assert client.get("/api/voice").get_json()["version"] == 0


def test_a_form_without_its_version_is_refused(client: FlaskClient) -> None:
    answer = client.post("/settings/voice", data={"guide": "x"}, blind=True)
    assert answer.status_code == 422
    assert "Load the page again" in page(answer)


def test_a_form_from_an_older_version_comes_back_and_is_saved_the_second_time(client: FlaskClient) -> None:
    first = put(client, DRY)
    theirs = put(client, {**DRY, "guide": "Theirs."})
    answer = client.post("/settings/voice", data={**FORM, "version": str(first["version"]), "guide": "Mine."})
    shown = page(answer)
    assert (answer.status_code, "Mine.</textarea>" in shown) == (409, True)
    assert "Version 2 is in use now and in the list." in shown
    assert f'name="version" value="{theirs["version"]}"' in shown
    assert client.get("/api/voice").get_json() == theirs
    mine = {**FORM, "version": str(theirs["version"]), "guide": "Mine."}
    assert client.post("/settings/voice", data=mine).status_code == 303
    client.post("/settings/voice", data={**mine, "version": str(theirs["version"] + 1)})
    assert "Nothing was changed. Version 3 stays in use." in page(client.get("/settings/voice"))


def test_going_back_to_a_version_makes_it_the_newest(client: FlaskClient) -> None:
    first = put(client, DRY)
    put(client, {**DRY, "guide": "Warm."})
    answer = client.post(f"/settings/voice/{first['version']}/restore")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings/voice")
    body = client.get("/api/voice").get_json()
    assert (body["number"], body["choices"]) == (3, DRY)
    assert "Back to version 1. It is kept as version 3." in page(client.get("/settings/voice"))
    client.post(f"/settings/voice/{first['version']}/restore")
    assert client.get("/api/voice").get_json() == body
    assert client.post("/settings/voice/4711/restore").status_code == 404
    stale = client.post(f"/settings/voice/{first['version'] + 1}/restore", data={"version": "1"})
    assert (stale.status_code, "Version 3 is in use now" in page(stale)) == (409, True)
    assert client.get("/api/voice").get_json() == body


def test_the_list_names_each_version_and_what_it_changed(client: FlaskClient) -> None:
    put(client, {**USUAL, "guide": "Dry."})
    put(client, {**USUAL, "guide": "Dry.", "emoji": True, "hashtags_least": 1, "hashtags_most": 2})
    shown = " ".join(page(client.get("/settings/voice?fragment=versions")).split())
    assert "<html" not in shown
    assert "Changed: emoji, number of hashtags<" in shown
    assert "Changed: style guide<" in shown
    assert shown.index("Version 2") < shown.index("Version 1")
    assert shown.count("Go back to this") == 1


def test_trying_changes_nothing_but_the_ledger(
    artist: FlaskClient, openai_server: FakeOpenAI, engine: Engine
) -> None:
    image = added(artist, post_title="Mine")
    words = {**WORDS, "description": "A stunning dusk ✨.", "hashtags": ["#dusk", "#LINO", "#✨"]}
    openai_server.script(does.ok(words))
    body = try_on(artist, image["id"]).get_json()
    assert body["fields"]["post_title"] == WORDS["post_title"]
    assert body["fields"]["description"] == "A stunning dusk."
    assert body["fields"]["hashtags"] == ["#lino", "#dusk"]
    assert body["problems"] == [
        "There are 2 hashtags; you wanted at least 5.",
        "The description has “stunning”, a word you wanted to avoid.",
    ]
    assert body["usage"] == {"input_tokens": 1200, "output_tokens": 300, "usd": 0.0006, "at_most_usd": 0.0}
    assert body["source"] == "openai"
    assert now(artist, image["id"]) == image
    assert artist.get("/api/voice").get_json()["version"] == 0
    assert len(artist.get(f"/api/images/{image['id']}/revisions").get_json()["revisions"]) == 2
    [entry] = ledger(engine)
    assert (entry.kind, entry.state, entry.image_id, float(entry.usd)) == (
        "preview",
        "ok",
        image["id"],
        0.0006,
    )


def test_what_is_tried_is_said_to_the_model_and_not_what_is_saved(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist)
    put(artist, {**USUAL, "guide": "Saved guide"})
    try_on(artist, image["id"], {**DRY, "guide": "Tried guide", "language": "nb"})
    told = str(openai_server.requests[-1].body)
    assert "Tried guide" in told
    assert "Saved guide" not in told
    assert "the code nb" in told


def test_drafts_follow_the_saved_voice_and_remember_it(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist)
    put(artist, {**DRY, "hashtags_least": 0})
    openai_server.default = does.ok({**WORDS, "description": "Dusk ✨ settles."})
    body = generate(artist, image["id"]).get_json()
    assert body["image"]["description"] == "Dusk settles."
    assert body["image"]["hashtags"] == ["#lino", *WORDS["hashtags"]]
    assert "Dry & " in str(openai_server.requests[0].body)


def test_a_picture_that_is_not_there_cannot_be_tried(client: FlaskClient) -> None:
    assert try_on(client, 4711).status_code == 404
    image = added(client)
    client.delete(f"/api/images/{image['id']}")
    assert try_on(client, image["id"]).status_code == 404
    for wrong in (0, -1, "x", None, 2**70):
        body = {"image_id": wrong, "choices": DRY}
        assert client.post("/api/voice/preview", json=body).status_code == 422


def test_trying_keeps_to_the_rate_limit(make_artist: MakeArtist) -> None:
    artist = make_artist(AI_REQUESTS_PER_MINUTE="1")
    image = added(artist)
    assert try_on(artist, image["id"]).status_code == 200
    answer = try_on(artist, image["id"])
    assert answer.status_code == 429
    assert answer.get_json()["error"]["code"] == "rate_limited"
    assert int(answer.headers["Retry-After"]) > 0


def test_trying_keeps_to_the_budget(make_artist: MakeArtist, openai_server: FakeOpenAI) -> None:
    artist = make_artist(AI_BUDGET_USD_PER_MONTH="0.00001")
    answer = try_on(artist, added(artist)["id"])
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (429, "over_budget")
    assert openai_server.requests == []


def test_a_wrong_key_says_so(artist: FlaskClient, openai_server: FakeOpenAI, engine: Engine) -> None:
    openai_server.default = does.wrong_key()
    answer = try_on(artist, added(artist)["id"])
    assert answer.status_code == 503
    assert "key" in answer.get_json()["error"]["message"]
    assert [entry.state for entry in ledger(engine)] == ["failed"]


def test_a_picture_is_tried_once_at_a_time(artist: FlaskClient, openai_server: FakeOpenAI) -> None:
    image = added(artist)
    with under_way(openai_server, lambda: try_on(artist, image["id"])) as first:
        second = artist.application.test_client()
        assert try_on(second, image["id"]).status_code == 429
    assert first.result(PATIENCE).status_code == 200


def test_without_a_key_the_words_are_placeholders(client: FlaskClient) -> None:
    body = try_on(client, added(client)["id"]).get_json()
    assert body["source"] == "placeholder"
    assert body["fields"]["post_title"] == "Heron at dusk"


def test_a_plain_form_tries_what_was_typed(artist: FlaskClient, openai_server: FakeOpenAI) -> None:
    older, newer = added(artist, "Older.jpg"), added(artist, "Newer.jpg")
    openai_server.script(does.ok({**WORDS, "description": "A stunning <blink>dusk</blink>."}))
    typed = {**FORM, "guide": "Typed only", "image_id": str(older["id"])}
    answer = artist.post("/settings/voice/preview", data=typed)
    assert answer.status_code == 200
    shown = page(answer)
    assert "Typed only" in shown
    assert "The Quiet Hour" in shown
    assert "A stunning &lt;blink&gt;dusk" in shown
    assert "The description has “stunning”, a word you wanted to avoid." in shown
    assert f'value="{older["id"]}" form="voice-form" data-name="Older.jpg"' in shown
    assert now(artist, older["id"])["post_title"] == now(artist, newer["id"])["post_title"] == ""
    assert artist.get("/api/voice").get_json()["version"] == 0


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"image_id": "4711"}, 404, "There is no such picture."),
        ({"image_id": "9" * 40}, 404, "There is no such picture."),
        ({"image_id": "²"}, 422, "Choose a picture to try it on."),
        ({}, 422, "Choose a picture to try it on."),
        (
            {"image_id": "1", "title_most": "0"},
            422,
            "The longest title must be a whole number from 10 to 200.",
        ),
    ],
)
def test_a_plain_form_that_cannot_be_tried_comes_back(
    client: FlaskClient, typed: dict[str, str], status: int, said: str
) -> None:
    answer = client.post("/settings/voice/preview", data={**FORM, "guide": "Typed only", **typed})
    assert answer.status_code == status
    assert said in page(answer)
    assert "Typed only" in page(answer)


def test_a_busy_service_brings_the_plain_form_back_too(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    openai_server.default = does.rate_limited("40")
    typed = {**FORM, "guide": "Typed only", "image_id": str(added(artist)["id"])}
    answer = artist.post("/settings/voice/preview", data=typed)
    assert answer.status_code == 429
    assert "The AI service is busy." in page(answer)
    assert "Typed only" in page(answer)
