"""The marks that say whose words those are, the same in every list; and what the statuses mean, where they are met."""

from __future__ import annotations

import json
import re

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from models import Image
from tests.support.factories import added
from tests.support.people import as_role

MARK = re.compile(r'<small class="origin([^"]*)" title="([^"]*)">([^<]*)</small>')
ROW = re.compile(r"<(?:tr|li)[^>]* data-by=([-\d]+)>")
ROW_MARK = re.compile(r"<i(?: class=([\w-]+))?>([^<]*)</i>")
WORDS = {"post_title": "Dusk", "description": "A heron.", "hashtags": "heron", "category": "Prints"}
FIELDS = ("post_title", "description", "hashtags", "category")


def row_marks(page: str) -> list[tuple[str, str]]:
    """Return the marks of the only row of a page, as its script makes them of numbers (library/row_parts.js)."""
    [written] = re.findall(r"data-writers='([^']+)'", page)
    [by] = ROW.findall(page)
    return [tuple(json.loads(written)[int(number)]) for number in by if number != "-"]


def written_by(session: Session, image_id: int, writer: str, status: str = "draft") -> None:
    values = {"origins": dict.fromkeys(FIELDS, writer), "status": status}
    session.execute(update(Image).where(Image.id == image_id).values(values))
    session.commit()


@pytest.mark.parametrize(
    ("writer", "status", "sign", "title", "word"),
    [
        ("person", "draft", "", "you", "you"),
        ("ai", "draft", " origin-ai", "AI", "AI"),
        ("ai_edited", "draft", " origin-ai_edited", "AI, edited by you", "AI, edited by you"),
        ("file", "new", " origin-file", "from the file", "from the file"),
        # A row that is ready never shows blue.
        ("ai", "ready", "", "approved by you", "you"),
        ("ai_edited", "ready", "", "approved by you", "you"),
    ],
)
def test_writers_are_told_apart_in_every_list(
    client: FlaskClient, session: Session, writer: str, status: str, sign: str, title: str, word: str
) -> None:
    number = added(client, **WORDS)["id"]
    written_by(session, number, writer, status)
    # Beside a category only what is not a person's is marked.
    for address, count in (("/?view=table", 4 if sign else 3), ("/?view=grid", 1)):
        marks = row_marks(client.get(address).text)
        # What a person wrote or approved has no sign of its own: it is that of a person.
        by = sign.removeprefix(" origin-") or ("approved" if status == "ready" else "person")
        assert marks == [(by, word)] * count, address
    collection = client.post("/api/collections", json={"name": "Show"}).get_json()["id"]
    client.post(f"/api/collections/{collection}/images", json={"ids": [number]})
    lists = [("/bulk", 1), (f"/images/{number}", 4), (f"/collections/{collection}", 1), ("/trash", 1)]
    for address, count in lists:
        if address == "/trash":
            client.delete(f"/api/images/{number}")
        assert MARK.findall(client.get(address).text) == [(sign, title, word)] * count, address


def test_with_accounts_nobody_elses_words_are_called_yours(app: APIFlask, session: Session) -> None:
    editor, viewer = as_role(app, session, "editor"), as_role(app, session, "viewer")
    mine, approved = added(editor, **WORDS)["id"], added(editor, **WORDS)["id"]
    written_by(session, approved, "ai", "ready")
    assert "by hand" in editor.get("/?view=table").text
    for caller in (editor, viewer):
        if caller is viewer:
            words = {word for _, word in ROW_MARK.findall(caller.get("/?view=table").text)}
            assert words == {"by hand", "approved"}
        assert MARK.findall(caller.get(f"/images/{mine}").text)[0][2] == "by hand"


def test_a_status_is_explained_on_three_pictures(client: FlaskClient, session: Session) -> None:
    numbers = [added(client, post_title=name)["id"] for name in "abcd"]
    for number in numbers:
        written_by(session, number, "ai")
    said = "AI wrote this. Read it, then mark it ready."
    shown = [said in client.get(f"/images/{number}").text for number in (numbers[0], *numbers, numbers[2])]
    assert shown == [True, True, True, True, False, True]
    client.delete_cookie("statuses_met")
    # In the review each page counts, and not what it loads ahead.
    in_review = [
        "AI wrote this. Read it, then accept it as ready." in client.get(address).text
        for address in ("/review?fragment=cards", *(f"/review/{number}" for number in numbers))
    ]
    assert in_review == [True, True, True, True, False]
    client.delete_cookie("statuses_met")
    written_by(session, numbers[0], "placeholder")
    assert "These are placeholder words." in client.get(f"/images/{numbers[0]}").text
    # Each status for itself, also where only the panel comes.
    written_by(session, numbers[3], "ai", "ready")
    panel = client.get(f"/images/{numbers[3]}?fragment=panel").text
    assert "These words are approved. AI leaves them alone." in panel
    client.set_cookie("statuses_met", "draft.9.x~~ready")
    assert "These words are approved" in client.get(f"/images/{numbers[3]}").text


def test_the_statuses_are_explained_beside_their_filter(client: FlaskClient) -> None:
    added(client)
    page = client.get("/").text
    help_ = page[page.index('<details class="status-help"') :]
    for meaning in ("What they mean", "<dt>New</dt>", "<dt>Draft</dt>", "<dt>Ready</dt>"):
        assert meaning in help_
