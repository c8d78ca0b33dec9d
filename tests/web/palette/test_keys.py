"""The list of keys, and the switch for single letters."""

from __future__ import annotations

import re

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.people import as_role


def keys(client: FlaskClient, of: str) -> dict[str, list[str]]:
    """Read the dialog: what each line does, with its keys."""
    page = client.get(f"/keys?of={of}").get_data(as_text=True)
    lines = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    return {does: re.findall("<kbd>(.*?)</kbd>", caps) for does, caps in lines}


def test_each_page_lists_what_it_has(client: FlaskClient) -> None:
    library, review, other = (keys(client, of) for of in ("library", "review", "<nowhere>"))
    assert library["Tick up to here"] == ["Shift", "X"]
    assert library["Mark ready"] == ["A"]
    assert review["Accept, and on to the next"] == ["A"]
    assert "Tick" not in review
    assert set(other) == {"Find anything", "Search", "Undo", "Library", "Review", "All keys"}
    assert "<kbd>J</kbd>" in client.get("/keys?of=library&fragment=line").get_data(as_text=True)


def test_who_only_looks_has_no_keys_that_change_something(app: APIFlask, session: Session) -> None:
    found = keys(as_role(app, session, "viewer"), "library")
    assert "Tick" in found
    assert not {"Edit the words", "Mark ready", "To the trash", "Undo", "Review"} & set(found)


def test_letters_are_switched_off_for_every_page(client: FlaskClient) -> None:
    assert "data-keys" not in client.get("/").get_data(as_text=True)
    assert client.post("/preferences", json={"keys": "off"}).status_code == 204
    for path in ("/", "/collections", "/trash"):
        assert 'data-keys="off"' in client.get(path).get_data(as_text=True)
    assert "checked" not in client.get("/keys").get_data(as_text=True)
    assert client.post("/preferences", json={"keys": "some"}).status_code == 422
