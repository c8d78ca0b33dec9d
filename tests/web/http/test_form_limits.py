"""Plain forms go through the models of the JSON, and still say in the words of the page what does not fit."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from artworks.images import image as images
from artworks.images import suggestions
from tests.support.factories import added

# What each form answers: a status, and a part of the page or of the address that it leads to.
ANSWERS: list[tuple[str, dict[str, Any], int, str]] = [
    # Longer than the model takes, but not any more once it is read as the subject reads it.
    ("/tags/rename", {"tag": "#heron" + " " * 400, "name": "egret" + " " * 400}, 303, "/tags"),
    ("/tags/rename", {"tag": "x" * 301, "name": "egret"}, 404, "No picture has this tag."),
    ("/tags/rename", {"tag": "#egret", "name": "x" * 301}, 422, "A hashtag is longer than 100 characters."),
    ("/tags/merge", {"tags": "#egret", "into": "heron" + " " * 400}, 303, "/tags"),
    ("/views", {"name": "Long", "q": "x" * 1001}, 303, "/?q=" + "x" * 200),
    ("/views", {"name": "Sorted", "sort": "x" * 21}, 422, "There is no such order."),
    ("/images/1", {"version": "1", "status": "gone"}, 409, ""),
    ("/images/1", {"version": "4", "status": "gone"}, 422, "The status must be new, draft or ready."),
    ("/images/1/refine", {"feedback": "x" * 2000 + "  "}, 303, "/images/1"),
    ("/categories/1/delete", {"parts": ""}, 400, "This form is incomplete."),
    ("/collections/1/remove", {"image_id": "0"}, 422, "The ids must be those of pictures."),
    (
        "/collections/1/order",
        {"image_id": "0", "arranged": "1", "move": "later"},
        404,
        "not in the collection",
    ),
    ("/bulk", {"which": "ticked", "ids": ["0", "9" * 18], "status": "ready"}, 303, "/"),
    (
        "/bulk",
        {"which": "ticked", "ids": "1", "status": "gone"},
        422,
        "The status must be new, draft or ready.",
    ),
    ("/bulk", {"which": "ticked", "ids": "1", "out_of": "x"}, 422, "There is no such collection."),
    ("/settings/voice", {"version": "9" * 30, "guide": "x"}, 409, "is in use now"),
    ("/settings/voice", {"version": "0", "emoji": "some"}, 422, "Choose emoji, none, or no rule."),
    ("/settings/voice", {"version": "0", "title_most": "1.5"}, 422, "must be a whole number."),
    ("/settings/voice/preview", {"version": "0", "image_id": "9" * 30}, 404, "There is no such picture."),
]
CAPS = {
    "$ 1.50": "",
    "1e400": "The cap must be more than $0 and at most $100,000.",
    "-1e400": "The cap must be more than $0 and at most $100,000.",
    "inf": "The cap must be an amount such as 1.50.",
    "1,5": "The cap must be an amount such as 1.50.",
}


@pytest.fixture
def library(client: FlaskClient) -> FlaskClient:
    """Return a caller of a library with one of everything that the forms name."""
    added(client, post_title="Mine", hashtags="heron", category="Prints")
    client.post("/api/collections", json={"name": "Spring show"})
    return client


def test_forms_say_what_does_not_fit_in_the_words_of_the_page(library: FlaskClient) -> None:
    for path, form, status, said in ANSWERS:
        answer = library.post(path, data=form)
        found = answer.headers.get("Location", "") if status == 303 else answer.text
        assert (answer.status_code, said in found) == (status, True), (path, form)


def test_a_suggestion_is_dismissed_by_the_names_of_its_fields_alone(
    library: FlaskClient, session: Session
) -> None:
    """In the line of names that the JSON has, none at all means every field."""
    words = {"post_title": "Dusk", "description": "A heron at dusk."}
    suggestions.suggest(session, images.find(session, 1), words, source="openai", note="", feedback="")
    session.commit()
    image = library.get("/api/images/1").get_json()
    form = {"action": "dismiss", "suggestion": image["suggestion"]["id"], "version": image["version"]}
    for field in ("", " ", ",", "post_title,description", "nothing"):
        answer = library.post("/images/1/suggestion", data={**form, "field": field})
        assert answer.status_code == 422
        assert "The suggestion has no such field any more." in answer.text
    assert library.get("/api/images/1").get_json()["suggestion"] == image["suggestion"]


def test_the_cap_of_a_batch_is_read_as_it_is_typed(library: FlaskClient) -> None:
    for typed, sentence in CAPS.items():
        form = {"select": "filter", "fields": "post_title", "only": "suggest", "cap_usd": typed}
        answer = library.post("/batches", data=form)
        assert answer.status_code == (422 if sentence else 303), typed
        assert sentence in answer.text
    assert library.get("/api/batches").get_json()["batches"][0]["cap_usd"] == 1.5
