"""Markup in every text that is kept, on every page: shown as text, never as a part of the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session

from artworks.accounts import invitations
from artworks.audit import log as audit
from models import Base, Person, db
from tests.support.factories import added
from tests.support.people import OWN, PASSWORD, add_person, signed_in

# Closes whatever it may stand in; `xss` is an element, an attribute or a call that no page of ours has.
HOSTILE = (
    "\"'></title></textarea></script></select><!--xss--><xss-{0} onxss=1><img src=xss onerror=a>{{{{7*191}}}}"
)
# What the program itself reads back: not words, and checked where it is written.
MEANING = {
    "status", "role", "state", "kind", "token_hash", "stored_filename", "sha256", "media_type", "rendition_type",
    "only", "tier", "nonce", "claim", "password_hash", "passcode_hash", "pixel_hash", "origins", "facts",
    "colours", "palette",
    "colour_names", "look_bands", "search", "hashtags_folded", "folded", "key", "xact", "code", "paused_code",
}  # fmt: skip
# Columns whose values the program says in its own words, or begins a sentence of its own with.
# Of rows alone the list that they are put into says that they are not to be translated.
ROWS = re.compile(r"fragment=rows|/row$")
OUR_WORDS = {"audit.action", "revision.who"}
VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "use",
    "wbr",
}
NOT_TRANSLATED = {"title", "script", "style", "textarea"}
# Tables without a page of their own.
HIDDEN = {"guess", "rate_bucket", "count_change", "status_count"}
# `fields` of a batch are names that the program knows, those of a suggestion are words.
KNOWN = {("batch", "fields"), ("batch", "language"), ("usage", "source"), ("usage", "tier")}
# Choices of the voice that are looked at again when they are read, and hold no signs.
NARROW = {"person", "language", "avoid", "always", "always_hashtags"}
# Words that at least one page has to show, so that the pages that were walked are the right ones.
SHOWN = {
    "image.post_title", "image.description", "image.hashtags", "image.key_points", "image.alt_text",
    "image.original_filename", "category.name", "collection.name", "collection.note", "saved_view.name",
    "voice.choices", "batch.about", "batch.note", "person.name", "person.email", "api_token.name",
    "share_link.title", "share_link.note", "visitor.name",
    "audit.target", "audit.who", "person_session.device", "suggestion.fields", "revision.changes", "tag.shown",
    "ticket.email",
}  # fmt: skip


class Reader(HTMLParser):
    """Collects what the page has because a text became a part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text: list[str] = []
        # Words of people that a translator of the browser may write over.
        self.translatable: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element and its attributes; those that a browser would follow must not lead to code."""
        if tag not in VOID:
            kept = ("translate", "no") in attrs or (bool(self._open) and self._open[-1][1])
            self._open.append((tag, kept or tag in NOT_TRANSLATED))
        if "xss" in tag or any("xss" in name or name.startswith("on") for name, _ in attrs):
            self.found.append(self.get_starttag_text() or tag)
        for name, value in attrs:
            self.text.append(value or "")
            if name in ("href", "src", "action", "formaction") and re.match(
                r"\s*(javascript|data|vbscript):", value or ""
            ):
                self.found.append(f"{name}={value}")
            # An image or link of ours never begins with what somebody typed.
            if name in ("src", "srcset") and (value or "").startswith(("xss", '"')):
                self.found.append(f"{name}={value}")

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, and those in it whose ends are left out."""
        while any(tag == name for name, _ in self._open) and self._open.pop()[0] != tag:
            pass

    def handle_comment(self, data: str) -> None:
        """Look at a comment."""
        if "xss" in data:
            self.found.append(f"<!--{data}")

    def handle_data(self, data: str) -> None:
        """Keep what a person reads."""
        self.text.append(data)
        if data.strip().startswith(HOSTILE[:4]) and not (self._open and self._open[-1][1]):
            self.translatable.append(data.strip())


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


@pytest.fixture
def owner(app: APIFlask, session: Session, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Return an owner of a library with a row in nearly every table."""
    monkeypatch.setattr("artworks.adapters.job_queue.enqueue_many", lambda *_: None)
    person = add_person(session, "owner", PASSWORD, email="mara@studio.example", name="Mara")
    client = signed_in(app, person)
    image = added(client, post_title="Heron", description="At dusk", category="Prints / Lino", hashtags="#sea #dusk",
                  key_points="30 x 40 cm", alt_text="A heron")  # fmt: skip
    other = added(client, post_title="Tide")
    client.delete(f"/api/images/{added(client)['id']}")
    client.post(f"/api/images/{image['id']}/refine", json={"feedback": "shorter"})
    client.post("/api/collections", json={"name": "Coast", "note": "About the coast"})
    client.post("/api/collections/1/images", json={"ids": [image["id"], other["id"]]})
    client.post(
        "/api/views", json={"name": "Mine", "filters": {"q": "heron", "tag": "sea", "category": "Prints"}}
    )
    client.put("/api/voice", json={"choices": {"guide": "Plain.", "samples": ["A text"], "avoid": ["very"]}})
    client.patch("/api/images", json={"select": {"ids": [other["id"]]}, "add_hashtags": "sea"})
    client.post("/api/batches", json={"select": {"ids": [other["id"]]}, "note": "All of the coast"})
    client.post("/account/tokens", data={"token_name": "Script", "role": "viewer", "days": "90"})
    gallery = {"title": "Spring", "note": "For you", "image_ids": [1, 2], "with_words": True}
    address = client.post("/api/shares", json=gallery).get_json()["url"]
    client.post(f"{address}/favourites", json={"name": "Ms. R.", "ids": [1]})
    return client


def leaves(value: Any, marked: str) -> Any:
    """Put the hostile text in the place of every text in a piece of JSON that is not one of its names."""
    if isinstance(value, dict):
        return {name: inner if name in NARROW else leaves(inner, marked) for name, inner in value.items()}
    if isinstance(value, list):
        return [leaves(inner, marked) for inner in value]
    return marked if isinstance(value, str) else value


def fill(connection: Connection) -> dict[str, str]:
    """Put hostile text in every column that holds words; gives each column with the mark in its text."""
    marks: dict[str, str] = {}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            place = f"{table.name}.{column.name}"
            if table.name in HIDDEN or column.name in MEANING or (table.name, column.name) in KNOWN:
                continue
            number = len(marks) + 100
            marked = HOSTILE.format(number)
            if isinstance(column.type, JSONB):
                _fill_json(connection, table.name, column.name, marked)
            elif isinstance(column.type, ARRAY):
                change = f"UPDATE {table.name} SET {column.name} = ARRAY[CAST(:marked AS text)]"
                connection.execute(text(change), {"marked": marked})
            elif isinstance(column.type, (Text, String)):
                # Some must differ from row to row.
                number_of = f"(SELECT count(*) FROM {table.name} o WHERE o.ctid <= {table.name}.ctid)"
                change = f"UPDATE {table.name} SET {column.name} = :marked || ' ' || {number_of}"
                connection.execute(text(change), {"marked": marked})
            else:
                continue
            marks[place] = f"xss-{number} "
    return marks


def _fill_json(connection: Connection, table: str, column: str, marked: str) -> None:
    rows = connection.execute(text(f"SELECT ctid::text AS place, {column} AS value FROM {table}")).all()
    for row in rows:
        change = f"UPDATE {table} SET {column} = CAST(:value AS jsonb) WHERE ctid = CAST(:place AS tid)"
        connection.execute(text(change), {"value": json.dumps(leaves(row.value, marked)), "place": row.place})


def pages(app: APIFlask, keys: dict[str, str]) -> Iterator[str]:
    """Yield every address that can be read, and the pieces and views of the pages."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.startswith(("assets", "bootstrap", "bytes")):
            continue
        address = rule.rule
        for whole, kind, name in re.findall(r"(<(?:([^:<>]+):)?(\w+)>)", rule.rule):
            value = keys.get(rule.rule.split("/")[1], "x") if name == "key" else "1"
            address = address.replace(whole, "thumbnail" if kind.startswith("any") else value)
        yield address
    hostile = quote(HOSTILE.format(99))
    yield from (
        "/?view=grid", "/?view=table", "/?fragment=rows", "/?fragment=sidebar", "/?fragment=rows&view=grid",
        "/images/1?fragment=panel", "/images/2", "/images/1?history=all", "/trash?fragment=rows",
        "/export?fragment=dialog",
        "/batches/new?ids=1,2", "/bulk?ids=1,2", "/review/1", "/categories/2", "/?collection=1",
        "/?q=heron&sort=best",
        "/batches/1?fragment=rows", "/tags/edit?tag=sea", "/look-alikes?kind=looks", "/usage?period=all",
        "/api/images",
        f"/?q={hostile}", f"/?category={hostile}", f"/?tag={hostile}", f"/?status={hostile}", f"/?colour={hostile}",
        f"/?sort={hostile}", f"/?after={hostile}", f"/?collection={hostile}", f"/export?q={hostile}", f"/{hostile}",
        f"/export?ids={hostile}", f"/batches/new?q={hostile}", f"/bulk?tag={hostile}", f"/tags?q={hostile}",
        f"/tags/edit?tag={hostile}", f"/images/1?q={hostile}", f"/usage?period={hostile}",
        f"/look-alikes?kind={hostile}",
        f"/sign-in?next={hostile}", f"/review?q={hostile}", f"/settings/voice?image={hostile}",
        f"/audit?action={hostile}",
        f"/share/{hostile}", f"/invitation/{hostile}", f"/reset/{hostile}", f"/?view={hostile}",
        f"/?fragment={hostile}",
        f"/static/css/{hostile}", f"/images/{hostile}", f"/api/{hostile}", f"/api/images?{hostile}=1",
    )  # fmt: skip


def test_no_text_becomes_a_part_of_any_page(
    app: APIFlask, owner: FlaskClient, session: Session, engine: Engine
) -> None:
    [share] = owner.get("/api/shares").get_json()["shares"]
    with app.app_context():
        invited = invitations.invite(db.session(), "lea@studio.example", name="Lea", role="viewer")
        person = add_person(db.session(), "editor", PASSWORD)
        reset = invitations.reset(db.session(), person)
        audit.record(db.session(), "renamed", HOSTILE.format(98), before=HOSTILE.format(97))
        db.session.commit()
    keys = {"share": share["url"].rpartition("/")[2], "invitation": invited.key, "reset": reset.key}
    with engine.begin() as connection:
        # Without the triggers, which keep counts, and keep the audit as it is.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        marks = fill(connection)
    # A day later nobody's rows changed, so whoever is signed in still is.
    shown, bad, broken = [], {}, {}
    translatable: set[str] = set()
    for caller in (owner, app.test_client()):
        for address in pages(app, keys):
            answer = caller.get(address, buffered=True)
            if answer.status_code >= 500:
                broken[address] = answer.status_code
            if answer.mimetype == "text/html":
                reader = read(answer.get_data(as_text=True))
                shown.append(" ".join(reader.text))
                if not ROWS.search(address):
                    translatable |= set(reader.translatable)
                if reader.found or "1337" in "".join(reader.text):
                    bad[address] = reader.found
            else:
                assert answer.mimetype in (
                    "application/json", "text/csv", "image/svg+xml", "image/jpeg", "image/webp", "text/css",
                    "application/zip",
                ), address  # fmt: skip
    assert broken == {}
    assert bad == {}
    assert {
        place for place, mark in marks.items() if any(mark in words for words in translatable)
    } <= OUR_WORDS
    whole = "\n".join(shown)
    missing = {place for place in SHOWN if marks[place].strip() not in whole}
    assert missing == set()


def test_what_was_typed_comes_back_as_text(app: APIFlask, owner: FlaskClient) -> None:
    """A mistake shows the form again, with what was typed; a message tells what was done, with its name."""
    hostile = HOSTILE.format(1)
    long = hostile * 50
    forms: dict[str, dict[str, Any]] = {
        "/collections": {"name": hostile}, "/views": {"name": hostile, "q": "x"},
        "/categories": {"name": hostile[:70]},
        "/images/1": {"version": "1", "post_title": long}, "/images/2": {"version": "1", "description": long * 5},
        "/collections/1": {"name": long, "note": hostile}, "/views/1": {"name": long},
        "/account/name": {"name": long},
        "/account/tokens": {"token_name": hostile[:79], "role": hostile, "days": hostile},
        "/people": {"email": hostile, "name": hostile, "role": hostile, "share": hostile},
        "/settings/voice": {"guide": hostile, "avoid": hostile, "person": hostile, "language": hostile},
        "/batches": {"select": "ids", "ids": hostile, "note": hostile}, "/batches/new": {"ids": "1", "note": hostile},
        "/bulk": {"select": "ids", "ids": hostile}, "/tags/rename": {"tag": hostile, "name": hostile},
        "/images/1/refine": {"feedback": long}, "/preferences": {"theme": hostile, "next": hostile},
        "/shared": {"title": long, "note": hostile, "ids": "1"}, "/sign-in": {"email": hostile, "password": "x"},
        "/first-owner": {"email": hostile, "name": hostile, "code": hostile}, "/forgot": {"email": hostile},
    }  # fmt: skip
    stranger = app.test_client()
    stranger.environ_base["HTTP_ORIGIN"] = OWN
    for caller in (owner, stranger):
        for address, data in forms.items():
            answer = caller.post(address, data=data, headers={"User-Agent": hostile, "Referer": hostile})
            assert answer.status_code < 500, address
            found = read(answer.get_data(as_text=True)).found
            found += read(caller.get("/").get_data(as_text=True)).found
            assert found == [], address
    for file in (hostile + ".jpg", hostile):
        image = added(owner, file) if file.endswith(".jpg") else None
        if image:
            assert read(owner.get(f"/images/{image['id']}").get_data(as_text=True)).found == []


def test_a_device_is_called_by_our_own_words(app: APIFlask, owner: FlaskClient, session: Session) -> None:
    """A User-Agent header is what anybody makes it."""
    stranger = app.test_client()
    agent = HOSTILE.format(1) + " Firefox"
    stranger.post(
        "/sign-in", data={"email": "mara@studio.example", "password": PASSWORD}, headers={"User-Agent": agent}
    )
    assert session.query(Person).count() == 1
    page = owner.get("/account").get_data(as_text=True)
    assert "Firefox" in page
    assert "xss" not in page
