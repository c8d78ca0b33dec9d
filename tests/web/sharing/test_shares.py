"""Shared galleries as the studio has them: the API, the pages with plain forms, and who may use them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from models import Audit, ShareLink
from tests.support.factories import added
from tests.support.people import add_person, as_role, signed_in, with_token
from tests.web.conftest import MakeApp

PAGES = ("/shared", "/shared/new?ids=1", "/shared/4711")
FORMS = ("/shared", "/shared/4711", "/shared/4711/revoke", "/shared/4711/address")


def few(client: FlaskClient, count: int = 3) -> list[int]:
    """Add some pictures and give their ids."""
    return [added(client, f"Study {number}.jpg")["id"] for number in range(count)]


def shared(client: FlaskClient, *ids: int, **given: Any) -> dict[str, Any]:
    """Share some pictures and give the JSON of the gallery."""
    answer = client.post("/api/shares", json={"title": "Coast", "image_ids": ids, **given})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def test_a_gallery_is_made_listed_changed_and_revoked(client: FlaskClient) -> None:
    ids = few(client)
    body = shared(client, *ids, note="By the sea", passcode="harbour", days=30)
    assert body == {
        "id": body["id"], "title": "Coast", "note": "By the sea", "collection_id": None, "images": 3,
        "with_words": False, "with_originals": False, "has_passcode": True, "state": "open", "url": body["url"],
        "version": 1, "made_by": "", "created_at": body["created_at"],
        "expires_at": body["expires_at"], "revoked_at": None,
        "opened": 0, "opened_at": None,
    }  # fmt: skip
    assert re.fullmatch(r"http://localhost/share/[\w-]{43}", body["url"])
    assert client.get("/api/shares").get_json() == {"shares": [body], "next": None}
    address = f"/api/shares/{body['id']}"
    changed = client.patch(address, json={"with_words": True, "passcode": None, "days": None}).get_json()
    assert changed == {
        **body, "with_words": True, "has_passcode": False, "expires_at": None, "version": 2,
    }  # fmt: skip
    moved = client.patch(address, json={"new_address": True}).get_json()
    assert moved["url"] != body["url"]
    assert client.get(body["url"]).status_code == 404
    assert client.get(moved["url"]).status_code == 200
    assert client.delete(address).status_code == client.delete(address).status_code == 204
    assert client.get("/api/shares").get_json()["shares"][0]["state"] == "revoked"
    assert client.patch(address, json={"title": "X"}).status_code == 409
    assert client.get(moved["url"]).status_code == 404


def test_the_list_comes_in_pages(client: FlaskClient) -> None:
    (image_id,) = few(client, 1)
    ids = [shared(client, image_id)["id"] for _ in range(3)]
    first = client.get("/api/shares?limit=2").get_json()
    rest = client.get(f"/api/shares?limit=2&after={first['next']}").get_json()
    assert [one["id"] for one in first["shares"] + rest["shares"]] == ids[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 422),
        ({"title": ""}, 422),
        ({"days": 8}, 422),
        ({"passcode": "abc"}, 422),
        ({"image_ids": []}, 422),
        ({"image_ids": ["x"]}, 422),
        ({"image_ids": [4711]}, 422),
        ({"image_ids": list(range(1, 502))}, 422),
        ({"collection_id": 1}, 422),
        ({"image_ids": [], "collection_id": 4711}, 404),
        ({"person_id": 1}, 422),
        ({"token_hash": "x"}, 422),
        ({"opened": 99}, 422),
        ({"with_words": "perhaps"}, 422),
    ],
)
def test_what_does_not_fit_is_refused(client: FlaskClient, given: dict[str, Any], status: int) -> None:
    body = {"title": "Coast", "image_ids": few(client, 1), **given} if given else {}
    assert client.post("/api/shares", json=body).status_code == status
    assert client.get("/api/shares").get_json()["shares"] == []


def test_what_is_not_there_is_404(client: FlaskClient) -> None:
    for number in ("4711", "0", str(2**70)):
        assert client.patch(f"/api/shares/{number}", json={"title": "X"}).status_code == 404
        assert client.delete(f"/api/shares/{number}").status_code == 404
        assert client.get(f"/shared/{number}").status_code == 404
        for form in ("", "/revoke", "/address"):
            assert client.post(f"/shared/{number}{form}", data={"title": "X"}).status_code == 404
    assert client.get("/shared/new?collection=4711").status_code == 404
    assert client.get("/shared/new?collection=x").status_code == 400
    assert client.get("/shared?after=x").status_code == 400
    for ids in ("", "x", "1,x", ",".join(map(str, range(1, 502)))):
        assert client.get(f"/shared/new?ids={ids}").status_code == 422


def test_a_collection_is_shared_with_a_plain_form(client: FlaskClient) -> None:
    ids = few(client)
    number = client.post("/api/collections", json={"name": "Harbour", "note": "Low tide"}).get_json()["id"]
    client.post(f"/api/collections/{number}/images", json={"ids": ids})
    link = f"/shared/new?collection={number}"
    assert link in client.get(f"/collections/{number}").text
    form = client.get(link).text
    assert 'value="Harbour"' in form
    assert "Low tide" in form
    made = client.post("/shared", data={"collection": number, "title": "Harbour", "days": ""})
    (body,) = client.get("/api/shares").get_json()["shares"]
    assert (made.status_code, made.location) == (303, f"/shared#share-{body['id']}")
    assert (body["collection_id"], body["images"], body["expires_at"]) == (number, 3, None)
    page = client.get("/shared").text
    assert body["url"] in page
    assert "Not opened yet" in page


def test_ticked_pictures_are_shared_with_a_plain_form(client: FlaskClient) -> None:
    ids = few(client)[::-1]
    sent = ",".join(map(str, ids))
    assert f'value="{sent}"' in client.get(f"/shared/new?ids={sent}").text
    form = {"ids": sent, "title": "Coast", "with_words": "1", "passcode": "harbour", "days": "7"}
    assert client.post("/shared", data=form).status_code == 303
    (body,) = client.get("/api/shares").get_json()["shares"]
    assert (body["images"], body["with_words"], body["with_originals"]) == (3, True, False)
    assert body["has_passcode"]
    assert body["expires_at"]


def test_a_mistake_brings_the_form_back_as_it_was_typed(client: FlaskClient) -> None:
    (image_id,) = few(client, 1)
    form = {
        "ids": image_id,
        "title": "Kept",
        "note": "a\r\nb",
        "with_words": "1",
        "days": "90",
        "passcode": "odd",
    }
    answer = client.post("/shared", data=form)
    assert answer.status_code == 422
    assert "4 to 100 characters" in answer.text
    assert 'value="Kept"' in answer.text
    assert "a\nb</textarea>" in answer.text
    assert 'value="90" selected' in answer.text
    assert re.search(r'id="share-words" checked', answer.text)
    assert "odd" not in answer.text
    assert client.get("/api/shares").get_json()["shares"] == []


def test_a_gallery_is_changed_with_a_plain_form(client: FlaskClient) -> None:
    body = shared(client, *few(client), passcode="harbour", days=7, with_words=True)
    address = f"/shared/{body['id']}"
    assert 'value="Coast"' in client.get(address).text
    assert client.post(address, data={"title": "Harbour", "days": "same"}).status_code == 303
    (now,) = client.get("/api/shares").get_json()["shares"]
    assert now == {**body, "title": "Harbour", "with_words": False, "version": 2}
    client.post(address, data={"title": "Harbour", "days": "", "no_passcode": "1"})
    (now,) = client.get("/api/shares").get_json()["shares"]
    assert (now["has_passcode"], now["expires_at"]) == (False, None)
    for data, message in (
        ({"title": "", "days": "same"}, "Give the gallery a title."),
        ({"title": "X", "days": "12"}, "7, 30 or 90 days"),
        ({"title": "X", "days": "same", "passcode": "abc"}, "4 to 100"),
    ):
        answer = client.post(address, data=data)
        assert answer.status_code == 422
        assert message in answer.text


def test_a_gallery_is_revoked_and_gets_a_new_address_with_plain_forms(client: FlaskClient) -> None:
    body = shared(client, *few(client))
    renewed = client.post(f"/shared/{body['id']}/address")
    assert (renewed.status_code, renewed.location) == (303, f"/shared#share-{body['id']}")
    (now,) = client.get("/api/shares").get_json()["shares"]
    assert now["url"] != body["url"]
    assert client.post(f"/shared/{body['id']}/revoke").status_code == 303
    page = client.get("/shared").text
    assert "Revoked" in page
    assert now["url"] not in page
    assert client.get(f"/shared/{body['id']}").status_code == 200
    assert client.post(f"/shared/{body['id']}", data={"title": "X", "days": "same"}).status_code == 409
    assert client.post(f"/shared/{body['id']}/address").status_code == 409


def test_the_page_says_how_often_a_gallery_was_opened(client: FlaskClient, session: Session) -> None:
    body = shared(client, *few(client))
    client.get(body["url"])
    assert "Opened once" in client.get("/shared").text
    session.execute(text("UPDATE share_link SET opened = 1234"))
    session.commit()
    assert "Opened 1,234 times" in client.get("/shared").text


def test_an_address_that_cannot_be_shown_says_so_and_offers_another(
    client: FlaskClient, make_app: MakeApp
) -> None:
    body = shared(client, *few(client))
    later = make_app(FLASK_SECRET_KEY="another secret of the tests, longer").test_client()
    (now,) = later.get("/api/shares").get_json()["shares"]
    assert now["url"] is None
    for page in (later.get("/shared").text, later.get(f"/shared/{body['id']}").text):
        assert "cannot be shown any more" in page
        assert f'action="/shared/{body["id"]}/address"' in page
    assert later.get(body["url"]).status_code == 200
    later.post(f"/shared/{body['id']}/address")
    (now,) = later.get("/api/shares").get_json()["shares"]
    assert later.get(now["url"]).status_code == 200
    assert later.get(body["url"]).status_code == 404


def test_an_address_leads_to_a_name_that_others_can_reach_or_it_is_said_that_there_is_none(
    client: FlaskClient, make_app: MakeApp, session: Session
) -> None:
    shared(client, *few(client))
    for path in ("/shared", "/shared/new?ids=1"):
        page = client.get(path).text
        assert "on this computer alone" in page
        assert "Save as a folder" in page
    app = make_app(ALLOWED_HOSTS="localhost,art.example.org", TRUSTED_PROXIES="1")
    known = signed_in(app, add_person(session, "owner"))
    (now,) = known.get("/api/shares").get_json()["shares"]
    assert now["url"].startswith("https://art.example.org/share/")
    assert "on this computer alone" not in known.get("/shared").text


def test_markup_stays_text(client: FlaskClient) -> None:
    body = shared(client, *few(client), title='<b>"x"</b>', note="<script>alert(1)</script>")
    for address in ("/shared", f"/shared/{body['id']}", body["url"]):
        page = client.get(address).text
        assert "<b>" not in page
        assert "<script>alert" not in page


def test_nobody_gets_in(app: APIFlask, client: FlaskClient, session: Session) -> None:
    add_person(session, "owner")
    for address in PAGES:
        answer = client.get(address)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/sign-in"), address
    for address in FORMS:
        assert client.post(address, data={"title": "X"}).status_code == 401
    assert client.get("/api/shares").status_code == 401
    assert client.post("/api/shares", json={}).status_code == 401


def test_a_viewer_may_not_share_and_is_not_offered_it(app: APIFlask, session: Session) -> None:
    viewer = as_role(app, session, "viewer")
    for address in (*PAGES, "/api/shares"):
        assert viewer.get(address).status_code == 403, address
    for address in FORMS:
        assert viewer.post(address, data={"title": "X"}).status_code == 403
    assert viewer.post("/api/shares", json={"title": "X", "image_ids": [1]}).status_code == 403
    assert viewer.patch("/api/shares/1", json={}).status_code == 403
    assert viewer.delete("/api/shares/1").status_code == 403
    for address in ("/", "/collections"):
        page = viewer.get(address).text
        assert 'data-do="share"' not in page
        assert "/shared" not in page


def test_an_editor_may_and_it_is_written_down_who_it_was(app: APIFlask, session: Session) -> None:
    add_person(session, "owner")
    mara = add_person(session, "editor", name="Mara")
    editor = signed_in(app, mara)
    body = shared(editor, *few(editor))
    assert body["made_by"] == "Mara"
    assert editor.get("/shared").status_code == 200
    kept = session.query(ShareLink).one()
    assert kept.person_id == mara.id
    editor.delete(f"/api/shares/{body['id']}")
    done = session.query(Audit).filter(Audit.action.like("gallery %")).order_by(Audit.id).all()
    assert [(one.action, one.person_id, one.target) for one in done] == [
        ("gallery shared", mara.id, "Coast"),
        ("gallery revoked", mara.id, "Coast"),
    ]


def test_a_token_shares_as_far_as_its_role_goes(app: APIFlask, session: Session) -> None:
    owner = add_person(session, "owner")
    script, reader = with_token(app, owner, "editor"), with_token(app, owner, "viewer")
    body = shared(script, *few(script, 1))
    assert body["made_by"] == owner.called
    assert reader.get("/api/shares").status_code == 403


def test_for_how_long_a_gallery_may_be_open_is_told_plainly(client: FlaskClient) -> None:
    refused = client.post("/api/shares", json={"title": "Coast", "image_ids": few(client, 1), "days": 8})
    assert refused.get_json()["error"]["message"] == "days: This should be 7, 30 or 90."
    described = client.get("/api/openapi.json").get_json()["components"]["schemas"]
    for name in ("ShareIn", "ShareEdit"):
        days = described[name]["properties"]["days"]
        assert [7, 30, 90] in [one.get("enum") for one in days["anyOf"]]
        assert days["description"] == "open for 7, 30 or 90 days from now; null for no end"


def test_the_switch_for_words_says_what_stays_in_the_page(client: FlaskClient) -> None:
    collection = client.post("/api/collections", json={"name": "Harbour"}).get_json()["id"]
    page = client.get(f"/shared/new?collection={collection}").text
    assert "without them the alt texts are still in the page" in page
