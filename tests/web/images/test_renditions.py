"""Small copies by their addresses: which version is kept for how long, and sizes that are made at the first look."""

from __future__ import annotations

import io
import re
import threading
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from PIL import Image as Pillow
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from artworks import maintenance
from artworks.adapters.storage.storage import Storage
from artworks.core.errors import DamagedFile, StorageFull
from artworks.exports import transfers
from artworks.files import pending as pending_files
from artworks.files import storage_mark
from artworks.images import remaking
from artworks.imaging import renditions
from artworks.imaging.rendition_kinds import KINDS, LATER_KINDS, RENDITION_VERSION
from artworks.web.images import file_pages
from models import LaterRendition, RenditionFailure
from tests.fakes.storage import MemoryStorage
from tests.support.factories import added, picture, upload
from tests.support.galleries import fetch, shared
from tests.support.people import as_role

FOREVER = "private, max-age=31536000, immutable"
SOON = "private, max-age=60, must-revalidate"


def large(client: FlaskClient, size: tuple[int, int] = (3000, 500)) -> dict[str, Any]:
    image: dict[str, Any] = upload(client, (picture(size=size), "Large.jpg")).get_json()["images"][0]
    return image


def size_of(client: FlaskClient, address: str) -> tuple[int, int]:
    with Pillow.open(io.BytesIO(fetch(client, address).data)) as shown:
        return shown.size


def storage_of(app: APIFlask) -> Storage:
    found: Storage = app.extensions["aim"].storage
    return found


def kept(session: Session) -> set[tuple[int, str]]:
    return {(row.image_id, row.kind) for row in session.scalars(select(LaterRendition))}


def age(app: APIFlask, session: Session, image: dict[str, Any]) -> None:
    """Leave a picture as the first version did."""
    storage, name = storage_of(app), image["stored_filename"]
    for kind in ("thumbnail", "preview"):
        storage.move(f"renditions/{name}-{kind}-v2.jpg", f"renditions/{name}-{kind}.jpg")
    session.execute(text("UPDATE image SET rendition_version = 1 WHERE id = :id"), {"id": image["id"]})
    session.commit()


def test_an_address_with_the_version_is_kept_for_good_and_any_other_is_asked_about_soon(
    app: APIFlask, client: FlaskClient, session: Session
) -> None:
    image = added(client)
    for kind in ("thumbnail", "preview"):
        assert image["urls"][kind] == f"/images/{image['id']}/{kind}?v={RENDITION_VERSION}"
    age(app, session, image)
    old = client.get(f"/api/images/{image['id']}").get_json()["urls"]["thumbnail"]
    assert old.endswith("?v=1")
    first = fetch(client, old)
    assert (first.status_code, first.headers["Cache-Control"], "Expires" in first.headers) == (
        200,
        FOREVER,
        False,
    )
    with Session(session.get_bind()) as other:
        storage_mark.settle(other, storage_of(app))
        remaking.remake_waiting(other, storage_of(app), lambda: True)
    # Whoever comes with the address of before gets what there is now.
    for version in ("v=1", "", "v=", "v=3", "v=x", "v=1&v=2", f"v={'9' * 5000}"):
        answer = fetch(
            client, f"/images/{image['id']}/thumbnail?{version}", **{"If-None-Match": first.headers["ETag"]}
        )
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, SOON), version
    again = fetch(client, image["urls"]["thumbnail"], **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.headers["Cache-Control"]) == (304, FOREVER)


def test_pages_and_galleries_name_the_version_of_each_picture(
    app: APIFlask, client: FlaskClient, session: Session
) -> None:
    new, old = added(client), added(client)
    age(app, session, old)
    collection = client.post("/api/collections", json={"name": "Coast"}).get_json()["id"]
    client.post(f"/api/collections/{collection}/images", json={"ids": [old["id"]]})
    share = shared(client, [old["id"], new["id"]])
    client.delete(f"/api/images/{added(client)['id']}")
    pages = ("/?view=grid", "/?view=table", "/collections", f"/collections/{collection}", "/shared", "/trash")
    shown = "".join(
        fetch(client, page).text for page in (*pages, share["url"], f"{share['url']}/{old['id']}")
    )
    assert f'/images/{old["id"]}/thumbnail?v=1"' in shown
    assert re.search(rf"/images/{new['id']}/thumbnail\?v=2\b", shown)
    assert f'/share/{share["url"].split("/share/")[1]}/{old["id"]}/preview?v=1"' in shown
    assert not [kind for kind in KINDS if f'/{kind}"' in shown]
    session.add(RenditionFailure(image_id=old["id"], version=2))
    session.commit()
    assert "1 picture keeps its older small copies" in fetch(client, "/settings").text


def test_what_is_remade_between_two_glances_is_shown_all_the_same(
    app: APIFlask, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = added(client)
    age(app, session, image)
    storage_mark.settle(session, storage_of(app))
    sent: list[str] = []
    real = file_pages.send

    def send(*arguments: Any) -> Any:
        if not sent:
            with Session(session.get_bind()) as other:
                remaking.remake_waiting(other, storage_of(app), lambda: True)
        sent.append(arguments[0])
        return real(*arguments)

    monkeypatch.setattr(file_pages, "send", send)
    assert fetch(client, f"/images/{image['id']}/preview?v=1").status_code == 200
    name = image["stored_filename"]
    assert sent == [f"renditions/{name}-preview.jpg", f"renditions/{name}-preview-v2.jpg"]


@pytest.mark.parametrize("remote", [False, True])
def test_later_sizes_are_made_once_kept_and_never_larger_than_the_original(
    app: APIFlask, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch, remote: bool
) -> None:
    if remote:
        object.__setattr__(app.extensions["aim"], "storage", MemoryStorage())
    image, small, tiny = large(client), large(client, (900, 400)), large(client, (90, 40))
    at = f"/images/{image['id']}"
    made: list[int] = []
    real = renditions.make_size

    def make_size(*given: Any) -> Any:
        made.append(given[-1])
        return real(*given)

    monkeypatch.setattr(renditions, "make_size", make_size)
    for _ in range(2):
        assert size_of(client, f"{at}/viewer?v=2") == (2560, 427)
        assert size_of(client, f"{at}/phone?v=2") == (640, 107)
    for one, exact in ((small, (900, 400)), (tiny, (90, 40))):
        assert size_of(client, f"/images/{one['id']}/viewer") == exact
    assert size_of(client, f"/images/{tiny['id']}/phone") == (90, 40)
    assert made == [2560, 640]
    answer = fetch(client, f"{at}/viewer?v=2")
    assert (answer.headers["Cache-Control"], answer.mimetype) == (FOREVER, "image/jpeg")
    assert kept(session) == {(image["id"], "viewer"), (image["id"], "phone")}
    # Gone with the picture.
    client.delete(f"/api/images/{image['id']}")
    assert [fetch(client, f"{at}/{kind}?v=2").status_code for kind in KINDS] == [404] * len(KINDS)
    storage_mark.settle(session, storage_of(app))
    client.post("/api/trash/empty")
    assert not [key for key, _, _ in storage_of(app).list() if image["stored_filename"] in key]
    session.expire_all()
    assert kept(session) == set()


def test_a_size_that_cannot_be_made_is_the_preview_for_now(
    app: APIFlask, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = large(client)

    def too_heavy(*_: Any) -> Any:
        raise DamagedFile("This picture needs too much memory to open.")

    def full(*_: Any) -> Any:
        raise StorageFull("There is no room left.")

    for where, name, fault in ((renditions, "make_size", too_heavy), (storage_of(app), "put", full)):
        with monkeypatch.context() as faulty:
            faulty.setattr(where, name, fault)
            shown = fetch(client, f"/images/{image['id']}/viewer?v=2")
            assert (shown.status_code, shown.headers["Cache-Control"]) == (200, SOON)
    storage_of(app).delete(image["stored_filename"])
    assert size_of(client, f"/images/{image['id']}/viewer?v=2") == (1280, 213)
    assert kept(session) == set()


def test_few_are_made_at_once_and_the_same_one_once(
    app: APIFlask, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [large(client, (1400, 700))["id"] for _ in range(2)]
    people = [as_role(app, session, "viewer") for _ in range(3)]
    begun, go = threading.Semaphore(0), threading.Event()
    made: list[Any] = []
    real = renditions.make_size

    def slow(*given: Any) -> Any:
        made.append(given)
        begun.release()
        assert go.wait(60)
        return real(*given)

    monkeypatch.setattr(renditions, "make_size", slow)
    statuses: list[int] = []

    def look(person: FlaskClient, image_id: int, kind: str = "viewer") -> threading.Thread:
        thread = threading.Thread(
            target=lambda: statuses.append(fetch(person, f"/images/{image_id}/{kind}").status_code)
        )
        thread.start()
        return thread

    looking = [look(people[0], ids[0])]
    assert begun.acquire(timeout=60)
    monkeypatch.setattr(transfers, "WAIT_SECONDS", 0.0)
    json = {"Accept": "application/json"}
    # Another picture for the same person, and the same picture for another one.
    refused = fetch(people[0], f"/images/{ids[1]}/viewer", **json)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (429, "rate_limited")
    assert refused.headers["Retry-After"]
    assert fetch(people[1], f"/images/{ids[0]}/viewer", **json).status_code == 503
    looking.append(look(people[1], ids[1]))
    assert begun.acquire(timeout=60)
    assert fetch(people[2], f"/images/{ids[0]}/phone", **json).status_code == 503
    # What is there already needs no turn; whoever waits for the same picture gets it.
    assert fetch(people[2], f"/images/{ids[0]}/preview").status_code == 200
    monkeypatch.setattr(transfers, "WAIT_SECONDS", 60.0)
    looking.append(look(people[2], ids[0]))
    slots = app.extensions["sizes"]
    while not slots._waiting:
        looking[-1].join(0.01)
    go.set()
    for thread in looking:
        thread.join(60)
    assert (statuses, len(made)) == ([200] * 3, 2)


def test_the_oldest_sizes_go_when_there_are_too_many_bytes(
    app: APIFlask, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = storage_of(app)
    first, second, outdated = (large(client, (1400, 700))["id"] for _ in range(3))
    storage_mark.settle(session, storage)
    for image_id in (first, second, outdated):
        assert size_of(client, f"/images/{image_id}/phone") == (640, 320)
    session.execute(text("UPDATE later_rendition SET version = 1 WHERE image_id = :id"), {"id": outdated})
    session.commit()
    most = session.scalar(select(func.max(LaterRendition.size_bytes))) or 0
    maintenance.trim_sizes(session, storage, 2 * most)
    assert kept(session) == {(first, "phone"), (second, "phone")}
    # The process looks by itself after some.
    object.__setattr__(app.extensions["aim"], "rendition_cache_bytes", most)
    monkeypatch.setattr(file_pages, "TRIM_AFTER", 1)
    assert size_of(client, f"/images/{outdated}/phone") == (640, 320)
    session.expire_all()
    assert kept(session) == {(outdated, "phone")}
    assert len([key for key, _, _ in storage.list() if "-phone-" in key]) == 1
    # One that was removed, or lost, is made again.
    storage.delete(next(key for key, _, _ in storage.list() if "-phone-" in key))
    assert size_of(client, f"/images/{outdated}/phone") == (640, 320)
    # Without this database's mark nothing is removed.
    storage.put(storage_mark.KEY, b'{"token": "of another"}')
    maintenance.trim_sizes(session, storage, 0)
    assert kept(session) == {(outdated, "phone")}


def test_a_gallery_shows_no_more_than_it_may(client: FlaskClient, app: APIFlask, session: Session) -> None:
    image, other = large(client, (1400, 700)), large(client, (1400, 700))
    plain = shared(client, [image["id"]])
    full = shared(client, [image["id"]], with_originals=True)
    owner = as_role(app, session, "owner")
    stranger = app.test_client()
    at = f"{plain['url']}/{image['id']}"
    assert size_of(stranger, f"{at}/phone?v=2") == (640, 320)
    assert fetch(stranger, f"{at}/viewer?v=2").status_code == 404
    answer = fetch(stranger, f"{full['url']}/{image['id']}/viewer?v=2")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-cache")
    for address in (f"{at}/wide", f"{plain['url']}/{other['id']}/phone", f"/images/{image['id']}/phone"):
        assert fetch(stranger, address, Accept="application/json").status_code in (401, 404), address
    assert owner.delete(f"/api/images/{image['id']}").status_code == 204
    assert fetch(stranger, f"{at}/phone?v=2").status_code == 404


def test_kinds_that_nobody_knows_are_404(client: FlaskClient) -> None:
    number = added(client)["id"]
    for kind in ("viewer/", "Phone", "original", "thumbnail-v1", "2560"):
        assert fetch(client, f"/images/{number}/{kind}").status_code == 404, kind
    for kind in LATER_KINDS:
        assert fetch(client, f"/images/4711/{kind}?v=2").status_code == 404
        assert client.post(f"/images/{number}/{kind}").status_code == 405


def test_a_picture_deleted_while_a_size_is_made_leaves_no_file(
    app: APIFlask, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = large(client, (1400, 700))
    real = renditions.make_size

    def make_size(*given: Any) -> Any:
        session.execute(text("DELETE FROM image"))
        session.commit()
        pending_files.remove(storage_of(app), image["stored_filename"])
        return real(*given)

    monkeypatch.setattr(renditions, "make_size", make_size)
    assert fetch(client, f"/images/{image['id']}/viewer").status_code == 404
    assert not [key for key, _, _ in storage_of(app).list() if image["stored_filename"] in key]
