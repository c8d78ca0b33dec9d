"""The pieces of the viewer: the pictures beside one in its list, as much of each as may be seen, and nothing else."""

from __future__ import annotations

import re
from typing import Any

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from artworks.imaging.rendition_kinds import KINDS, PREVIEW_PX
from artworks.web.images import viewer_pages
from models import Image, db
from tests.support.factories import added, picture, upload
from tests.support.galleries import enter, fetch, shared
from tests.support.material import row, statements

ADDRESS = re.compile(r'(?:href|src|data-[\w-]+)="(/[^"]+)"')


def ids_in(text: str) -> list[int]:
    return [int(found) for found in re.findall(r'data-viewer-item="(\d+)"', text)]


def measured(session: Session, **facts: Any) -> Image:
    image = row(session)
    for name, value in facts.items():
        setattr(image, name, value)
    return image


def around(client: FlaskClient, address: str, **given: str) -> list[int]:
    answer = client.get(address, query_string=given)
    assert answer.status_code == 200, answer.text
    return ids_in(answer.text)


def test_the_pictures_beside_one_are_those_of_its_list_beyond_what_is_loaded(
    client: FlaskClient, session: Session
) -> None:
    images = [row(session, post_title=f"{at:03} heron", hashtags="x" if at % 2 else "y") for at in range(120)]
    session.commit()
    odd = [image.id for image in images if image.hashtags == ["#x"]]
    middle = odd[30]
    here = f"/images/{middle}/neighbours"
    assert around(client, here, tag="x", sort="oldest") == odd[6:55]
    assert around(client, here, tag="x", sort="oldest", way="after") == odd[31:55]
    assert around(client, here, tag="x", sort="oldest", way="before") == odd[6:30]
    assert around(client, here, tag="x", sort="title", way="first") == odd[:24]
    assert around(client, here, tag="x", way="last") == odd[:24][::-1]
    text = client.get(here, query_string={"tag": "x", "sort": "oldest"}).text
    assert 'data-number="7" data-total="60"' in text
    assert "data-starts" not in text
    assert "data-starts" in client.get(f"/images/{odd[3]}/neighbours?tag=x&sort=oldest").text
    assert f'href="/images/{middle}?tag=x&amp;sort=oldest"' in text
    # One that is not in the list stands where it would be; a list of its own is taken as it is.
    assert around(client, f"/images/{images[60].id}/neighbours", tag="x", sort="oldest")[24] == images[60].id
    named = [images[at].id for at in (5, 99, 2)]
    assert around(client, f"/images/{named[1]}/neighbours", ids=",".join(map(str, named))) == named


def test_a_search_is_gone_through_in_the_order_of_its_list(client: FlaskClient, session: Session) -> None:
    texts = (
        "heron heron heron",
        "a heron in a very long description of reeds and water",
        "heron",
        "heron and heron",
    )
    images = [row(session, post_title=text) for text in texts]
    session.commit()
    listed = [one["id"] for one in client.get("/api/images?q=heron&sort=best").get_json()["images"]]
    assert sorted(listed) == [image.id for image in images]
    assert around(client, f"/images/{listed[2]}/neighbours", q="heron", sort="best") == listed
    page = client.get(f"/images/{listed[1]}?q=heron&sort=best").text
    assert re.search(rf'href="/images/{listed[2]}\?q=heron[^"]*" rel="next"', page)
    assert "2 of 4" in page


def test_a_window_takes_as_many_statements_wherever_it_is(
    app: APIFlask, client: FlaskClient, session: Session
) -> None:
    with app.app_context():
        engine = db.engine
    images = [row(session, post_title=str(at)) for at in range(60)]
    session.commit()
    with statements(engine) as few:
        around(client, f"/images/{images[0].id}/neighbours")
    with statements(engine) as many:
        assert len(around(client, f"/images/{images[30].id}/neighbours")) == 49
    assert len(many) == len(few) <= 12


def test_larger_copies_are_named_up_to_an_original_that_a_browser_can_bear(
    client: FlaskClient, session: Session
) -> None:
    facts = {"width": 9000, "height": 6000, "media_type": "image/jpeg", "size_bytes": 5_000_000}
    image, heavy, moving, small, unknown = (
        measured(session, **{**facts, **more})
        for more in (
            {},
            {"size_bytes": viewer_pages.LARGEST_ORIGINAL + 1},
            {"media_type": "image/gif"},
            {"width": 300, "height": 200},
            {"width": None, "height": None},
        )
    )
    session.commit()
    text = client.get(f"/images/{image.id}/neighbours").text

    def levels(of: Image) -> list[tuple[str, int]]:
        named = re.search(rf'data-viewer-item="{of.id}".*?data-levels="([^"]*)"', text)
        assert named
        return [
            (url.split("?")[0], int(width[:-1]))
            for url, width in map(str.split, filter(None, named[1].split(", ")))
        ]

    original = f"/static/uploads/{image.stored_filename}"
    copies = [
        (f"/images/{image.id}/{kind}", width)
        for kind, width in (("preview", 1280), ("viewer", 2560), ("large", 5120))
    ]
    assert levels(image) == [*copies, (original, 9000)]
    assert [width for _, width in levels(heavy)] == [1280, 2560, 5120]
    # Only the original moves.
    assert [width for _, width in levels(moving)] == [1280, 9000]
    assert [width for _, width in levels(small)] == [300, 300]
    assert levels(unknown) == []


def test_a_wrong_question_is_refused(client: FlaskClient) -> None:
    image = added(client)
    here = f"/images/{image['id']}/neighbours"
    for query in ("way=up", "ids=a", "sort=sideways"):
        assert client.get(f"{here}?{query}").status_code == 422
    assert client.get("/images/999/neighbours").status_code == 404


def test_no_piece_of_a_gallery_leads_to_more_than_it_shares(studio: FlaskClient, client: FlaskClient) -> None:
    big = upload(studio, (picture(size=(3000, 500)), "Secret name.jpg")).get_json()["images"][0]
    words = {"post_title": "Heron", "description": "At dusk.", "key_points": "secret notes"}
    studio.patch(f"/api/images/{big['id']}", json={"version": big["version"], **words})
    rest = [added(studio, f"{at}.jpg")["id"] for at in range(3)]
    stranger = added(studio, "Stranger.jpg")["id"]
    share = shared(studio, [rest[0], big["id"], *rest[1:]])
    full = shared(studio, [big["id"], rest[0]], with_words=True, with_originals=True)
    for one, may in ((share, False), (full, True)):
        pages = [
            one["url"],
            *(f"{one['url']}/{big['id']}{end}" for end in ("", "/neighbours", "/neighbours?way=last")),
        ]
        texts = [fetch(client, page).text for page in pages]
        found = {
            part.split(" ")[0]
            for text in texts
            for named in ADDRESS.findall(text)
            for part in named.split(", ")
        }
        named = {address.partition("?")[0].partition("#")[0] for address in found if "/share/" in address}
        assert {address for address in found if "/images/" in address or "uploads" in address} == set()
        assert any(address.endswith("/preview") for address in named)
        assert all(address.startswith(one["url"].partition("localhost")[2] or "/share/") for address in named)
        # What it names opens, and what it does not share is refused under every name there is.
        for address in named:
            assert fetch(client, address).status_code == 200, address
        whole = "".join(texts)
        assert ("/original" in whole) is ("/viewer?" in whole) is ("At dusk." in whole) is may
        assert "secret" not in whole.lower()
        for kind, most in KINDS.items():
            status = fetch(client, f"{one['url']}/{big['id']}/{kind}").status_code
            assert status == (200 if may or most <= PREVIEW_PX else 404)
        assert fetch(client, f"{one['url']}/{stranger}/neighbours").status_code == 404
    assert re.search(
        r'data-width="1280" data-height="213"', fetch(client, f"{share['url']}/{big['id']}/neighbours").text
    )
    order = [rest[0], big["id"], *rest[1:]]
    assert around(client, f"{share['url']}/{order[2]}/neighbours") == order
    assert around(client, f"{share['url']}/{order[2]}/neighbours", way="before") == order[:2]
    assert fetch(client, f"{share['url']}/{big['id']}/neighbours?way=up").status_code == 400


def test_behind_a_passcode_the_viewer_shows_nothing(studio: FlaskClient, client: FlaskClient) -> None:
    image = added(studio)
    share = shared(studio, [image["id"]], passcode="harbour")
    here = f"{share['url']}/{image['id']}/neighbours"
    assert fetch(client, here).status_code == 401
    enter(client, share, "harbour")
    assert ids_in(fetch(client, here).text) == [image["id"]]
