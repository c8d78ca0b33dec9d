"""The pages of batches, as plain forms: before, during, after."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.web.batches.presenters import describe_duration, round_up_to_cap
from tests.support.factories import added
from tests.support.spending import spend
from tests.web.batches.test_api import fail, look, put, start
from tests.web.conftest import MakeArtist

pytestmark = pytest.mark.slow

ALL = ["post_title", "description", "hashtags", "category", "key_points", "alt_text"]


def words(answer: TestResponse) -> str:
    """Return what a page says, without its tags."""
    text = re.sub(r"<(script|style|template)\b.*?</\1>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def sent(client: FlaskClient, **form: Any) -> TestResponse:
    usual = {"select": "filter", "fields": ALL, "only": "empty"}
    return client.post("/batches", data={**usual, **form})


def page_of(client: FlaskClient, batch: dict[str, Any]) -> str:
    answer = client.get(f"/batches/{batch['id']}")
    assert answer.status_code == 200
    return words(answer)


# Before


def test_before_a_batch_the_page_says_what_it_takes(artist: FlaskClient, session: Session) -> None:
    for name in ("a.jpg", "b.jpg"):
        added(artist, name)
    page = words(artist.get("/batches/new"))
    assert "for everything" in page
    assert re.search(r"2 pictures about \$0\.00\d\d less than a minute", page)
    assert "A guess: too few calls with gpt-5.6-luna" in page
    assert "Cheaper, slower" in page
    for _ in range(3):
        spend(session, datetime.now(UTC), input_tokens=1_000_000, output_tokens=0, seconds=1.0)
    session.commit()
    page = words(artist.get("/batches/new"))
    assert "about $0.40" in page
    assert "Measured from the last calls" in page


def test_without_a_key_the_page_says_placeholder_words_and_free(client: FlaskClient) -> None:
    added(client)
    answer = client.get("/batches/new")
    page = words(answer)
    assert "1 picture free" in page
    assert "placeholder words are written" in page
    assert 'name="cap_usd"' not in answer.text
    assert "Cheaper, slower" not in page


def test_a_model_of_ones_own_costs_nothing_and_says_so(make_artist: MakeArtist) -> None:
    artist = make_artist(OPENAI_MODEL="gemma3")
    added(artist)
    answer = artist.get("/batches/new")
    assert "<span>free</span>" in answer.text
    assert "gemma3 runs on this computer or in a private network, so its words cost nothing" in words(answer)
    assert 'name="cap_usd"' not in answer.text


def test_the_cap_leaves_room_and_lets_a_picture_through(artist: FlaskClient) -> None:
    added(artist)
    page = artist.get("/batches/new").text
    least, cap = re.findall(r'data-cap="([\d.]+)" data-least="([\d.]+)"', page)[0][::-1]
    assert Decimal(cap) >= Decimal(least) > 0
    assert f'value="{cap}"' in page
    assert sent(artist, cap_usd=least).status_code == 303


def test_a_month_that_is_nearly_spent_is_told_beforehand(artist: FlaskClient, session: Session) -> None:
    added(artist)
    assert "would pause before its end" not in words(artist.get("/batches/new"))
    spend(session, datetime.now(UTC), "9.995")
    session.commit()
    assert "This month has $0.0050 left" in words(artist.get("/batches/new"))


def test_ticked_pictures_and_filters_come_in_the_address(client: FlaskClient) -> None:
    first = added(client, "a.jpg", category="Prints & more")
    added(client, "b.jpg")
    assert "for 1 ticked picture " in words(client.get(f"/batches/new?ids={first['id']}"))
    answer = client.get("/batches/new?category=Prints+%26+more&status=new")
    assert "everything new in Prints &amp; more" in words(answer)
    assert 'name="category" value="Prints &amp; more"' in answer.text


@pytest.mark.parametrize("query", ["ids=x", "ids=0", "ids=-1", f"ids={'9' * 30}", "status=gone"])
def test_a_choice_that_cannot_be_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/batches/new?{query}").status_code == 422


def test_the_estimate_alone_follows_the_choices(client: FlaskClient) -> None:
    added(client, post_title="Mine")
    form = {"select": "filter", "fragment": "estimate", "fields": ["post_title"], "only": "empty"}
    piece = client.post("/batches/new", data=form)
    assert "<html" not in piece.text
    assert "Nothing to write: this picture has these words already." in words(piece)
    assert "1 picture free" in words(client.post("/batches/new", data={**form, "only": "suggest"}))
    assert "Choose at least one field." in words(client.post("/batches/new", data={**form, "fields": []}))


def test_estimating_again_keeps_what_was_typed(artist: FlaskClient) -> None:
    added(artist)
    form = {"select": "filter", "fields": ["alt_text"], "only": "ai", "note": "Coast", "cap_usd": "0.77"}
    page = artist.post("/batches/new", data={**form, "language": "fr", "tier": "flex"}).text
    assert re.search(r'value="alt_text"[^>]* checked', page)
    assert not re.search(r'value="post_title"[^>]* checked', page)
    assert re.search(r'value="ai"[^>]* checked', page)
    assert ">Coast</textarea>" in page
    assert 'value="0.77"' in page
    assert '<option value="fr" selected>' in page
    assert re.search(r'value="flex"[^>]* checked', page)


def test_a_plain_form_starts_and_leads_to_the_batch(artist: FlaskClient) -> None:
    image = added(artist)
    answer = sent(artist, select="ids", ids=str(image["id"]), note="Coast", cap_usd="$0.50", language="pt-BR")
    assert answer.status_code == 303
    batch = look(artist, {"id": answer.headers["Location"].rpartition("/")[2]})
    assert (batch["about"], batch["cap_usd"]) == ("1 ticked picture", 0.5)
    assert (batch["note"], batch["language"]) == ("Coast", "pt-BR")
    # All ticked is what is written when nobody chooses: facts of the person's own are left alone.
    assert batch["fields"] == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"fields": []}, "Choose at least one field."),
        ({"cap_usd": "much"}, "The cap must be an amount such as 1.50."),
        ({"cap_usd": "nan"}, "The cap must be an amount such as 1.50."),
        ({"cap_usd": "0"}, "The cap must be more than $0"),
        ({"cap_usd": "0.001"}, "The cap must be at least"),
        ({"language": "no language"}, "The language must be a code"),
        ({"tier": "fast"}, "Choose the usual speed"),
        ({"only": "all"}, "Choose what to do where words exist"),
        ({"q": "zebra"}, "No picture matches"),
    ],
)
def test_a_mistake_brings_the_page_back(artist: FlaskClient, typed: dict[str, Any], sentence: str) -> None:
    added(artist)
    answer = sent(artist, note="The Coast series", **typed)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert "The Coast series" in answer.text
    assert "No batch yet" in words(artist.get("/batches"))


@pytest.mark.parametrize("form", [{}, {"select": "ids"}, {"select": "all"}, {"fields": ALL}])
def test_an_incomplete_form_never_means_everything(client: FlaskClient, form: dict[str, Any]) -> None:
    added(client)
    assert client.post("/batches", data=form).status_code == 400
    assert client.get("/api/batches").get_json()["batches"] == []


# During


def test_a_running_batch_shows_how_far_it_is(artist: FlaskClient, engine: Engine) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        added(artist, name)
    batch = start(artist, cap_usd=0.5)
    put(engine, batch, done=1, spent_usd=Decimal("0.12"))
    page = page_of(artist, batch)
    assert "Everything Writing" in page
    assert "Written 1 of 3" in page
    assert "$0.12 of $0.50" in page
    assert "Time left less than a minute" in page
    piece = artist.get(f"/batches/{batch['id']}?fragment=live")
    assert "Written 1 of 3" in words(piece)
    assert "<html" not in piece.text


@pytest.mark.parametrize(
    ("code", "message", "way_out"),
    [
        ("person", "", "You paused it."),
        ("cap", "The cap is reached.", "Raise the cap to go on."),
        ("month", "The month is spent.", "when the budget is raised"),
        ("share", "The share of Ana is spent.", "An owner can raise it under People."),
        ("budget", "This month's AI budget of $10 is used up.", "when the budget is raised"),
        ("budget", "Your share of this month's AI budget is used up.", "An owner can raise it under People."),
        ("setup", "The AI service does not accept the key.", "when that is mended, go on"),
    ],
)
def test_a_batch_that_waits_says_why_and_what_to_do(
    client: FlaskClient, engine: Engine, code: str, message: str, way_out: str
) -> None:
    added(client)
    batch = start(client, cap_usd=0.05)
    put(engine, batch, state="paused", paused_code=code, paused_message=message)
    page = page_of(client, batch)
    assert message.replace("'", "&#39;") in page
    assert way_out in page
    assert "Go on" in page
    assert ("Raise the cap to" in page) == (code == "cap")


def test_pause_go_on_and_cancel_are_plain_forms(client: FlaskClient) -> None:
    added(client)
    batch = start(client, cap_usd=0.05)
    form: dict[str, str]
    for what, form, state in (
        ("pause", {}, "paused"),
        ("resume", {"cap_usd": "0.20"}, "running"),
        ("cancel", {}, "cancelled"),
    ):
        answer = client.post(f"/batches/{batch['id']}/{what}", data=form)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/batches/{batch['id']}")
        assert look(client, batch)["state"] == state
    assert look(client, batch)["cap_usd"] == 0.2
    client.post(f"/batches/{batch['id']}/pause")
    assert "This batch is cancelled." in page_of(client, batch)


def test_a_cap_that_cannot_be_read_comes_back_with_a_sentence(client: FlaskClient) -> None:
    added(client)
    batch = start(client)
    assert client.post(f"/batches/{batch['id']}/resume", data={"cap_usd": "much"}).status_code == 303
    assert "The cap must be an amount such as 1.50." in page_of(client, batch)


def test_missing_batches_are_404(client: FlaskClient) -> None:
    assert client.get("/batches/4711").status_code == 404
    for what in ("pause", "resume", "cancel", "retry"):
        assert client.post(f"/batches/4711/{what}").status_code == 404, what


# After


def test_failures_have_names_reasons_and_another_chance(client: FlaskClient, engine: Engine) -> None:
    image = added(client, post_title="<b>Heron</b>")
    batch = start(client)
    fail(engine, batch)
    answer = client.get(f"/batches/{batch['id']}")
    assert f'href="/images/{image["id"]}"' in answer.text
    assert "&lt;b&gt;Heron&lt;/b&gt;" in answer.text
    assert "Declined." in words(answer)
    assert client.post(f"/batches/{batch['id']}/retry").status_code == 303
    assert (look(client, batch)["state"], look(client, batch)["left"]) == ("running", 1)


def test_a_finished_batch_leads_to_the_review_and_owns_up_to_lost_calls(
    client: FlaskClient, engine: Engine
) -> None:
    added(client)
    batch = start(client)
    assert "cut off by a crash" not in page_of(client, batch)
    put(engine, batch, state="done", done=1, lost=2, finished_at=datetime.now(UTC))
    answer = client.get(f"/batches/{batch['id']}")
    assert f'href="/review?batch={batch["id"]}"' in answer.text
    told = "2 calls were cut off by a crash and may have been billed twice. They count as the most they can have cost."
    assert told in words(answer)


def test_the_list_is_paged_and_says_when_it_is_empty(client: FlaskClient) -> None:
    assert "No batch yet" in words(client.get("/batches"))
    added(client)
    for _ in range(31):
        start(client)
    page = client.get("/batches")
    assert page.text.count('class="batch-row"') == 30
    older = re.findall(r'href="(/batches\?before=\d+)"', page.text)
    assert client.get(older[0]).text.count('class="batch-row"') == 1
    assert "There are no older batches." in words(client.get("/batches?before=1"))
    assert client.get("/batches?before=x").status_code == 422


def test_the_library_leads_to_the_words(client: FlaskClient) -> None:
    assert 'data-some hidden href="/batches/new"' in client.get("/").text
    added(client, category="Prints")
    page = client.get("/?category=Prints").text
    assert 'data-some href="/batches/new?category=Prints"' in page


# Words


@pytest.mark.parametrize(
    ("seconds", "words_of_it"),
    [
        (0, "less than a minute"),
        (50, "1 minute"),
        (239, "4 minutes"),
        (3569, "59 minutes"),
        (3570, "1 hour"),
        (6000, "1 hour 40 minutes"),
        (20_000, "5 hours"),
        (86_399, "24 hours"),
        (200_000, "2 days"),
    ],
)
def test_time_is_said_no_more_exactly_than_one_knows(seconds: int, words_of_it: str) -> None:
    assert describe_duration(seconds) == words_of_it


@pytest.mark.parametrize(
    ("usd", "cap"), [("0.011", "0.05"), ("0.9", "0.90"), ("1.01", "1.50"), ("12.1", "13.00")]
)
def test_a_cap_is_rounded_up_as_people_type_it(usd: str, cap: str) -> None:
    assert f"{round_up_to_cap(Decimal(usd)):.2f}" == cap


def test_at_its_end_a_batch_says_what_came_and_why_the_rest_did_not(
    artist: FlaskClient, engine: Engine, session: Session
) -> None:
    ids = [added(artist, f"{name}.jpg")["id"] for name in "abc"]
    batch = start(artist)
    fail(engine, batch)
    put(engine, batch, state="done", failed=3, finished_at=datetime.now(UTC))
    address = f"/batches/{batch['id']}?fragment=end"
    none = words(artist.get(address))
    assert "No drafts came Declined. Try again" in none
    assert "Review" not in none
    session.execute(text("UPDATE batch_item SET code = 'ai_refused' WHERE image_id <> :id"), {"id": ids[0]})
    done = text("UPDATE batch_item SET state = 'done', message = '' WHERE image_id = :id")
    session.execute(done, {"id": ids[0]})
    session.commit()
    put(engine, batch, done=1, failed=2)
    some = artist.get(address)
    said = words(some)
    assert "1 draft is ready 3 pictures, " in said
    assert "Review it Later 2 were declined Declined. The pictures are unchanged. Try them again" in said
    assert f'src="/images/{ids[0]}/thumbnail' in some.text
    assert f'action="/batches/{batch["id"]}/retry"' in some.text
