"""Whoever deletes something is told what hangs on it: before, and with the offer to undo it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models import Batch, BatchItem, Suggestion
from tests.support.factories import added
from tests.support.galleries import enter, fetch, shared


def seen(client: FlaskClient, address: str) -> str:
    """Return a page as a reader sees it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", client.get(address).text)).split())


def coast(client: FlaskClient, *ids: int) -> int:
    number = int(client.post("/api/collections", json={"name": "Coast"}).get_json()["id"])
    client.post(f"/api/collections/{number}/images", json={"ids": list(ids)})
    return number


def undo_of(client: FlaskClient, address: str) -> dict[str, str]:
    """Find the form that undoes something on a page, and give its address with what it sends."""
    page = client.get(address).text
    form = re.search(r'<form class="undo-line" method="post" action="([^"]+)">(.*?)</form>', page, re.S)
    assert form is not None, page
    back = re.search(r'name="back" value="([^"]+)"', form[2])
    return {"action": form[1], "back": back[1] if back else ""}


def test_a_collection_is_deleted_and_comes_back_with_its_gallery(client: FlaskClient) -> None:
    ids = [added(client)["id"] for _ in range(3)]
    number = coast(client, *ids[::-1])
    share = shared(client, [], title="For <Ann>", collection_id=number, passcode="low tide")
    client.post("/api/views", json={"name": "Mine", "filters": {"collection": str(number)}})
    told = (
        "1 shared gallery closes with it: “For <Ann>”. Its address opens nothing until you undo this.",
        "1 saved view shows nothing without it: “Mine”.",
    )
    page = seen(client, f"/collections/{number}")
    for sentence in told:
        assert sentence in page
    uses = client.get(f"/api/collections/{number}/uses").get_json()
    assert uses["told"] == list(told)
    assert uses["galleries"] == [{"id": share["id"], "title": "For <Ann>", "open": True}]
    assert (uses["views"], uses["pictures"]) == (["Mine"], 3)

    assert client.post(f"/collections/{number}/delete").location == "/collections"
    form = undo_of(client, "/collections")
    assert fetch(client, share["url"]).status_code == 404
    assert client.get("/api/shares").get_json()["shares"] == []
    answer = client.post(form["action"], data={"back": form["back"]})
    assert (answer.status_code, answer.location) == (303, "/collections")
    page = seen(client, "/collections")
    assert (
        "The collection “Coast” is back in its order. 1 shared gallery is open again at the same address."
        in page
    )
    assert client.get("/api/shares").get_json()["shares"] == [share]
    assert enter(client, share, "low tide").status_code == 303
    assert [one["id"] for one in client.get(f"/api/images?collection={number}").get_json()["images"]] == ids[
        ::-1
    ]


def test_the_message_of_a_deletion_names_what_is_closed(client: FlaskClient) -> None:
    number = coast(client, added(client)["id"])
    for title in ("A", "B"):
        shared(client, [], title=title, collection_id=number)
    client.post(f"/collections/{number}/delete")
    assert "2 shared galleries are closed until you undo this: “B”, “A”." in seen(client, "/collections")


def test_a_collection_and_a_view_are_deleted_and_undone_over_the_api(client: FlaskClient) -> None:
    number = coast(client, added(client)["id"])
    view = client.post("/api/views", json={"name": "New", "filters": {"status": "new"}}).get_json()
    for address, also in (
        (f"/api/collections/{number}", "The collection “Coast” is back in its order."),
        (f"/api/views/{view['id']}", "The view “New” is back."),
    ):
        done = client.delete(address)
        assert done.status_code == 200
        undone = client.post(f"/api/bulk-edits/{done.get_json()['bulk_edit_id']}/undo").get_json()
        assert undone == {"undone": 0, "left": 0, "partly": 0, "also": also}
    assert client.get("/api/views").get_json()["views"] == [view]
    assert client.get(f"/api/collections/{number}").get_json()["images"] == 1


def test_an_undo_whose_name_is_taken_says_what_to_do(client: FlaskClient) -> None:
    done = client.delete(f"/api/collections/{coast(client, added(client)['id'])}").get_json()
    coast(client)
    answer = client.post(f"/api/bulk-edits/{done['bulk_edit_id']}/undo")
    assert answer.status_code == 409
    assert "There is another collection called “Coast” by now." in answer.get_json()["error"]["message"]


def test_a_view_is_deleted_and_undone_by_plain_forms(client: FlaskClient) -> None:
    view = client.post("/api/views", json={"name": "New", "filters": {"status": "new"}}).get_json()
    client.post(f"/views/{view['id']}/delete")
    form = undo_of(client, "/views")
    assert client.post(form["action"], data={"back": form["back"]}).location == "/views"
    assert client.get("/api/views").get_json()["views"] == [view]


def test_categories_and_tags_say_which_views_lose_what_they_show(client: FlaskClient) -> None:
    added(client, category="Prints / Linocut", hashtags="heron dusk")
    for name, filters in (
        ("All prints", {"category": "prints"}),
        ("Linocuts", {"category": "Prints / Linocut"}),
        ("Herons", {"tag": "#Heron"}),
    ):
        client.post("/api/views", json={"name": name, "filters": filters})
    client.put("/api/voice", json={"always_hashtags": ["#heron"]})
    one = client.get("/api/categories").get_json()["categories"][0]["id"]
    page = seen(client, f"/categories/{one}")
    assert "1 saved view shows nothing without it: “All prints”." in page
    assert "2 saved views show nothing without it: “All prints”, “Linocuts”." in page
    uses = [client.get(f"/api/categories/{one}/uses?parts={parts}").get_json() for parts in ("up", "too")]
    assert [(each["views"], each["parts"]) for each in uses] == [
        (["All prints"], 0),
        (["All prints", "Linocuts"], 1),
    ]
    told = "1 saved view shows nothing without it: “Herons”."
    assert told in seen(client, "/tags/edit?tag=heron")
    confirm = client.post("/tags/remove", data={"tags": ["#heron", "#dusk"]})
    assert "“Herons”" in unescape(confirm.text)
    found = client.get("/api/tags/uses?tag=heron").get_json()
    assert (found["views"], found["pictures"]) == (["Herons"], 1)
    # And beside the offer to undo it.
    client.post("/tags/remove", data={"tags": ["#heron"], "sure": "yes"})
    assert f"#heron removed from 1 picture. {told}" in seen(client, "/tags")
    client.post(f"/categories/{one}/delete", data={"parts": "too"})
    page = client.get("/categories").text
    assert "2 saved views show nothing without it" in page
    assert 'class="undo-line"' in page


@pytest.fixture
def hung(client: FlaskClient, session: Session) -> dict[str, Any]:
    """Show a picture in a collection and two galleries, with a suggestion and a batch that wait for it."""
    image = added(client)
    number = coast(client, image["id"])
    shares = [
        shared(client, [], title="Of it all", collection_id=number),
        shared(client, [image["id"]], title="One"),
    ]
    session.add(Suggestion(image_id=image["id"], fields={"post_title": "Dusk"}, source="openai"))
    batch = Batch(total=1)
    session.add(batch)
    session.flush()
    session.add(BatchItem(batch_id=batch.id, image_id=image["id"]))
    session.commit()
    return {"image": image, "collection": number, "shares": shares}


GALLERIES = "2 shared galleries do not show it any more: “One”, “Of it all”."
BATCH = "1 batch under way leaves it out."
BACK = "Its place in 1 collection and 1 suggestion will be there again when it is put back."


def test_a_plain_form_asks_before_a_shown_picture_goes_to_the_trash(
    client: FlaskClient, hung: dict[str, Any]
) -> None:
    image = hung["image"]
    assert client.get(f"/api/images/{image['id']}/uses").get_json()["told"] == [GALLERIES, BATCH, BACK]
    asked = client.post(f"/images/{image['id']}/trash?tag=x")
    assert asked.status_code == 200
    for sentence in (GALLERIES, BATCH, BACK):
        assert sentence in unescape(asked.text)
    assert f'action="/images/{image["id"]}/trash?tag=x"' in asked.text
    assert client.get(f"/api/images/{image['id']}").status_code == 200
    assert client.post(f"/images/{image['id']}/trash?tag=x", data={"sure": "1"}).location == "/?tag=x"
    form = undo_of(client, "/")
    assert client.post(form["action"]).status_code == 303
    assert client.get(f"/api/images/{image['id']}").status_code == 200
    assert len(client.get(f"/api/images?collection={hung['collection']}").get_json()["images"]) == 1


def test_a_plain_form_over_many_asks_once(client: FlaskClient, hung: dict[str, Any]) -> None:
    other = added(client)["id"]
    form = {"which": "all", "do": "trash"}
    asked = client.post("/bulk", data=form)
    assert asked.status_code == 422
    assert "2 shared galleries do not show them any more" in asked.text
    assert 'value="trash-sure"' in asked.text
    assert client.get("/api/images").get_json()["total"]["count"] == 2
    # What nobody outside sees goes without a question, and with an undo.
    assert client.post("/bulk", data={"which": "ticked", "ids": other, "do": "trash"}).status_code == 303
    assert client.post("/bulk", data={**form, "do": "trash-sure"}).status_code == 303
    page = seen(client, "/")
    assert f"1 picture moved to the trash. {GALLERIES}" in page
    assert client.get("/api/images").get_json()["total"]["count"] == 0


def test_emptying_the_trash_tells_what_goes(client: FlaskClient, hung: dict[str, Any]) -> None:
    client.delete(f"/api/images/{hung['image']['id']}")
    told = [
        "It leaves 1 collection and 2 shared galleries for good.",
        "1 suggestion that nobody has decided about goes too.",
        "1 batch under way cannot write about it any more.",
    ]
    assert client.get("/api/trash/uses").get_json()["told"] == told
    page = seen(client, "/trash")
    for sentence in told:
        assert page.count(sentence) == 2, sentence


def test_what_is_not_there_has_no_uses(client: FlaskClient) -> None:
    for address in ("collections/4711", "categories/4711", "images/4711", f"collections/{2**70}"):
        assert client.get(f"/api/{address}/uses").status_code == 404
    assert client.get("/api/tags/uses?tag=heron").status_code == 404
    assert client.get("/api/tags/uses").status_code == 422
    assert client.get("/api/categories/1/uses?parts=x").status_code == 422
    assert client.post("/api/images/uses", json={"select": {"ids": ["x"]}}).status_code == 422
    assert client.get("/api/trash/uses").get_json()["told"] == []
