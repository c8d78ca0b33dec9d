"""Everything that matters works with plain forms, without JavaScript."""

from __future__ import annotations

import io
import random
import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.factories import added, picture


def now(client: FlaskClient, image: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/images/{image['id']}").get_json()
    return found


def leads_to(answer: TestResponse, place: str) -> bool:
    return answer.status_code == 303 and answer.headers["Location"] == place


def test_uploading_leads_to_the_library_which_says_what_became_of_each_file(client: FlaskClient) -> None:
    data = picture()
    files = [(io.BytesIO(data), "one.jpg"), (io.BytesIO(b"x"), "<two>.jpg"), (io.BytesIO(data), "three.jpg")]
    form = {"files": files, "category": "Prints", "key_points": "linocut\r\n30 cm"}
    assert leads_to(client.post("/", data=form), "/")
    page = client.get("/").get_data(as_text=True)
    assert "1 picture added." in page
    assert "three.jpg is already in your library." in page
    assert "&lt;two&gt;.jpg: This is a text file, although its name ends in .jpg." in page
    assert "<two>" not in page
    (image,) = client.get("/api/images").get_json()["images"]
    assert (image["category"], image["key_points"]) == ("Prints", "linocut\n30 cm")


def test_messages_about_many_long_names_fit_into_the_cookie(client: FlaskClient) -> None:
    """A browser drops a cookie of more than 4 kB without a word, and with it every message."""
    signs = random.Random(1)
    names = ["".join(chr(signs.randrange(0x4E00, 0x9FA5)) for _ in range(80)) for _ in range(20)]
    files = [(io.BytesIO(b"x"), f"{name}.jpg") for name in names]
    answer = client.post("/", data={"files": files})
    assert leads_to(answer, "/")
    assert len(answer.headers["Set-Cookie"]) < 4000
    page = client.get("/").get_data(as_text=True)
    assert page.count("This is a text file") + int(re.findall(r"(\d+) more files", page)[0]) == 20


def test_a_form_without_a_file_is_refused_in_words(client: FlaskClient) -> None:
    answer = client.post("/", data={"category": "Prints"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "No picture was chosen." in answer.get_data(as_text=True)


def test_the_samples_come_with_one_click(client: FlaskClient) -> None:
    assert leads_to(client.post("/samples"), "/")
    page = client.get("/").get_data(as_text=True)
    assert "6 pictures added." in page
    # Those that nobody touched go away as easily.
    mine = client.get("/api/images").get_json()["images"][0]
    client.patch(f"/api/images/{mine['id']}", json={"version": mine["version"], "post_title": "Mine"})
    form = re.search(r'action="(/bulk/\d+/undo)"', page)
    assert form is not None
    assert client.post(form[1]).status_code == 303
    assert "5 pictures are in the trash. 1 that was changed since stays." in client.get("/").text
    assert [one["post_title"] for one in client.get("/api/images").get_json()["images"]] == ["Mine"]


def test_the_form_of_the_page_edits_all_fields(client: FlaskClient) -> None:
    image = added(client)
    form = {
        "version": image["version"], "post_title": "Heron", "description": "One\r\n\r\nTwo", "hashtags": "#a, b",
        "category": "Prints", "key_points": "linocut", "alt_text": "A heron", "status": "ready",
    }  # fmt: skip
    where = f"/images/{image['id']}?q=heron&sort=title"
    assert leads_to(client.post(where, data=form), where)
    saved = now(client, image)
    assert saved["description"] == "One\n\nTwo"
    assert saved["hashtags"] == ["#a", "#b"]
    assert (saved["category"], saved["status"], saved["version"]) == ("Prints", "ready", 2)


def test_the_page_gives_back_the_same_text_that_was_saved(client: FlaskClient) -> None:
    """A text area drops its first line end, and the page must not add any."""
    image = added(client, description="One\n\n  Two\n<b>")
    page = client.get(f"/images/{image['id']}").get_data(as_text=True)
    area = re.search(r'<textarea[^>]*name="description"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    assert area is not None
    assert area[1] == "One\n\n  Two\n&lt;b&gt;"


def test_after_a_clash_the_page_shows_both_texts_and_loses_none(client: FlaskClient) -> None:
    image = added(client, post_title="Theirs", description="Same")
    form = {"version": "1", "post_title": "Mine <b>", "description": "Same"}
    answer = client.post(f"/images/{image['id']}", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Mine &lt;b&gt;" in page
    assert "Theirs" in page
    assert page.count("This was changed elsewhere while you were typing.") == 1
    assert f'data-version="{image["version"]}"' in page
    assert now(client, image) == image


def test_a_form_without_a_version_or_with_a_bad_value_changes_nothing(client: FlaskClient) -> None:
    image = added(client)
    for form, status in (
        ({"post_title": "x"}, 422), ({"version": "x", "post_title": "x"}, 422),
        ({"version": "9" * 5000, "post_title": "x"}, 422), ({"version": "9" * 30, "post_title": "x"}, 409),
        ({"version": "1", "post_title": "x" * 201}, 422), ({"version": "1", "post_title": "a\0"}, 422),
        ({"version": "1", "status": "gone"}, 422),
    ):  # fmt: skip
        assert client.post(f"/images/{image['id']}", data=form).status_code == status
    assert now(client, image) == image


def test_going_back_in_the_history(client: FlaskClient) -> None:
    image = added(client, post_title="First")
    upload = client.get(f"/api/images/{image['id']}/revisions").get_json()["revisions"][-1]["id"]
    where = f"/images/{image['id']}/revisions/{upload}/restore"
    assert client.post(where, data={}).status_code == 422
    assert client.post(where, data={"version": "1"}).status_code == 409
    assert leads_to(client.post(where, data={"version": "2"}), f"/images/{image['id']}")
    assert now(client, image)["post_title"] == ""
    assert (
        client.post(f"/images/{image['id']}/revisions/4711/restore", data={"version": "3"}).status_code == 404
    )


def test_to_the_trash_and_back_and_gone(client: FlaskClient) -> None:
    image = added(client, post_title="Heron <b>")
    assert leads_to(client.post(f"/images/{image['id']}/trash"), "/")
    assert "Heron &lt;b&gt; is in the trash." in client.get("/").get_data(as_text=True)
    assert leads_to(client.post(f"/images/{image['id']}/restore"), f"/images/{image['id']}")
    client.post(f"/images/{image['id']}/trash")
    assert leads_to(client.post("/trash/empty"), "/trash")
    assert "1 picture deleted for good." in client.get("/trash").get_data(as_text=True)
    assert client.post(f"/images/{image['id']}/restore").status_code == 404


def test_every_form_and_link_of_the_pages_leads_somewhere(client: FlaskClient) -> None:
    """Each address in the pages belongs to a route, and with that method."""
    image = added(client, post_title="Heron", category="Prints", hashtags="bird")
    trashed = added(client)
    client.delete(f"/api/images/{trashed['id']}")
    adapter = client.application.url_map.bind("localhost")
    for address in (
        "/",
        "/?view=grid",
        "/?q=zzz",
        "/trash",
        "/settings",
        "/export",
        image["urls"]["page"],
        "/nowhere",
    ):
        page = client.get(address).get_data(as_text=True)
        for form in re.findall(r"<form[^>]*>", page):
            action = re.search(r'action="([^"]*)"', form)
            method = re.search(r'method="([^"]*)"', form)
            path = (action[1] if action else address).partition("?")[0]
            adapter.match(path, method=(method[1] if method else "get").upper())
        for path in re.findall(r'(?:href|src)="(/[^"?#]*)', page):
            adapter.match(path, method="GET")
