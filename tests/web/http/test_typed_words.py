"""Which free texts of forms are kept while they are typed, and how a page tells that they were taken."""

from __future__ import annotations

import re
from pathlib import Path

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.people import as_role

ROOT = Path(__file__).resolve().parents[3]
CONTROL = re.compile(r"<(?:textarea|input)\b(?:\{[{%].*?[%}]\}|[^>])*>", re.DOTALL)
# What is no free text, and what has a rule of its own: pictures publish what is typed, and a search changes nothing.
OTHERS = re.compile(
    r"type=\"?(hidden|range|checkbox|radio|file|number|color|date|submit|search|password)\b|\breadonly\b|\bhidden>|form=\"words-form\""
)
SECRET = re.compile(r"name=\"\w*(key|password|passcode|code|secret)\"")
KEEP = re.compile(r"\bdata-keep-words(?:=\"([^\"]*)\")?(?=[ >\n])")
# A helper of the clipboard, and the fields of pictures.
OF_SCRIPTS = {"core/clipboard.js", "images/edit_control.js"}


def test_every_free_text_says_whether_it_is_kept_and_no_secret_is() -> None:
    found = [
        (path.name, control)
        for path in (ROOT / "templates").rglob("*.html")
        for control in CONTROL.findall(path.read_text(encoding="utf-8"))
        if not OTHERS.search(control)
    ]
    assert len(found) > 30
    assert [one for one in found if not KEEP.search(one[1])] == []
    kept = [control for _, control in found if KEEP.findall(control) != ["no"]]
    assert len(kept) > 20
    assert [one for one in kept if SECRET.search(one.replace("key_points", ""))] == []
    scripts = {
        str(path.relative_to(ROOT / "static/js")): path.read_text(encoding="utf-8")
        for path in (ROOT / "static/js").rglob("*.js")
    }
    making = re.compile(r"createElement\((\"input|\"textarea|\w+ ===)")
    assert {
        name for name, text in scripts.items() if making.search(text) and "keep" not in text
    } == OF_SCRIPTS


def test_a_form_that_was_taken_is_told_to_the_next_page_once(client: FlaskClient) -> None:
    form = {"name": "Spring", "note": "", "typed_number": "1764"}
    assert client.post("/collections", data=form).status_code == 303
    page = client.get("/collections").text
    assert 'data-taken="1764"' in page
    # It is for scripts alone.
    assert 'class="note note-taken"' not in page
    assert "data-taken" not in client.get("/collections").text
    # Refused, it is not taken; the page says that it shows what was sent.
    refused = client.post("/collections", data=form)
    assert refused.status_code == 409
    assert " data-answer" in refused.text
    for number in ("x", "9" * 21, "-1"):
        client.post("/collections", data={**form, "name": f"Fog {number}", "typed_number": number})
    assert "data-taken" not in client.get("/collections").text


def test_those_who_only_look_have_the_words_of_their_own_account_kept(
    app: APIFlask, session: Session
) -> None:
    page = as_role(app, session, "viewer").get("/account").text
    assert " data-person=" in page
    assert "js/words/form_words.js" in page
