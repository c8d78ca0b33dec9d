"""What happened, for owners alone: the page with its filters, the CSV, the JSON; and what is written down there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from artworks.accounts import throttle
from artworks.audit import log as audit
from artworks.core.actor import Actor
from artworks.web.audit import pages as room
from artworks.web.audit import presenters
from models import Audit
from tests.support.factories import added
from tests.support.people import add_person, as_role, signed_in, with_token

MARKUP = '"><script>alert(1)</script>'
Deed = tuple[str, str, dict[str, object]]


def entries(session: Session, *leave_out: str) -> list[Deed]:
    """Return action, target and detail of what was written down, the oldest first."""
    session.rollback()
    rows = session.scalars(select(Audit).where(Audit.action.not_in(leave_out)).order_by(Audit.id))
    return [(one.action, one.target, one.detail) for one in rows]


def shown(client: FlaskClient, address: str = "/audit") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


@pytest.mark.parametrize("address", ["/audit", "/audit.csv", "/api/audit"])
def test_only_owners_read_it(app: APIFlask, session: Session, client: FlaskClient, address: str) -> None:
    editor = as_role(app, session, "editor")
    assert client.get(address).status_code == (401 if "api" in address else 303)
    assert editor.get(address).status_code == 403
    assert as_role(app, session, "viewer").get(address).status_code == 403
    assert as_role(app, session, "owner").get(address).status_code == 200
    assert with_token(app, add_person(session, "owner"), "editor").get(address).status_code == 403


def test_the_page_says_who_did_what_and_from_where(app: APIFlask, session: Session) -> None:
    mara = add_person(session, "owner", name="Mara", email="mara@studio.example")
    client = signed_in(app, mara)
    image = added(client, post_title="Heron")
    client.delete(f"/api/images/{image['id']}", environ_base={"REMOTE_ADDR": "10.0.0.7"})
    page = shown(client)
    assert re.search(
        r"<time datetime=\"[^\"]+\" title=\"[^\"]+ \(UTC\)\" data-local-time=\"\">just now</time></td> "
        r"<td class=\"audit-action\"><span>Picture put in the trash</span>&ensp;"
        r"<bdi translate=\"no\" class=\"audit-target\">Heron</bdi></td> "
        r"<td class=\"audit-person\"><bdi translate=\"no\">Mara</bdi></td> "
        r"<td class=\"audit-origin\"><bdi translate=\"no\">10.0.0.7</bdi>",
        page,
    )


def test_before_anything_happened_the_page_is_friendly(client: FlaskClient) -> None:
    page = shown(client)
    assert "Nothing was written down yet." in page
    assert "<table" not in page
    assert ".csv" not in page
    assert "Nothing like that was written down" in shown(client, "/audit?action=sign-in")


def test_it_is_filtered_and_the_filter_stays(app: APIFlask, session: Session) -> None:
    mara = add_person(session, name="Mara")
    for number in range(3):
        audit.record(session, "sign-in", f"first {number}", actor=Actor(person_id=mara.id, name="Mara"))
    audit.record(session, "sign-in failed", "second", actor=Actor())
    session.commit()
    client = signed_in(app, mara)
    page = shown(client, "/audit?action=sign-in&since=2020-01-01")
    assert "first 2" in page
    assert "second" not in page
    assert '<option value="sign-in" selected>Signed in</option>' in page
    assert 'value="2020-01-01"' in page
    assert 'href="/audit.csv?action=sign-in&amp;since=2020-01-01"' in page
    page = shown(client, f"/audit?person={mara.id}")
    assert f'<option value="{mara.id}" selected translate="no">Mara</option>' in page
    assert "second" not in page
    assert "second" in shown(client, "/audit?person=none")
    assert "second" not in shown(client, "/audit?since=9999-01-01")


def test_older_ones_are_on_the_next_page(
    client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "PAGE_SIZE", 2)
    for number in range(5):
        audit.record(session, "view deleted", f"view {number}")
    session.commit()
    address, seen = "/audit?action=view+deleted", []
    for _ in range(3):
        page = shown(client, address)
        seen += re.findall(r"view \d", page)
        older = re.search(r'href="([^"]+)" rel="next">Older', page)
        address = older[1].replace("&amp;", "&") if older else ""
    assert seen == ["view 4", "view 3", "view 2", "view 1", "view 0"]
    assert not address
    assert 'href="/audit?action=view+deleted">Newest</a>' in page


@pytest.mark.parametrize(
    "query", ["since=yesterday", "since=2026-13-01", "person=Mara", "before=x", "before=-1", "before=٣"]
)
def test_what_cannot_be_asked_for_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/audit?{query}").status_code == 422
    assert client.get(f"/api/audit?{query}").status_code == 422
    if "before" not in query:
        assert client.get(f"/audit.csv?{query}").status_code == 422
    assert client.get("/api/audit?what=x").status_code == 422


def test_markup_is_shown_as_text(client: FlaskClient, session: Session) -> None:
    detail = {"before": MARKUP, "after": [MARKUP], "into": MARKUP, "days": MARKUP, MARKUP: MARKUP}
    actor = Actor(name=MARKUP, way=MARKUP, address=MARKUP)
    audit.record(session, MARKUP, MARKUP, actor=actor, **detail)
    add_person(session, name=MARKUP.replace("/", ""))
    session.execute(text("UPDATE person SET ended_at = now()"))
    session.execute(text("DELETE FROM person"))
    session.commit()
    page = shown(client)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>" not in page
    assert page.count("<script") == page.count('<script type="module" src="/assets/')


def test_every_action_has_plain_words_and_odd_details_too() -> None:
    entry = Audit(action="something new", way="elsewhere", who="", address="", target="")
    entry.detail = {
        "pictures": "many",
        "cap_usd": None,
        "spent_usd": 0.5,
        "on": True,
        "left": None,
        "token": 3,
    }
    told = presenters.describe_entry(entry)
    assert told["what"] == "Something new"
    assert told["more"] == "pictures: many, no cap, $0.50 spent, on: yes, left: nothing"
    entry.detail = {"before": "viewer", "after": "owner"}
    assert presenters.describe_entry(entry)["more"] == "viewer → owner"
    assert (
        presenters.describe_entry(Audit(action="sign-in failed", way="nobody", detail={}))["who"]
        == "Not signed in"
    )


def test_the_csv_is_streamed_and_written_down_itself(client: FlaskClient, session: Session) -> None:
    audit.record(session, "view deleted", "=1+1")
    session.commit()
    answer = client.get("/audit.csv?action=view+deleted&excel=1")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="what-happened-\d{4}-\d\d-\d\d\.csv"', answer.headers["Content-Disposition"]
    )
    assert answer.is_streamed
    data = answer.data.decode("utf-8-sig")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    (one,) = csv.DictReader(io.StringIO(data, newline=""))
    assert one["target"] == "'=1+1"
    assert entries(session)[-1] == ("exported what happened", "“View deleted”", {})


def test_programs_read_it_page_by_page(client: FlaskClient, session: Session) -> None:
    for number in range(3):
        audit.record(session, "view deleted", f"view {number}", pictures=number)
    session.commit()
    first = client.get("/api/audit?limit=2").get_json()
    assert [one["target"] for one in first["entries"]] == ["view 2", "view 1"]
    rest = client.get(f"/api/audit?limit=2&before={first['next']}").get_json()
    assert [one["target"] for one in rest["entries"]] == ["view 0"]
    assert rest["next"] is None
    one = rest["entries"][0]
    assert set(one) == {"id", "at", "who", "person_id", "way", "address", "action", "target", "detail"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", one["at"])
    assert one["detail"] == {"pictures": 0}
    assert client.get("/api/audit?action=view+deleted&since=9999-01-01").get_json()["entries"] == []


def test_exports_are_written_down_with_what_was_chosen(client: FlaskClient, session: Session) -> None:
    ids = ",".join(str(added(client, category="Prints")["id"]) for _ in range(2))
    show = client.post("/api/collections", json={"name": "Spring show"}).get_json()["id"]
    for address in (
        "/export.csv", f"/export.csv?collection={show}&colour=teal", f"/export.csv?ids={ids}",
        "/export.csv?category=Prints&q=heron", "/usage.csv", "/usage.csv?month=2026-11", "/audit.csv",
    ):  # fmt: skip
        assert client.get(address).status_code == 200
    # Nothing is taken along by these.
    assert client.get("/export.csv?sort=nothing").status_code == 422
    assert client.get("/export").status_code == 200
    assert entries(session) == [
        ("exported pictures", "everything", {}),
        ("exported pictures", "colour teal, collection Spring show", {}),
        ("exported pictures", "2 ticked pictures", {}),
        ("exported pictures", "“heron”, category Prints", {}),
        ("exported usage", "every call", {}),
        ("exported usage", "November 2026", {}),
        ("exported what happened", "everything", {}),
    ]


def _one_trashed(client: FlaskClient) -> Deed:
    image = added(client, post_title="Heron")
    client.post(f"/images/{image['id']}/trash")
    return "picture trashed", "Heron", {"image": image["id"]}


def _many_trashed(client: FlaskClient) -> Deed:
    ids = [added(client)["id"] for _ in range(2)]
    client.post("/api/images/trash", json={"select": {"ids": ids}})
    return "pictures trashed", "2 ticked pictures", {"pictures": 2}


def _collection(client: FlaskClient) -> Deed:
    number = client.post("/api/collections", json={"name": "Coast"}).get_json()["id"]
    client.post(f"/collections/{number}/delete")
    return "collection deleted", "Coast", {"pictures": 0}


def _view(client: FlaskClient) -> Deed:
    body = {"name": "Herons", "filters": {"q": "heron"}}
    client.delete(f"/api/views/{client.post('/api/views', json=body).get_json()['id']}")
    return "view deleted", "Herons", {}


def _voice(client: FlaskClient) -> Deed:
    client.put("/api/voice", json={"choices": {"guide": "Dry."}})
    return "voice changed", "version 1", {}


def _batch(client: FlaskClient) -> Deed:
    added(client)
    body = {"select": {"filter": {}}, "only": "empty", "cap_usd": 2.5}
    batch = client.post("/api/batches", json=body).get_json()
    return "batch started", "everything", {"batch": batch["id"], "pictures": 1, "cap_usd": 2.5}


@pytest.mark.parametrize("do", [_one_trashed, _many_trashed, _collection, _view, _voice, _batch])
def test_deeds_are_written_down_with_who_did_them(
    app: APIFlask, session: Session, do: Callable[[FlaskClient], Deed]
) -> None:
    mara = add_person(session, "owner", name="Mara")
    deed = do(signed_in(app, mara))
    assert entries(session, "person added") == [deed]
    newest = session.scalars(select(Audit).order_by(Audit.id.desc()).limit(1)).one()
    assert (newest.who, newest.person_id, newest.way, newest.address) == (
        "Mara",
        mara.id,
        "session",
        "127.0.0.1",
    )


def test_emptying_the_trash_is_written_down_once(client: FlaskClient, session: Session) -> None:
    for _ in range(2):
        client.delete(f"/api/images/{added(client)['id']}")
    client.post("/trash/empty")
    client.post("/api/trash/empty")
    assert entries(session, "picture trashed") == [("trash emptied", "", {"pictures": 2})]


def test_wrong_tokens_are_written_down_as_long_as_they_are_looked_at(
    app: APIFlask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "ADDRESS", throttle.Limit(2))
    add_person(session, "owner")
    client = app.test_client()
    answers = [client.get("/api/images", headers={"Authorization": "Bearer aim_wrong"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 429, 429]
    assert entries(session, "person added") == [("token refused", "", {})] * 2


def test_what_a_token_does_is_written_down_as_that(app: APIFlask, session: Session) -> None:
    client = with_token(app, add_person(session, "owner", name="Mara"))
    client.get("/api/images")
    client.get("/export.csv")
    assert [deed[:2] for deed in entries(session, "person added", "token made")] == [
        ("token used", "Script"),
        ("exported pictures", "everything"),
    ]
    ways = set(session.scalars(select(Audit.way).where(Audit.action != "person added")))
    assert ways == {"token", "local"}
