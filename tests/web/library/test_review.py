"""The page of the review: what it shows, the pieces it gives, and accepting with plain forms."""

from __future__ import annotations

import re
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.web.library import review_pages
from models import Batch, BatchItem, db
from tests.support.drafting import now, refine
from tests.support.factories import added
from tests.support.material import statements

FORM = {"action": "accept"}


def draft(client: FlaskClient, name: str = "Heron.jpg", **words: Any) -> dict[str, Any]:
    """Add a picture that waits."""
    return added(client, name, **{"status": "draft", **words})


def text_of(answer: TestResponse) -> str:
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def cards(page: str) -> list[int]:
    """List the pictures of a page or of a piece of it."""
    return [int(number) for number in re.findall(r'data-review-card="(\d+)"', page)]


def progress(page: str) -> str:
    found = re.search(r"data-review-progress>([^<]*)<", page)
    assert found is not None
    return found[1]


def post(client: FlaskClient, image: dict[str, Any], query: str = "", **form: Any) -> TestResponse:
    return client.post(f"/review/{image['id']}{query}", data={"version": image["version"], **FORM, **form})


def test_the_newest_draft_comes_first_and_the_others_follow(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_pages, "AHEAD", 3)
    made = [draft(client, f"{number}.jpg")["id"] for number in range(5)]
    added(client, "New.jpg")
    page = text_of(client.get("/review"))
    assert (cards(page), progress(page)) == ([made[4]], "1 of 5")
    ahead = text_of(client.get(f"/review?fragment=cards&after={made[4]}"))
    assert "<html" not in ahead
    assert (cards(ahead), "data-review-end" in ahead) == (made[3:0:-1], False)
    last = text_of(client.get(f"/review?fragment=cards&after={made[1]}"))
    assert (cards(last), "data-review-end" in last) == ([made[0]], True)
    assert cards(text_of(client.get(f"/review?fragment=cards&before={made[0]}"))) == [made[1]]
    assert cards(text_of(client.get(f"/review?fragment=cards&before={made[4]}"))) == []


def test_a_page_in_the_middle_knows_its_place(client: FlaskClient) -> None:
    made = [draft(client, f"{number}.jpg")["id"] for number in range(3)]
    assert progress(text_of(client.get(f"/review/{made[1]}"))) == "2 of 3"
    assert progress(text_of(client.get(f"/review/{made[1]}?sort=oldest"))) == "2 of 3"
    assert cards(text_of(client.get("/review?sort=oldest"))) == [made[0]]
    panel = text_of(client.get(f"/review/{made[1]}?fragment=panel"))
    assert "data-panel" in panel
    assert not cards(panel)


def test_filters_and_a_batch_narrow_it_and_are_kept_in_every_link(
    client: FlaskClient, session: Session
) -> None:
    mine = draft(client, "Mine.jpg", category="Prints")
    draft(client, "Other.jpg")
    batch = Batch(total=1)
    session.add(batch)
    session.flush()
    session.add(BatchItem(batch_id=batch.id, image_id=mine["id"], state="done"))
    session.commit()
    for query in ("category=Prints", f"batch={batch.id}", f"category=Prints&amp;batch={batch.id}"):
        page = text_of(client.get(f"/review?{query.replace('&amp;', '&')}"))
        assert (cards(page), progress(page)) == ([mine["id"]], "1 of 1")
        for address in (f"/review/{mine['id']}?{query}", f"/review?{query}"):
            assert address in page
    assert f"Batch {batch.id}" in page


def test_a_suggestion_is_shown_beside_the_words(client: FlaskClient) -> None:
    image = draft(client, description="A heron stands in mist. Nothing moves at all.", status="ready")
    refine(client, image["id"], "shorter")
    page = text_of(client.get("/review"))
    assert 'data-part="suggestion-description" data-suggestion' in page
    assert "<del>" in page
    assert "Accept takes the words in the fields." in page


def test_accepting_makes_it_ready_and_leads_to_the_next(client: FlaskClient) -> None:
    older, newer = draft(client, "A.jpg", alt_text="A heron"), draft(client, "B.jpg")
    answer = post(client, newer, "?sort=newest", post_title="Typed", description="One\r\nTwo")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/review?after={newer['id']}&done=1"
    saved = now(client, newer["id"])
    assert (saved["status"], saved["post_title"], saved["description"]) == ("ready", "Typed", "One\nTwo")
    page = text_of(client.get(answer.headers["Location"]))
    assert (cards(page), progress(page)) == ([older["id"]], "2 of 2")
    assert '<bdi translate="no">Typed</bdi> is ready.' in page
    end = text_of(client.get(post(client, older, "?done=1").headers["Location"]))
    assert "All 2 are done" in end
    assert "/export.csv?status=ready" in end


def test_what_was_accepted_can_be_put_back(client: FlaskClient) -> None:
    image = draft(client)
    post(client, image)
    ready = now(client, image["id"])
    answer = post(client, ready, "?done=3", action="draft")
    assert answer.headers["Location"] == f"/review/{image['id']}?done=2"
    assert now(client, image["id"])["status"] == "draft"


def test_saving_alone_leaves_it_a_draft_and_stays(client: FlaskClient) -> None:
    image = draft(client)
    answer = post(client, image, "?category=Prints&batch=7", action="save", category="Prints")
    assert answer.headers["Location"] == f"/review/{image['id']}?category=Prints&batch=7"
    saved = now(client, image["id"])
    assert (saved["status"], saved["category"]) == ("draft", "Prints")


def test_accepting_leaves_a_suggestion_waiting(client: FlaskClient) -> None:
    image = draft(client, description="A heron stands in mist. Nothing moves at all.")
    refine(client, image["id"], "shorter")
    assert post(client, now(client, image["id"])).headers["Location"] == f"/review?after={image['id']}"
    saved = now(client, image["id"])
    assert saved["status"] == "ready"
    assert saved["suggestion"]["feedback"] == "shorter"
    assert "1 picture still waits." in text_of(client.get(f"/review?after={image['id']}"))


def test_after_a_clash_both_words_are_shown_and_none_is_lost(client: FlaskClient) -> None:
    image = draft(client, post_title="Theirs")
    answer = post(client, {**image, "version": 1}, post_title="Mine <b>")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Mine &lt;b&gt;" in page
    assert "Theirs" in page
    assert now(client, image["id"]) == image


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"action": "burn"}, 400),
        ({"action": ""}, 400),
        ({"version": ""}, 422),
        ({"version": "9" * 40}, 409),
        ({"post_title": "x" * 201}, 422),
        ({"post_title": "a\0"}, 422),
    ],
)
def test_a_form_that_does_not_fit_changes_nothing(
    client: FlaskClient, form: dict[str, str], status: int
) -> None:
    image = draft(client)
    assert post(client, image, **form).status_code == status
    assert now(client, image["id"]) == image


def test_words_that_are_too_long_come_back(client: FlaskClient) -> None:
    page = post(client, draft(client), post_title="x" * 201).get_data(as_text=True)
    assert "The limit is 200." in page
    assert "x" * 201 in page


def test_other_sites_are_refused(client: FlaskClient) -> None:
    image = draft(client)
    body = {"version": image["version"], **FORM}
    headers = {"Origin": "https://evil.example"}
    assert client.post(f"/review/{image['id']}", data=body, headers=headers).status_code == 403
    assert now(client, image["id"]) == image


def test_a_picture_that_is_gone_is_404(client: FlaskClient) -> None:
    image = draft(client)
    client.delete(f"/api/images/{image['id']}")
    for number in (image["id"], 4711, 10**30):
        assert client.get(f"/review/{number}").status_code == 404
        assert client.post(f"/review/{number}", data={"version": "1", **FORM}).status_code == 404


@pytest.mark.parametrize(
    "query", ["batch=x", "after=-1", "before=1.5", "done=²", "after=" + "9" * 40, "sort=no"]
)
def test_an_address_that_makes_no_sense_is_refused_in_words(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/review?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert set(answer.get_json()["error"]) == {"code", "message", "field"}


def test_a_place_that_is_gone_for_good_begins_at_the_first(client: FlaskClient) -> None:
    image = draft(client)
    for query in ("after=4711", "before=4711", f"before={image['id']}"):
        assert cards(text_of(client.get(f"/review?{query}"))) == [image["id"]]


def test_nothing_to_review_says_what_to_do_next(client: FlaskClient) -> None:
    page = text_of(client.get("/review"))
    assert "Nothing to review" in page
    assert "/?status=new" in page
    draft(client)
    narrowed = text_of(client.get("/review?category=Prints"))
    assert "1 picture waits elsewhere." in narrowed


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("done=48&seen=48", "All 48 are done"),
        ("done=1&seen=1", "Done, that one is ready"),
        ("done=0&seen=3", "Nothing to review"),
        ("done=9999999", "All 1,000,000 are done"),
    ],
)
def test_the_end_counts_what_was_done(client: FlaskClient, query: str, said: str) -> None:
    assert said in text_of(client.get(f"/review?fragment=end&{query}"))


def test_the_end_counts_what_still_waits(client: FlaskClient) -> None:
    draft(client, "A.jpg")
    draft(client, "B.jpg")
    end = text_of(client.get("/review?fragment=end&done=1&seen=3"))
    assert "1 is ready. 2 pictures still wait." in end


def test_plain_forms_for_suggestions_lead_back_to_the_review(client: FlaskClient) -> None:
    image = draft(client, description="A heron stands in mist. Nothing moves at all.", category="Prints")
    refine(client, image["id"], "shorter")
    page = text_of(client.get("/review?category=Prints&done=2"))
    action = re.search(r'action="([^"]*/suggestion[^"]*)"', page)
    assert action is not None
    address = action[1].replace("&amp;", "&")
    seen = re.search(r'name="suggestion" value="(\d+)"', page)
    assert seen is not None
    answer = client.post(address, data={"action": "dismiss", "field": "all", "suggestion": seen[1]})
    assert answer.headers["Location"] == f"/review/{image['id']}?category=Prints&done=2"


def test_the_forms_and_links_of_the_page_lead_somewhere(client: FlaskClient) -> None:
    draft(client, category="Prints")
    adapter = client.application.url_map.bind("localhost")
    for address in ("/review", "/review?q=zzz", "/review?fragment=end&done=1"):
        page = text_of(client.get(address))
        for form in re.findall(r"<form[^>]*>", page):
            action, method = (re.search(rf'{name}="([^"]*)"', form) for name in ("action", "method"))
            if method and method[1] != "dialog":
                adapter.match((action[1] if action else address).partition("?")[0], method=method[1].upper())
        for path in re.findall(r'(?:href|src)="(/[^"?#]*)', page):
            adapter.match(path, method="GET")


def test_more_pictures_cost_no_more_statements(
    app: APIFlask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_pages, "AHEAD", 3)
    with app.app_context():
        engine = db.engine
    counts = []
    for number in range(2):
        for other in range(4):
            draft(client, f"{number}-{other}.jpg", category="Prints")
        with statements(engine) as sent:
            page = text_of(client.get("/review"))
            ahead = text_of(client.get(f"/review?fragment=cards&after={cards(page)[0]}"))
        assert len(cards(ahead)) == 3
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 9
