"""The owner sees what belongs to somebody before they lose a right, and says what becomes of it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models import Person
from tests.support.belongings import gallery_of, give_everything, state_of
from tests.support.people import add_person, signed_in

JSON = {"Accept": "application/json"}
TAKE = {"galleries": "take", "batches": "take", "invitations": "take", "tokens": "keep"}


@pytest.fixture
def owner(session: Session) -> Person:
    return add_person(session, "owner", email="mara@studio.example", name="Mara")


@pytest.fixture
def mara(app: APIFlask, owner: Person) -> FlaskClient:
    return signed_in(app, owner)


@pytest.fixture
def jonas(session: Session, owner: Person) -> Person:
    """Return another owner, who has one of each kind."""
    person = add_person(session, "owner", email="jonas@studio.example", name="Jonas")
    give_everything(session, person, owner)
    return person


def panel(words: str, action: str) -> str:
    """Return the form that posts to an address."""
    found = re.search(rf'<form[^>]* action="{action}".*?</form>', words, re.DOTALL)
    assert found, action
    plain = re.sub(r"</?(bdi|span)[^>]*>", "", found[0])
    return " ".join(unescape(re.sub(r"<(?!input)[^>]+>", " ", plain)).split())


def seen(form: str) -> str:
    return str(re.search(r'name="seen" value="([^"]*)"', form)[1])  # type: ignore[index]


def role_form(person: Person, role: str, **more: str) -> dict[str, str]:
    return {"name": person.name, "role": role, "share": "", **more}


def test_the_page_shows_before_the_removal_what_belongs_to_somebody(mara: FlaskClient, jonas: Person) -> None:
    form = panel(mara.get("/people").text, f"/people/{jonas.id}/remove")
    for words in (
        "1 shared gallery: Coast",
        "1 batch that is not done: everything tagged #heron",
        "1 open invitation: nina@studio.example",
        "2 tokens for scripts: Scanner, Reader They end",
        "1 link for somebody's new password: mara@studio.example It ends",
    ):
        assert words in form
    assert form.count('type="radio"') == 6
    # Nothing is decided before somebody did.
    assert "checked" not in form


def test_a_removal_without_a_choice_comes_back_with_the_question(
    mara: FlaskClient, jonas: Person, session: Session
) -> None:
    before = state_of(session)
    asked = mara.post(f"/people/{jonas.id}/remove", data={"galleries": "take"})
    assert asked.status_code == 422
    assert "Jonas has 1 shared gallery, 1 batch that is not done, 1 open invitation," in asked.text
    form = panel(asked.text, f"/people/{jonas.id}/remove")
    # What was chosen already stays chosen.
    assert re.search(r'name="galleries" value="take" required checked', form)
    assert state_of(session) == before
    done = mara.post(f"/people/{jonas.id}/remove", data={"seen": seen(form), **TAKE, "tokens": "end"})
    assert done.status_code == 303
    left = state_of(session)
    assert left["galleries"] == ["Coast 1"]
    assert left["batches"][0] == "running 1"
    assert left["tokens"] == []
    words = mara.get("/people").text
    assert "1 shared gallery: now yours." in words
    assert "2 tokens for scripts: ended." in words


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_a_lesser_role_asks_first_and_forgets_nothing(
    mara: FlaskClient, jonas: Person, session: Session, role: str
) -> None:
    before = state_of(session)
    asked = mara.post(f"/people/{jonas.id}", data=role_form(jonas, role, name="Jonas Berg", share="5"))
    assert asked.status_code == 422
    form = panel(asked.text, f"/people/{jonas.id}")
    assert 'value="Jonas Berg"' in form
    assert ("1 shared gallery" in form) == (role == "viewer")
    assert "1 token for scripts: Scanner" in form
    assert state_of(session) == before
    given = {**TAKE, "seen": seen(form)}
    done = mara.post(f"/people/{jonas.id}", data=role_form(jonas, role, **given))
    assert done.status_code == 303
    left = state_of(session)
    assert left["galleries"] == [f"Coast {1 if role == 'viewer' else jonas.id}"]
    assert left["tokens"] == [f"Scanner {role}", "Reader viewer"]
    assert left["invitations"] == ["nina@studio.example 1"]


@pytest.mark.parametrize("deed", ["remove", "role"])
def test_a_script_gets_the_choices_told(
    mara: FlaskClient, jonas: Person, session: Session, deed: str
) -> None:
    path = f"/people/{jonas.id}{'/remove' if deed == 'remove' else ''}"
    form = {} if deed == "remove" else role_form(jonas, "viewer")
    asked = mara.post(path, data=form, headers=JSON)
    assert asked.status_code == 422
    body = asked.get_json()
    assert body["error"]["code"] == "invalid"
    assert body["belongings"]["galleries"] == {
        "things": [{"id": 1, "name": "Coast"}],
        "choices": ["take", "end"],
    }
    assert body["belongings"]["links"]["choices"] == ["end"]
    assert body["belongings"]["tokens"]["choices"] == (["end"] if deed == "remove" else ["keep", "end"])
    shown = " ".join(
        f"{kind}:{one['id']}" for kind, told in body["belongings"].items() for one in told["things"]
    )
    gallery_of(session, jonas, "Newer")
    choices = dict.fromkeys(body["belongings"], "end")
    again = mara.post(path, data={**form, **choices, "seen": shown}, headers=JSON)
    assert (again.status_code, again.get_json()["error"]["code"]) == (409, "conflict")
    assert [one["name"] for one in again.get_json()["belongings"]["galleries"]["things"]] == [
        "Coast",
        "Newer",
    ]
    shown += " galleries:4"
    assert mara.post(path, data={**form, **choices, "seen": shown}, headers=JSON).status_code == 303
    left = state_of(session)
    assert (left["galleries"], left["invitations"], left["batches"][0]) == ([], [], f"paused {jonas.id}")


def test_who_steps_back_sees_what_ends_and_hands_nothing_to_themselves(
    app: APIFlask, session: Session, owner: Person, jonas: Person
) -> None:
    client = signed_in(app, jonas)
    asked = client.post(f"/people/{jonas.id}", data=role_form(jonas, "viewer"))
    assert asked.status_code == 422
    form = panel(asked.text, f"/people/{jonas.id}")
    assert "1 shared gallery: Coast It closes" in form
    assert 'value="take"' not in form
    done = client.post(f"/people/{jonas.id}", data=role_form(jonas, "viewer", seen=seen(form), tokens="end"))
    assert (done.status_code, done.location) == (303, "/")
    assert state_of(session)["galleries"] == []


def test_where_nothing_belongs_to_somebody_nothing_is_asked(
    mara: FlaskClient, session: Session, owner: Person
) -> None:
    person = add_person(session, "editor", name="Zoe")
    assert "seen" not in panel(mara.get("/people").text, f"/people/{person.id}/remove")
    assert mara.post(f"/people/{person.id}", data=role_form(person, "viewer")).status_code == 303
    assert mara.post(f"/people/{person.id}/remove").status_code == 303


def test_markup_in_names_is_text(mara: FlaskClient, session: Session, owner: Person) -> None:
    person = add_person(session, "editor", name="Zoe")
    gallery_of(session, person, "<script>alert(1)</script>")
    for words in (
        mara.get("/people").text,
        mara.post(f"/people/{person.id}", data=role_form(person, "viewer")).text,
    ):
        assert "<script>alert" not in words
        assert "&lt;script&gt;alert(1)" in words


def test_many_of_a_kind_are_counted(mara: FlaskClient, session: Session, owner: Person) -> None:
    person = add_person(session, "editor", name="Zoe")
    for number in range(7):
        gallery_of(session, person, f"Coast {number}")
    form = panel(mara.get("/people").text, f"/people/{person.id}/remove")
    assert "7 shared galleries: Coast 0, Coast 1, Coast 2, Coast 3, Coast 4 and 2 more" in form
