"""What the command palette finds, for whom, and how it is drawn."""

from __future__ import annotations

import re
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.factories import added
from tests.support.people import as_role

OFFER = re.compile(r'<(?:a|button) class="palette-offer".*?>(.*?)</(?:a|button)>', re.DOTALL)


def offers(client: FlaskClient, q: str = "", **more: str) -> list[str]:
    """Return what is offered: the words alone, what was typed between asterisks, keys left out."""
    page = client.get("/palette", query_string={"q": q, **more}).get_data(as_text=True)
    names = [re.search(r'palette-name".*?>(.*?)</span>', one) for one in OFFER.findall(page)]
    return [re.sub("</?mark>", "*", name[1]) for name in names if name]


@pytest.fixture
def filled(client: FlaskClient) -> dict[str, Any]:
    """Make a library in which much is called after spring."""
    image = added(client, post_title="Red fern", hashtags=["#spring"], category="Spring / Early")
    collection = client.post("/api/collections", json={"name": "Late Spring show"}).get_json()
    share = {"image_ids": [image["id"]], "title": "Spring, for Ruth", "days": 30}
    assert client.post("/api/shares", json=share).status_code == 201
    return {"image": image, "collection": collection}


def test_names_acts_and_pictures_are_found_by_the_beginnings_of_their_words(
    client: FlaskClient, filled: dict[str, Any]
) -> None:
    assert offers(client, "spr") == [
        "Late *Spr*ing show", "*Spr*ing, for Ruth", "*Spr*ing / Early", "*Spr*ing", "#*spr*ing",
        "Save *Spr*ing, for Ruth as a folder", "Red fern",
    ]  # fmt: skip
    found = offers(client, "spr", ticked="1,240")
    assert "Put 1,240 selected into Late *Spr*ing show" in found
    assert "Add tag #*spr*ing to 1,240 selected" in found
    # With what is to be done before it, and with accents.
    assert offers(client, "put spring", ticked="all 3")[0] == "*Put* all 3 selected into Late *Spring* show"
    assert offers(client, "SPRÍ")[0] == "Late *Spri*ng show"
    assert offers(client, "mark rea", ticked="2") == ["*Mark* 2 selected *rea*dy"]
    assert offers(client, "collect") == ["*Collect*ions"]


def test_what_is_called_just_so_comes_before_others_that_begin_alike(client: FlaskClient) -> None:
    for number in (1, *range(10, 16)):
        client.post("/api/collections", json={"name": f"Shelf {number}"})
        added(client, hashtags=[f"#shelf{number}"])
        added(client, hashtags=[f"#shelf{max(number, 10)}"])
    found = offers(client, "shelf 1")
    assert found[0] == "*Shelf* *1*"
    assert next(one for one in found if one.startswith("#")).replace("*", "") == "#shelf1"


def test_what_was_chosen_last_comes_first_as_far_as_it_is_there(
    client: FlaskClient, filled: dict[str, Any]
) -> None:
    (number, image) = filled["collection"]["id"], filled["image"]["id"]
    recent = (
        f"image:{image},tag:%23spring,collection:{number},collection:999,nonsense,category:x,image:{'9' * 30}"
    )
    assert offers(client, recent=recent)[:3] == ["Red fern", "#spring", "Late Spring show"]
    client.delete(f"/api/collections/{number}")
    client.delete(f"/api/images/{image}")
    assert offers(client, recent=recent)[0] == "Add pictures"


def test_who_only_looks_is_offered_no_acts_and_no_galleries(
    app: APIFlask, session: Session, client: FlaskClient, filled: dict[str, Any]
) -> None:
    viewer = as_role(app, session, "viewer")
    found = offers(viewer, "spr", ticked="3")
    assert "Late *Spr*ing show" in found
    assert not [one for one in found if "Ruth" in one or "selected" in one]
    assert offers(viewer) == ["Library", "Collections", "New pictures", "Drafts", "Ready pictures"]
    assert offers(viewer, "people") == offers(viewer, "trash") == offers(viewer, "dark") == []


def test_whatever_is_typed_is_looked_for_and_drawn_as_text(
    client: FlaskClient, filled: dict[str, Any]
) -> None:
    for typed in (
        "<b>",
        "'; DROP TABLE image",
        "%",
        "tag:",
        'tag:"x',
        "\0",
        "a" * 5000,
        "😀",
        "\\",
        "()&|!:*",
        "-",
    ):
        answer = client.get("/palette", query_string={"q": typed, "ticked": typed})
        assert answer.status_code == 200, typed
        assert "<b>" not in answer.get_data(as_text=True)
