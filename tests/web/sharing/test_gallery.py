"""What a client sees of a shared gallery, and that it is nothing more than that."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.accounts import throttle
from artworks.web import image_json
from artworks.web.images import file_pages
from artworks.web.sharing import gallery_pages as gallery
from models import db
from tests.fakes.storage import MemoryStorage
from tests.support.factories import added, picture, upload
from tests.support.galleries import KINDS, enter, fetch, shared
from tests.support.material import row, statements
from tests.support.people import as_role

CLOSED = "This gallery is not open, or not any more."
WORDS: dict[str, Any] = {
    "post_title": "Heron at dusk",
    "description": "A quiet lagoon.",
    "alt_text": "A grey bird in water",
    "hashtags": ["#secretTag"],
    "category": "Secret shelf",
    "key_points": "secret notes",
}


def closed(answer: TestResponse) -> bool:
    return answer.status_code == 404 and CLOSED in answer.text


def test_somebody_without_an_account_sees_the_pictures_in_their_order(
    studio: FlaskClient, client: FlaskClient
) -> None:
    ids = [added(studio, f"{number}.jpg")["id"] for number in range(3)][::-1]
    share = shared(studio, ids, note="By the sea")
    page = fetch(client, share["url"])
    assert page.status_code == 200
    assert [int(found) for found in re.findall(r'href="[^"]*/(\d+)"', page.text)] == ids
    assert "By the sea" in page.text
    assert "3 pictures" in page.text
    for kind in KINDS[:2]:
        answer = fetch(client, f"{share['url']}/{ids[0]}/{kind}")
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    middle = fetch(client, f"{share['url']}/{ids[1]}").text
    assert "2 of 3" in middle
    assert re.search(rf'/{ids[0]}" rel="prev"', middle)
    assert re.search(rf'/{ids[2]}" rel="next"', middle)
    assert 'rel="next"' not in fetch(client, f"{share['url']}/{ids[2]}").text
    assert client.get("/").status_code == 303


def test_it_works_without_any_account_and_for_those_who_are_signed_in(
    app: APIFlask, client: FlaskClient, session: Session
) -> None:
    image_id = added(client)["id"]
    share = shared(client, [image_id])
    assert "By the sea" not in client.get(share["url"]).text
    for caller in (client, as_role(app, session, "viewer"), as_role(app, session, "owner")):
        page = caller.get(share["url"])
        assert page.status_code == 200
        # As a client sees it: nothing leads into the program.
        places = set(re.findall(r'(?:href|action|src)="([^"#]+)', page.text))
        own = share["url"].removeprefix("http://localhost")
        assert {
            place for place in places if not place.startswith((own, "/assets/", "/bootstrap/", "/icons.svg"))
        } == {"/preferences"}


def test_with_words_they_are_shown_as_text(studio: FlaskClient, client: FlaskClient) -> None:
    image = added(studio, **{**WORDS, "post_title": "Heron <i>at</i> dusk"})
    share = shared(studio, [image["id"]], with_words=True)
    wall, one = client.get(share["url"]).text, client.get(f"{share['url']}/{image['id']}").text
    for page in (wall, one):
        assert "Heron &lt;i&gt;at&lt;/i&gt; dusk" in page
        assert 'alt="A grey bird in water"' in page
    assert "A quiet lagoon." in one


def test_without_words_none_is_sent_but_the_alt_text(studio: FlaskClient, client: FlaskClient) -> None:
    image, bare = added(studio, "Private name.jpg", **WORDS), added(studio, post_title="Untold")
    share = shared(studio, [image["id"], bare["id"]])
    pages = [
        client.get(share["url"]).text,
        *(client.get(f"{share['url']}/{one['id']}").text for one in (image, bare)),
    ]
    assert all('alt="A grey bird in water"' in page for page in pages[:2])
    assert all('alt="Picture 2"' in page for page in (pages[0], pages[2]))
    for page in pages:
        for word in ("Heron at dusk", "A quiet lagoon", "Untold"):
            assert word not in page


@pytest.mark.parametrize("with_words", [True, False])
def test_nothing_else_of_the_program_is_told(
    studio: FlaskClient, client: FlaskClient, with_words: bool
) -> None:
    image, other = added(studio, "Private name.jpg", **WORDS), added(studio, "Other.jpg")
    share = shared(studio, [image["id"]], with_words=with_words, with_originals=True)
    answers = [
        fetch(client, f"{share['url']}{rest}")
        for rest in ("", f"/{image['id']}", *(f"/{image['id']}/{kind}" for kind in KINDS))
    ]
    for answer in answers:
        said = f"{answer.headers} {answer.text if answer.mimetype == 'text/html' else ''}"
        for word in (
            "Private name", image["stored_filename"], other["stored_filename"], "secretTag", "Secret shelf",
            "secret notes", "studio.example", "/images/", "/shared", "/sign-in",
        ):  # fmt: skip
            assert word not in said, word
    # Pages set no cookie of ours.
    assert not [answer for answer in answers if "Set-Cookie" in answer.headers]


def test_every_answer_keeps_search_engines_and_caches_away(studio: FlaskClient, client: FlaskClient) -> None:
    image = added(studio)
    share = shared(studio, [image["id"]])
    locked = shared(studio, [image["id"]], passcode="harbour")
    here = f"{share['url']}/{image['id']}"
    for address in (
        share["url"], here, f"{here}/preview", f"{here}/thumbnail", f"{here}/original", f"{share['url']}/4711",
        "/share/made-up", locked["url"], f"{locked['url']}/{image['id']}", f"{locked['url']}/enter",
        f"{share['url']}?after=x",
    ):  # fmt: skip
        answer = fetch(client, address)
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow", address
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] in ("no-store", "private, no-cache")
        if answer.mimetype == "text/html" and not answer.location:
            assert '<meta name="robots" content="noindex, nofollow">' in answer.text
    assert enter(client, locked, "wrong wrong").headers["X-Robots-Tag"]


def test_bytes_are_inert_and_asked_for_anew_each_time(studio: FlaskClient, client: FlaskClient) -> None:
    image = added(studio)
    share = shared(studio, [image["id"]], with_originals=True)
    for kind in KINDS:
        address = f"{share['url']}/{image['id']}/{kind}"
        answer = fetch(client, address)
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert "Expires" not in answer.headers
        assert answer.headers["Content-Security-Policy"] == file_pages.INERT
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        tag = answer.headers["ETag"]
        again = fetch(client, address, **{"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("how", ["revoked", "ended", "renewed", "deleted with its collection"])
def test_a_gallery_that_is_closed_is_closed_at_once(
    studio: FlaskClient, client: FlaskClient, session: Session, how: str
) -> None:
    image = added(studio)
    number = studio.post("/api/collections", json={"name": "Coast"}).get_json()["id"]
    studio.post(f"/api/collections/{number}/images", json={"ids": [image["id"]]})
    share = shared(studio, [], collection_id=number, with_originals=True)
    addresses = [share["url"], f"{share['url']}/{image['id']}"]
    addresses += [f"{share['url']}/{image['id']}/{kind}" for kind in KINDS]
    tags = [fetch(client, address).headers.get("ETag", "") for address in addresses]
    assert [fetch(client, address).status_code for address in addresses] == [200] * 5
    if how == "revoked":
        studio.delete(f"/api/shares/{share['id']}")
    elif how == "renewed":
        studio.patch(f"/api/shares/{share['id']}", json={"new_address": True})
    elif how == "ended":
        session.execute(text("UPDATE share_link SET expires_at = now()"))
        session.commit()
    else:
        studio.delete(f"/api/collections/{number}")
    for address, tag in zip(addresses, tags, strict=True):
        assert closed(fetch(client, address, **{"If-None-Match": tag})), address
    assert closed(client.post(f"{share['url']}/enter"))


def test_wrong_addresses_are_all_told_the_same(studio: FlaskClient, client: FlaskClient) -> None:
    share = shared(studio, [added(studio)["id"]])
    key = share["url"].rpartition("/")[2]
    studio.delete(f"/api/shares/{share['id']}")
    pages = [
        client.get(f"/share/{wrong}")
        for wrong in (key, "made-up", key[:-1], key.upper(), "%00", "x" * 3000, "é")
    ]
    assert all(map(closed, pages))
    assert len({page.text for page in pages}) == 1
    # Below a gallery nothing is told of the program either.
    open_one = shared(studio, [added(studio, "Other.jpg")["id"]])["url"]
    assert client.get(f"{open_one}/").location == open_one.removeprefix("http://localhost")
    below = client.get(f"{open_one}/1/preview/")
    assert (below.status_code, below.headers["X-Robots-Tag"]) == (404, "noindex, nofollow")
    assert "ibrary" not in below.text
    told = client.get("/share/made-up", headers={"Accept": "application/json"})
    assert (told.status_code, told.get_json()["error"]["message"]) == (404, CLOSED)


def test_wrong_addresses_are_counted_for_who_asks(
    studio: FlaskClient, client: FlaskClient, session: Session
) -> None:
    share = shared(studio, [added(studio)["id"]])
    session.execute(
        text("INSERT INTO guess (name, failures) VALUES ('share:address:127.0.0.1', :most)"),
        {"most": throttle.ADDRESS.most - 1},
    )
    session.commit()
    assert [client.get("/share/made-up").status_code for _ in range(2)] == [404, 429]
    answer = client.get("/share/made-up")
    assert int(answer.headers["Retry-After"]) > 0
    assert "tried too often" in answer.text
    assert client.get(share["url"]).status_code == 200


def test_only_its_own_pictures_and_none_from_the_trash(studio: FlaskClient, client: FlaskClient) -> None:
    inside, trashed, other = (added(studio, f"{number}.jpg")["id"] for number in range(3))
    share = shared(studio, [inside, trashed], with_originals=True)
    studio.delete(f"/api/images/{trashed}")
    assert "1 picture<" in client.get(share["url"]).text
    for wrong in (trashed, other, 4711, 2**70):
        for rest in ("", *(f"/{kind}" for kind in KINDS)):
            answer = fetch(client, f"{share['url']}/{wrong}{rest}")
            assert answer.status_code == 404, (wrong, rest)
            assert "not in the gallery" in answer.text
    studio.post(f"/api/images/{trashed}/restore")
    assert fetch(client, f"{share['url']}/{trashed}/preview").status_code == 200


def test_originals_only_when_they_are_allowed(studio: FlaskClient, client: FlaskClient) -> None:
    data = picture()
    (image,) = upload(studio, (data, "Private name.jpg")).get_json()["images"]
    share = shared(studio, [image["id"]])
    here = f"{share['url']}/{image['id']}"
    assert fetch(client, f"{here}/original").status_code == 404
    assert "Download" not in client.get(here).text
    studio.patch(f"/api/shares/{share['id']}", json={"with_originals": True})
    assert fetch(client, f"{here}/original").data == data
    assert f"/{image['id']}/original?download=1" in client.get(here).text
    kept = fetch(client, f"{here}/original?download=1").headers["Content-Disposition"]
    assert kept == f'attachment; filename="Coast {image["id"]}.jpg"'
    body = {"version": image["version"], "post_title": "Ebb / flow\r\n\\"}
    assert studio.patch(f"/api/images/{image['id']}", json=body).status_code == 200
    studio.patch(f"/api/shares/{share['id']}", json={"with_words": True})
    kept = fetch(client, f"{here}/original?download=1").headers["Content-Disposition"]
    assert kept == 'attachment; filename="Ebb - flow-.jpg"'
    studio.patch(f"/api/shares/{share['id']}", json={"with_originals": False})
    assert fetch(client, f"{here}/original").status_code == 404


def test_a_file_that_is_missing_is_not_named(studio: FlaskClient, client: FlaskClient, uploads: Path) -> None:
    image = added(studio, "Private name.jpg")
    share = shared(studio, [image["id"]], with_originals=True)
    for path in uploads.rglob("*.*"):
        path.unlink()
    for kind in KINDS:
        answer = fetch(client, f"{share['url']}/{image['id']}/{kind}")
        assert answer.status_code == 404
        assert "Private" not in answer.text
        assert "cannot be shown" in answer.text


def test_files_of_a_bucket_are_served_the_same_way(
    app: APIFlask, studio: FlaskClient, client: FlaskClient
) -> None:
    object.__setattr__(app.extensions["aim"], "storage", MemoryStorage())
    image = added(studio)
    share = shared(studio, [image["id"]], with_originals=True)
    for kind in KINDS:
        answer = fetch(client, f"{share['url']}/{image['id']}/{kind}")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-cache")
        assert answer.headers["Content-Security-Policy"] == file_pages.INERT


def test_visits_of_clients_are_counted_and_not_those_of_the_studio(
    studio: FlaskClient, client: FlaskClient
) -> None:
    share = shared(studio, [added(studio)["id"]], passcode="harbour")

    def opened() -> int:
        (now,) = studio.get("/api/shares").get_json()["shares"]
        return int(now["opened"])

    client.get(share["url"])
    enter(client, share, "wrong")
    enter(studio, share, "harbour")
    studio.get(share["url"])
    assert opened() == 0
    enter(client, share, "harbour")
    client.get(share["url"])
    assert opened() == 1


def test_long_galleries_come_in_pages(
    studio: FlaskClient, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery, "PICTURES_A_PAGE", 2)
    ids = [row(session).id for _ in range(5)]
    session.commit()
    share = shared(studio, ids)
    seen: list[int] = []
    address = share["url"]
    for count in (2, 2, 1):
        page = client.get(address).text
        found = [int(number) for number in re.findall(r'href="[^"]*/(\d+)"', page)]
        assert len(found) == count
        assert f'start="{len(seen) + 1}"' in page
        seen += found
        more = re.search(r'href="([^"]*\?after=\d+)">More', page)
        address = more[1] if more else ""
    assert (seen, address) == (ids, "")
    for wrong in ("x", "-1", "4711", "9" * 30, "٣"):
        assert client.get(f"{share['url']}?after={wrong}").status_code == 400


def test_an_empty_gallery_says_so(studio: FlaskClient, client: FlaskClient) -> None:
    number = studio.post("/api/collections", json={"name": "Coast"}).get_json()["id"]
    share = shared(studio, [], collection_id=number)
    assert "No picture hangs here yet." in client.get(share["url"]).text


def test_what_is_read_does_not_grow_with_the_pictures(
    studio: FlaskClient, client: FlaskClient, session: Session, app: APIFlask
) -> None:
    counts = []
    for size in (2, 12):
        ids = [row(session).id for _ in range(size)]
        session.commit()
        share = shared(studio, ids)
        with app.app_context():
            engine = db.engine
        client.get(share["url"])
        with statements(engine) as sent:
            client.get(share["url"])
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 5


def test_every_shape_has_its_class(session: Session) -> None:
    styles = (Path(gallery.__file__).parents[3] / "static/css/justified.css").read_text(encoding="utf-8")
    ratios = {int(n): float(r) for n, r in re.findall(r"\.shape(-?\d+) \{ --r: ([\d.]+); \}", styles)}
    assert set(ratios) == set(range(image_json.NARROWEST, image_json.WIDEST + 1))
    image = row(session)
    for width, height in ((100, 100), (3000, 2000), (2000, 3000), (999, 1000), (10, 9000), (9000, 10)):
        image.width, image.height = width, height
        ratio = min(max(width / height, ratios[image_json.NARROWEST]), ratios[image_json.WIDEST])
        assert ratios[image_json.shape(image)] == pytest.approx(ratio, rel=0.026)
    image.width = None
    assert ratios[image_json.shape(image)] == pytest.approx(4 / 3, rel=0.026)
