"""What a messenger is told about a gallery, how clients answer, and who looks without being a visit."""

from __future__ import annotations

import re
from html import unescape

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from artworks.settings import installation
from tests.support.factories import added, picture, upload
from tests.support.galleries import fetch, shared
from tests.support.people import add_person, as_role, signed_in
from tests.web.conftest import MakeApp

WORDS = {"post_title": 'Heron & "dusk"', "description": "A quiet\nlagoon."}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "FRESH_SECONDS", 0.0)


def metas(page: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def test_a_link_is_previewed_with_a_picture_that_the_gallery_shares(
    make_app: MakeApp, session: Session
) -> None:
    app = make_app(ALLOWED_HOSTS="localhost,art.example.org", TRUSTED_PROXIES="1")
    studio = signed_in(app, add_person(session, "owner"))
    client = app.test_client()
    (image,) = upload(studio, (picture("JPEG", (2000, 1000)), "Private.jpg")).get_json()["images"]
    studio.patch(f"/api/images/{image['id']}", json={"version": image["version"], **WORDS})
    share = shared(studio, [image["id"]], note="By  the\nsea")
    path = share["url"].partition(".org")[2]
    said = metas(client.get(path).text)
    assert (said["og:title"], said["og:description"]) == ("Coast", "By the sea")
    assert said["og:url"] == f"https://art.example.org{path}"
    assert said["og:image"].startswith(f"https://art.example.org{path}/{image['id']}/preview?v=")
    assert (said["og:image:width"], said["og:image:height"]) == ("1280", "640")
    assert said["twitter:card"] == "summary_large_image"
    assert fetch(client, said["og:image"].partition(".org")[2]).status_code == 200
    # Without words a picture's page tells none.
    bare = metas(client.get(f"{path}/{image['id']}").text)
    assert (bare["og:title"], bare["og:description"]) == ("Picture 1", "Coast")
    studio.patch(f"/api/shares/{share['id']}", json={"with_words": True, "version": 1})
    told = metas(client.get(f"{path}/{image['id']}").text)
    assert (told["og:title"], told["og:description"]) == ('Heron & "dusk"', "A quiet lagoon.")
    studio.patch(f"/api/shares/{share['id']}", json={"passcode": "harbour", "version": 2})
    client.post(f"{path}/enter", data={"passcode": "harbour"})
    for page in (client.get(path), app.test_client().get(path), client.get(f"{path}/{image['id']}")):
        assert (page.status_code, metas(page.text)) == (200 if page.status_code != 303 else 303, {})
    studio.delete(f"/api/shares/{share['id']}")
    assert metas(client.get(path).text) == {}


def test_no_robot_is_a_visit_and_head_works(studio: FlaskClient, client: FlaskClient) -> None:
    image = added(studio)
    share = shared(studio, [image["id"]])
    for robot in (
        "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
        "WhatsApp/2.23",
        "Slackbot-LinkExpanding 1.0",
    ):
        page = client.get(share["url"], headers={"User-Agent": robot})
        assert 'property="og:image"' in page.text
    for path in ("", f"/{image['id']}", f"/{image['id']}/preview"):
        head = client.head(f"{share['url']}{path}", buffered=True)
        assert (head.status_code, head.data) == (200, b"")
    assert studio.get("/api/shares").get_json()["shares"][0]["opened"] == 0
    client.get(share["url"], headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"})
    assert studio.get("/api/shares").get_json()["shares"][0]["opened"] == 1


def test_clients_can_answer_from_every_page(app: APIFlask, client: FlaskClient, session: Session) -> None:
    studio = as_role(app, session, "owner")
    image = added(studio, post_title="Ebb & flow?\r\n&bcc=x@y.example")
    share = shared(studio, [image["id"]], title="Coast & sea", with_words=True)
    locked = shared(studio, [image["id"]], passcode="harbour")
    pages = [share["url"], f"{share['url']}/{image['id']}", locked["url"], "/share/made-up"]
    for page in pages:
        assert "Write to" not in client.get(page).text
        assert "Ask about this" not in client.get(page).text
        assert "data-ask" not in client.get(page).text
    for name, value in (
        ("studio_contact", "mailto:mara+art@studio.example"),
        ("studio_contact_name", "<Mara>"),
    ):
        assert studio.patch(f"/api/settings/{name}", json={"value": value, "version": 0}).status_code == 200
    for page in pages:
        text = client.get(page).text
        assert "Write to &lt;Mara&gt;" in text
        assert 'href="mailto:mara%2Bart@studio.example' in text
    subject = "Ebb%20%26%20flow%3F%20%26bcc%3Dx%40y.example%2C%20Coast%20%26%20sea"
    asked = f'href="mailto:mara%2Bart@studio.example?subject={subject}"'
    assert asked in client.get(pages[1]).text
    assert 'data-ask="mailto:mara%2Bart@studio.example?subject=%2A"' in client.get(pages[0]).text
    link = {"value": "https://studio.example/write?to=mara", "version": 1}
    assert studio.patch("/api/settings/studio_contact", json=link).status_code == 200
    for page in pages:
        assert (
            'href="https://studio.example/write?to=mara" target="_blank" rel="noopener noreferrer"'
            in client.get(page).text
        )
