"""Look-alikes for programs and as a page: pairs, what is kept, undo, and the colours that lead to pictures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask import render_template
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from artworks.adapters import job_queue
from artworks.duplicates import detection
from artworks.search import palette
from artworks.search.filters import Filters
from artworks.search.palette import COLOURS
from artworks.web.library.listing import SWATCHES, colour_choices
from models import db
from tests.duplicates.test_detection import commented, jpeg
from tests.imaging.test_perceptual_hash import artwork
from tests.support.factories import picture, upload
from tests.support.material import statements

ONE = jpeg(artwork(1))
SMALLER = jpeg(artwork(1).resize((400, 300)), 60)


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """Forget what earlier tests rang for."""
    job_queue._enqueued_until.clear()


def compare(app: APIFlask) -> None:
    """Do what the worker does."""
    with app.app_context():
        session = db.session()
        while (image_id := detection.next_uncompared(session)) is not None:
            detection.compare(session, app.extensions["aim"].storage, image_id)
        db.session.remove()


def put(app: APIFlask, *files: bytes) -> list[int]:
    """Upload files, kept even when they are there already, and compare them."""
    named = [(data, f"Picture {number}.jpg") for number, data in enumerate(files)]
    answer = upload(app.test_client(), *named, duplicates="keep").get_json()
    assert not answer["rejected"]
    compare(app)
    return [image["id"] for image in answer["images"]]


def pairs(client: FlaskClient, **query: Any) -> list[tuple[int, int, str]]:
    found = client.get("/api/look-alikes", query_string=query).get_json()["pairs"]
    return [(pair["first"]["id"], pair["second"]["id"], pair["kind"]) for pair in found]


def words(client: FlaskClient, image_id: int, **changes: Any) -> None:
    version = client.get(f"/api/images/{image_id}").get_json()["version"]
    assert client.patch(f"/api/images/{image_id}", json={"version": version, **changes}).status_code == 200


def test_pairs_are_listed_by_kind_with_their_counts(app: APIFlask, client: FlaskClient) -> None:
    first, second, third = put(app, ONE, commented(ONE), SMALLER)
    body = client.get("/api/look-alikes").get_json()
    assert body["counts"] == {"bytes": 0, "pixels": 1, "looks": 2}
    assert (body["not_compared"], body["next"]) == (0, None)
    assert pairs(client) == [(second, third, "looks"), (first, third, "looks"), (first, second, "pixels")]
    assert pairs(client, kind="pixels") == [(first, second, "pixels")]
    [pair] = client.get("/api/look-alikes?kind=pixels").get_json()["pairs"]
    assert pair["first"]["urls"]["page"] == f"/images/{first}"
    assert pair["distance"] == 0


def test_a_list_is_read_page_by_page_in_a_few_statements(app: APIFlask, client: FlaskClient) -> None:
    put(app, *[picture(seed=1)] * 5)
    whole = pairs(client, kind="bytes")
    assert len(whole) == 10
    seen: list[tuple[int, int, str]] = []
    after: str | None = ""
    for _ in range(3):
        with app.app_context():
            own = db.engine
        with statements(own) as sent:
            body = client.get(f"/api/look-alikes?kind=bytes&limit=4&after={after}").get_json()
        assert len(sent) <= 6
        seen += [(pair["first"]["id"], pair["second"]["id"], pair["kind"]) for pair in body["pairs"]]
        after = body["next"]
    assert seen == whole
    assert after is None


def test_one_is_kept_and_takes_over_what_it_lacks(app: APIFlask, client: FlaskClient) -> None:
    first, second = put(app, ONE, commented(ONE))
    words(client, first, post_title="Mine")
    words(client, second, post_title="Theirs", description="A heron.")
    body = client.post(f"/api/look-alikes/{first}/{second}/keep", json={"keep": "first"}).get_json()
    assert [image["id"] for image in body["kept"]] == [first]
    assert body["trashed"]["id"] == second
    kept = client.get(f"/api/images/{first}").get_json()
    assert (kept["post_title"], kept["description"]) == ("Mine", "A heron.")
    assert client.get(f"/api/images/{second}").status_code == 404
    history = client.get(f"/images/{first}").get_data(as_text=True)
    assert "You took the description over from its double" in history
    assert pairs(client) == []
    again = client.post(f"/api/look-alikes/{first}/{second}/keep", json={"keep": "both"})
    assert (again.status_code, again.get_json()["error"]["code"]) == (409, "conflict")


def test_words_are_left_where_that_is_asked_for(app: APIFlask, client: FlaskClient) -> None:
    first, second = put(app, ONE, commented(ONE))
    words(client, second, description="A heron.")
    body = {"keep": "first", "take_words": False}
    assert client.post(f"/api/look-alikes/{first}/{second}/keep", json=body).status_code == 200
    assert client.get(f"/api/images/{first}").get_json()["description"] == ""


def test_both_are_kept_for_good_and_that_is_undone(app: APIFlask, client: FlaskClient) -> None:
    first, second = put(app, ONE, commented(ONE))
    address = f"/api/look-alikes/{first}/{second}"
    body = client.post(f"{address}/keep", json={"keep": "both"}).get_json()
    assert ([image["id"] for image in body["kept"]], body["trashed"]) == ([first, second], None)
    assert pairs(client) == []
    assert client.post(f"{address}/keep", json={"keep": "first"}).status_code == 409
    assert client.post(f"{address}/undo").get_json()["kind"] == "pixels"
    assert len(pairs(client)) == 1
    assert client.post(f"{address}/undo").status_code == 409


def test_a_pair_with_one_in_the_trash_is_a_conflict(app: APIFlask, client: FlaskClient) -> None:
    first, second = put(app, ONE, commented(ONE))
    client.delete(f"/api/images/{first}")
    assert pairs(client) == []
    answer = client.post(f"/api/look-alikes/{first}/{second}/keep", json={"keep": "second"})
    assert answer.status_code == 409
    assert client.get(f"/api/images/{second}").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"keep": "first"}, 404),
        ({"keep": "none"}, 422),
        ({}, 422),
        ({"keep": "both", "colour": "red"}, 422),
        ({"keep": "both", "take_words": "perhaps"}, 422),
        ([], 422),
    ],
)
def test_what_does_not_fit_is_refused(client: FlaskClient, body: Any, status: int) -> None:
    assert client.post("/api/look-alikes/1/2/keep", json=body).status_code == status


def test_addresses_that_lead_nowhere_are_refused(client: FlaskClient) -> None:
    assert client.post(f"/api/look-alikes/2/{10**30}/undo").status_code == 404
    for query, status in (("kind=smell", 422), ("after=x", 400), ("limit=0", 422), ("page=2", 422)):
        assert client.get(f"/api/look-alikes?{query}").status_code == status, query
    for query, status in (("kind=smell", 422), ("after=x", 400), ("decided=x", 200), ("decided=1-2", 200)):
        assert client.get(f"/look-alikes?{query}").status_code == status, query
    for address in ("/look-alikes/1/2", "/look-alikes/1/2/undo"):
        assert client.post(address, data={"keep": "first"}).status_code == 404
    assert client.post("/look-alikes/1/2", data={"keep": "x"}).status_code == 422


def test_the_page_begins_with_the_kind_that_there_is(app: APIFlask, client: FlaskClient) -> None:
    assert "No file is here twice" in client.get("/look-alikes").get_data(as_text=True)
    put(app, ONE, SMALLER)
    page = client.get("/look-alikes").get_data(as_text=True)
    assert re.search(r'href="/look-alikes\?kind=looks" aria-current="page"', page)
    assert page.count("data-pair=") == 1
    assert "800 × 600" in page
    assert "400 × 300" in page
    assert "<html" not in client.get("/look-alikes?fragment=pairs").get_data(as_text=True)


def test_the_page_says_when_pictures_are_still_to_be_compared(app: APIFlask, client: FlaskClient) -> None:
    upload(client, (ONE, "One.jpg"), (SMALLER, "Two.jpg"))
    page = client.get("/look-alikes").get_data(as_text=True)
    assert "2 pictures still to be compared" in page
    compare(app)
    assert "still to be compared" not in client.get("/look-alikes").get_data(as_text=True)


def test_plain_forms_keep_one_with_its_words_and_undo_it(app: APIFlask, client: FlaskClient) -> None:
    first, second = put(app, ONE, commented(ONE))
    words(client, second, description="A heron.", hashtags="bird")
    page = client.get("/look-alikes?kind=pixels").get_data(as_text=True)
    assert "Take over description, hashtags" in page
    form = {"keep": "first", "kind": "pixels", "take_words": "1"}
    answer = client.post(f"/look-alikes/{first}/{second}", data=form)
    assert answer.status_code == 303
    assert answer.location == f"/look-alikes?kind=pixels&decided={first}-{second}"
    assert client.get(f"/api/images/{first}").get_json()["description"] == "A heron."
    page = client.get(answer.location).get_data(as_text=True)
    assert "Picture 1.jpg is in the trash." in page
    assert f'action="/look-alikes/{first}/{second}/undo"' in page
    assert client.post(f"/look-alikes/{first}/{second}", data=form).location == "/look-alikes?kind=pixels"
    assert "decided already" in client.get("/look-alikes?kind=pixels").get_data(as_text=True)
    client.post(f"/look-alikes/{first}/{second}/undo", data={"kind": "pixels"})
    assert client.get(f"/api/images/{first}").get_json()["description"] == ""
    assert len(pairs(client)) == 1


def test_plain_forms_keep_both(app: APIFlask, client: FlaskClient) -> None:
    first, second = put(app, ONE, SMALLER)
    answer = client.post(f"/look-alikes/{first}/{second}", data={"keep": "both", "kind": "looks"})
    assert "Both are kept." in client.get(answer.location).get_data(as_text=True)
    assert pairs(client) == []


def test_an_upload_rings_once_and_never_fails_for_it(
    client: FlaskClient, engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        assert upload(client, (picture(), "One.jpg")).status_code == 201
    query = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :task AND scheduled_at > now()")
    with engine.connect() as connection:
        assert connection.scalar(query, {"task": detection.COMPARE}) == 1

    def lost(*_: object) -> None:
        raise job_queue.QueueError("The queue cannot be reached: no route.")

    monkeypatch.setattr(job_queue, "enqueue_debounced", lost)
    assert upload(client, (picture(), "One.jpg")).status_code == 201
    assert "no route" in caplog.text


def test_an_upload_of_what_is_there_already_rings_for_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = picture()
    upload(client, (same, "One.jpg"))
    rung: list[object] = []
    monkeypatch.setattr(job_queue, "enqueue_debounced", lambda *told: rung.append(told))
    assert upload(client, (same, "One.jpg")).status_code == 200
    assert rung == []


def test_an_upload_knows_its_colours_and_leads_to_others_like_them(
    client: FlaskClient, engine: Engine, uploads: Path
) -> None:
    image = upload(client, (ONE, "One.jpg")).get_json()["images"][0]
    with engine.connect() as connection:
        row = connection.execute(text("SELECT colours, colour_names, palette, look, facts FROM image")).one()
    assert row.colours
    assert row.palette
    assert row.look is not None
    assert {f"colour:{name}" for name in row.colour_names} <= set(row.facts)
    page = client.get(f"/images/{image['id']}").get_data(as_text=True)
    for colour in row.colours:
        address = f"/?colour=%23{colour[1:]}"
        assert f'href="{address}"' in page
        assert "One.jpg" in client.get(address).get_data(as_text=True)


def test_every_swatch_has_the_name_that_it_finds(app: APIFlask, client: FlaskClient) -> None:
    assert tuple(SWATCHES) == COLOURS
    for name, colour in SWATCHES.items():
        assert name in palette.plain_names([colour])
        assert client.get("/", query_string={"colour": name}).status_code == 200


def test_the_row_of_colours_keeps_the_other_filters(app: APIFlask) -> None:
    with app.test_request_context("/"):
        shown = render_template(
            "library/_colours.html",
            colours=colour_choices(Filters(q="heron", status="new", colour="teal")),
        )
    assert 'href="/?q=heron&amp;status=new&amp;colour=red"' in shown
    assert 'href="/?q=heron&amp;status=new" title="Teal" aria-current="true"' in shown
    assert '<input type="hidden" name="q" value="heron">' in shown
    assert 'type="hidden" name="colour"' not in shown
    assert f'type="color" name="colour" value="{SWATCHES["teal"]}"' in shown


def test_it_is_told_which_galleries_lack_the_one_in_the_trash(app: APIFlask, client: FlaskClient) -> None:
    first, second = put(app, *[picture(seed=1)] * 2)
    number = client.post("/api/collections", json={"name": "Coast"}).get_json()["id"]
    client.post(f"/api/collections/{number}/images", json={"ids": [second]})
    for of in ({"image_ids": [second]}, {"image_ids": [second, first]}, {"collection_id": number}):
        client.post("/api/shares", json={"title": "For Ann", **of})
    page = client.get("/look-alikes").text
    assert re.findall(r"<dt>Shown in</dt><dd>([^<]+)</dd>", page) == [
        "1 shared gallery",
        "2 shared galleries",
    ]
    kept = client.post(f"/api/look-alikes/{first}/{second}/keep", json={"keep": "first"}).get_json()
    # The one of the collection shows the picture that was kept, at the place of the other.
    assert kept["told"] == "2 shared galleries do not show it any more."
    client.post(f"/api/look-alikes/{first}/{second}/undo")
    decided = client.post(f"/look-alikes/{first}/{second}", data={"keep": "second", "kind": "bytes"})
    assert "is in the trash. 1 shared gallery does not show it any more." in client.get(decided.location).text
