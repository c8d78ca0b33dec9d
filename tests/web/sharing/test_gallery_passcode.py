"""The passcode of a shared gallery: asked for first, kept in a cookie of that gallery alone, hard to guess."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.accounts import throttle
from artworks.adapters import password_hasher
from artworks.web.sharing import gallery_pass
from models import Audit
from tests.support.factories import added
from tests.support.galleries import KINDS, enter, fetch, shared


def test_a_passcode_is_asked_for_before_anything_is_shown(studio: FlaskClient, client: FlaskClient) -> None:
    image = added(studio)
    share = shared(studio, [image["id"]], passcode="harbour", with_originals=True, title="Hidden title")
    here = f"{share['url']}/{image['id']}"
    asked = client.get(share["url"])
    assert 'name="passcode"' in asked.text
    assert "Hidden title" not in asked.text
    assert client.get(here).location == f"{share['url']}?picture={image['id']}".removeprefix(
        "http://localhost"
    )
    assert [fetch(client, f"{here}/{kind}").status_code for kind in KINDS] == [404] * 3
    wrong = enter(client, share, "wrong wrong")
    assert wrong.status_code == 401
    assert "This is not the passcode." in wrong.text
    assert "wrong wrong" not in wrong.text
    assert "Set-Cookie" not in wrong.headers
    right = enter(client, share, "harbour")
    assert (right.status_code, right.location) == (303, share["url"].removeprefix("http://localhost"))
    assert "Hidden title" in client.get(share["url"]).text
    assert [fetch(client, f"{here}/{kind}").status_code for kind in KINDS] == [200] * 3


@pytest.mark.parametrize("asked", ["/{picture}", "?after={picture}"])
def test_the_passcode_leads_to_what_was_asked_for(
    studio: FlaskClient, client: FlaskClient, asked: str
) -> None:
    picture = added(studio)["id"]
    share = shared(studio, [picture], passcode="harbour")
    here = share["url"].removeprefix("http://localhost") + asked.format(picture=picture)
    form = client.get(here, follow_redirects=True).text
    wrong = client.post(f"{share['url']}/enter", data={**hidden(form), "passcode": "not this one"})
    assert hidden(wrong.text) == hidden(form) != {}
    right = client.post(f"{share['url']}/enter", data={**hidden(wrong.text), "passcode": "harbour"})
    assert right.location == here
    assert client.get(here).status_code == 200


@pytest.mark.parametrize("picture", ["4711", "x", "9" * 30, "//evil.example", "²", "<b>"])
def test_what_is_not_in_the_gallery_leads_to_its_front_page(
    studio: FlaskClient, client: FlaskClient, picture: str
) -> None:
    share = shared(studio, [added(studio)["id"]], passcode="harbour")
    other = added(studio, "Other.jpg")["id"]
    assert "<b>" not in client.get(share["url"], query_string={"picture": picture}).text
    for given in (picture, str(other)):
        data = {"picture": given, "after": given, "passcode": "harbour"}
        right = client.post(f"{share['url']}/enter", data=data)
        assert right.location == share["url"].removeprefix("http://localhost")


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def test_the_studio_gives_the_passcode_as_well(studio: FlaskClient) -> None:
    share = shared(studio, [added(studio)["id"]], passcode="harbour")
    assert 'name="passcode"' in studio.get(share["url"]).text
    assert enter(studio, share, "harbour").status_code == 303


def test_the_cookie_is_for_the_server_and_this_gallery_alone(
    studio: FlaskClient, client: FlaskClient
) -> None:
    share = shared(studio, [added(studio)["id"]], passcode="harbour")
    path = share["url"].removeprefix("http://localhost")
    (cookie,) = enter(client, share, "harbour").headers.getlist("Set-Cookie")
    assert {"HttpOnly", "SameSite=Lax", f"Path={path}"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    data = {"passcode": "harbour"}
    answer = client.post(f"{path}/enter", data=data, base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"].split("; ")


def test_a_cookie_of_another_gallery_or_made_up_opens_nothing(
    app: APIFlask, studio: FlaskClient, client: FlaskClient
) -> None:
    image_id = added(studio)["id"]
    share, other = (shared(studio, [image_id], passcode="harbour") for _ in range(2))
    name, _, value = enter(client, share, "harbour").headers["Set-Cookie"].split(";")[0].partition("=")
    theirs = enter(client, other, "harbour").headers["Set-Cookie"].split(";")[0]
    own = theirs.partition("=")[0]
    stranger = app.test_client()
    for wrong in (value, value[:-1], "", "x", "[]", f"{value}.{value}", value.replace(".", "..")):
        for called in (name, own):
            stranger.set_cookie(called, wrong)
        assert 'name="passcode"' in stranger.get(other["url"]).text, wrong
        assert fetch(stranger, f"{other['url']}/{image_id}/preview").status_code == 404


def test_the_cookie_dies_with_the_passcode(studio: FlaskClient, client: FlaskClient) -> None:
    image_id = added(studio)["id"]
    share = shared(studio, [image_id], passcode="harbour")
    enter(client, share, "harbour")
    preview = f"{share['url']}/{image_id}/preview"
    assert fetch(client, preview).status_code == 200
    # The same one again is another one.
    studio.patch(f"/api/shares/{share['id']}", json={"passcode": "harbour"})
    assert fetch(client, preview).status_code == 404
    assert 'name="passcode"' in client.get(share["url"]).text
    studio.patch(f"/api/shares/{share['id']}", json={"passcode": None})
    assert fetch(client, preview).status_code == 200


def test_the_cookie_does_not_last_for_ever(
    studio: FlaskClient, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = shared(studio, [added(studio)["id"]], passcode="harbour")
    enter(client, share, "harbour")
    monkeypatch.setattr(gallery_pass, "LASTS", timedelta(seconds=-1))
    assert 'name="passcode"' in client.get(share["url"]).text


def test_guesses_at_a_passcode_are_limited_and_written_down(
    app: APIFlask, studio: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = shared(studio, [added(studio)["id"]], passcode="harbour")
    monkeypatch.setattr(password_hasher, "matches", lambda _kept, given: given == "harbour")

    def guess(number: int, passcode: str = "wrong") -> TestResponse:
        return app.test_client().post(
            f"{share['url']}/enter",
            data={"passcode": passcode},
            environ_base={"REMOTE_ADDR": f"10.0.0.{number}"},
        )

    codes = [guess(number).status_code for number in range(throttle.ACCOUNT.most)]
    assert codes == [401] * throttle.ACCOUNT.most
    held = guess(99, "harbour")
    assert held.status_code == 429
    assert 0 < int(held.headers["Retry-After"]) <= 900
    assert "tried too often" in held.text
    failed = session.query(Audit).filter(Audit.action == "gallery passcode failed").all()
    assert len(failed) == throttle.ACCOUNT.most
    assert {one.way for one in failed} == {"share"}
    assert "10.0.0.3" in {one.address for one in failed}


def test_the_right_passcode_takes_nothing_from_the_limit(
    studio: FlaskClient, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = shared(studio, [added(studio)["id"]], passcode="harbour")
    monkeypatch.setattr(password_hasher, "matches", lambda _kept, given: given == "harbour")
    for _ in range(3):
        codes = [enter(client, share, passcode).status_code for passcode in ["wrong"] * 5 + ["harbour"]]
        assert codes == [401] * 5 + [303]


def test_a_page_that_is_loaded_again_after_a_wrong_passcode_leads_back(
    studio: FlaskClient, client: FlaskClient
) -> None:
    share = shared(studio, [added(studio)["id"]], passcode="harbour")
    back = client.get(f"{share['url']}/enter")
    assert (back.status_code, back.location) == (303, share["url"].removeprefix("http://localhost"))
    free = shared(studio, [added(studio)["id"]])
    assert enter(client, free, "anything").status_code == 303


def test_a_passcode_sent_from_another_site_is_refused(studio: FlaskClient, client: FlaskClient) -> None:
    share = shared(studio, [added(studio)["id"]], passcode="harbour")
    headers = {"Origin": "https://evil.example"}
    answer = client.post(f"{share['url']}/enter", data={"passcode": "harbour"}, headers=headers)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
