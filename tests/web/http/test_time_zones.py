"""Days and times are the person's: in the zone of the address, of the browser or of the installation, on every page."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from artworks.web.context import TIME_ZONE_COOKIE
from models import SavedView
from tests.support.factories import added
from tests.web.conftest import MakeApp

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
# In UTC the evening of the 29th.
MOMENT = "2026-03-29T22:30:00Z"
SHOWN = re.compile(
    r"<dt>Added</dt><dd>"
    r"<time datetime=\"([^\"]+)\" title=\"([^\"]+)\" data-local-time=\"\">([^<]+)</time>"
)


@pytest.fixture
def number(client: FlaskClient, engine: Engine) -> int:
    """Add a picture in the evening of a day on which clocks are changed in Europe."""
    image: int = added(client)["id"]
    with engine.begin() as connection:
        connection.execute(text("UPDATE image SET created_at = :at"), {"at": MOMENT})
    return image


def shown(client: FlaskClient, number: int, query: str = "") -> tuple[str, ...]:
    """Return when a picture was added: for programs, as the title says it, and as it is read."""
    found = SHOWN.search(client.get(f"/images/{number}{query}").text)
    assert found
    return found.groups()


@pytest.mark.parametrize(
    ("query", "cookie", "told", "zone"),
    [
        ("", "", "29 March 2026, 22:30", "UTC"),
        ("", "Europe/Berlin", "30 March 2026, 00:30", "Europe/Berlin"),
        ("", "Pacific/Kiritimati", "30 March 2026, 12:30", "Pacific/Kiritimati"),
        ("", "America/St_Johns", "29 March 2026, 20:00", "America/St_Johns"),
        ("?tz=Asia/Kathmandu", "Europe/Berlin", "30 March 2026, 04:15", "Asia/Kathmandu"),
        ("?tz=", "Europe/Berlin", "30 March 2026, 00:30", "Europe/Berlin"),
        # What no browser sends.
        ("", "../../etc/passwd", "29 March 2026, 22:30", "UTC"),
        ("", "localtime", "29 March 2026, 22:30", "UTC"),
        ("", "posix/Europe/Berlin", "29 March 2026, 22:30", "UTC"),
        ("", "<script>", "29 March 2026, 22:30", "UTC"),
        ("", "Europe/" + "x" * 4000, "29 March 2026, 22:30", "UTC"),
    ],
)
def test_a_time_is_told_in_the_zone_of_who_looks(
    client: FlaskClient, number: int, query: str, cookie: str, told: str, zone: str
) -> None:
    client.set_cookie(TIME_ZONE_COOKIE, cookie)
    assert shown(client, number, query) == (MOMENT, f"{told} ({zone})", told)
    named = " data-time-zone-named" if query == "?tz=Asia/Kathmandu" else ""
    assert f' data-time-zone="{zone}"{named}>' in client.get(f"/images/{number}{query}").text


def test_without_a_browser_the_installations_zone_counts(make_app: MakeApp, engine: Engine) -> None:
    client = make_app(TIME_ZONE="Europe/Berlin").test_client()
    number = added(client)["id"]
    with engine.begin() as connection:
        connection.execute(text("UPDATE image SET created_at = :at"), {"at": MOMENT})
    assert shown(client, number)[2] == "30 March 2026, 00:30"
    assert client.get(f"/api/images/{number}").get_json()["created_at"] == MOMENT


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "localtime", "+02:00", "x" * 3000])
@pytest.mark.parametrize("address", ["/", "/usage", "/audit", "/api/images"])
def test_a_zone_that_is_none_is_told(client: FlaskClient, address: str, name: str) -> None:
    answer = client.get(address, query_string={"tz": name})
    assert answer.status_code == 422
    said = answer.get_json()["error"]["message"] if answer.is_json else answer.text
    assert f"There is no time zone called “{name[:60]}”. A name looks like Europe/Berlin." in said


def found(client: FlaskClient, query: str, **more: str) -> int:
    """Count what a search finds, by JSON, which says the same as the page."""
    count: int = client.get("/api/images", query_string={"q": query, **more}).get_json()["total"]["count"]
    page = client.get("/", query_string={"q": query, **more}).text
    assert ('<section class="library-empty" data-empty-panel>' in page) == (count == 0)
    return count


# A zone, when a picture came, and which day that was there.
DAYS = [
    # Tomorrow and yesterday of UTC, half an hour of difference, and days of 23 and 25 hours to their last minute.
    ("Pacific/Kiritimati", "2026-11-29T10:00:00Z", "2026-11-30"),
    ("Pacific/Kiritimati", "2026-11-30T09:59:59Z", "2026-11-30"),
    ("Pacific/Pago_Pago", "2026-11-30T10:59:59Z", "2026-11-29"),
    ("America/St_Johns", "2026-11-30T03:29:59Z", "2026-11-29"),
    ("America/St_Johns", "2026-11-30T03:30:00Z", "2026-11-30"),
    ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29"),
    ("Europe/Berlin", "2026-03-29T21:59:59Z", "2026-03-29"),
    ("Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30"),
    ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25"),
    ("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25"),
]


@pytest.mark.parametrize("told_by", ["cookie", "address"])
def test_days_of_the_search_are_the_persons(client: FlaskClient, engine: Engine, told_by: str) -> None:
    added(client)
    for zone, at, day in DAYS:
        with engine.begin() as connection:
            connection.execute(text("UPDATE image SET created_at = :at"), {"at": at})
        if told_by == "cookie":
            client.set_cookie(TIME_ZONE_COOKIE, zone)
        named = {} if told_by == "cookie" else {"tz": zone}
        before, after = (date.fromisoformat(day) + timedelta(days=days) for days in (-1, 1))
        queries = (f"before:{day}", f"after:{day}", f"after:{before}", f"before:{after}")
        counts = [found(client, query, **named) for query in (*queries, f"-before:{day} -after:{day}")]
        assert counts == [0, 0, 1, 1, 1], (zone, at)


def test_an_unknown_zone_in_a_filter_is_refused(client: FlaskClient) -> None:
    added(client)
    chosen = {"filter": {"q": "after:2026-01-01", "tz": "Mars/Olympus"}}
    answer = client.post("/api/images/trash", json={"select": chosen})
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "tz")


def test_a_change_by_filter_means_the_callers_days(client: FlaskClient, engine: Engine) -> None:
    added(client)
    with engine.begin() as connection:
        connection.execute(text("UPDATE image SET created_at = '2026-11-29T12:00:00Z'"))
    for zone, changed in (("", 0), ("Europe/Berlin", 0), ("Pacific/Kiritimati", 1)):
        chosen = {"filter": {"q": "after:2026-11-29", "tz": zone}}
        answer = client.patch("/api/images", json={"select": chosen, "set": {"category": "Prints"}})
        assert (answer.status_code, answer.get_json()["changed"]) == (200, changed), zone


def test_a_saved_view_keeps_the_days_that_it_was_made_with(client: FlaskClient, session: Session) -> None:
    client.set_cookie(TIME_ZONE_COOKIE, "Pacific/Kiritimati")
    made = [
        client.post("/api/views", json={"name": name, "filters": filters}).get_json()
        for name, filters in {
            "Lately": {"q": "after:2026-11-29"},
            "Elsewhere": {"q": "before:2026-11-30", "tz": "America/St_Johns"},
            "No day": {"q": "heron", "tz": "America/St_Johns"},
        }.items()
    ]
    # As one that was made when days were those of UTC.
    session.add(SavedView(name="Old", filters={"q": "before:2026-11-30"}))
    session.commit()
    client.set_cookie(TIME_ZONE_COOKIE, "Europe/Berlin")
    kept = {view["name"]: view["filters"] for view in client.get("/api/views").get_json()["views"]}
    assert kept == {
        "Lately": {"q": "after:2026-11-29", "tz": "Pacific/Kiritimati"},
        "Elsewhere": {"q": "before:2026-11-30", "tz": "America/St_Johns"},
        "No day": {"q": "heron"},
        "Old": {"q": "before:2026-11-30", "tz": "UTC"},
    }
    page = client.get(made[0]["url"]).text
    assert 'aria-label="Take away the filter Days of Pacific/Kiritimati"' in page
    assert re.search(r'aria-current="(?:page|true)"[^>]*>\s*(?:<[^>]+>)*\s*Lately|Lately', page)
    only = client.post("/api/views", json={"name": "Nothing", "filters": {"tz": "Europe/Berlin"}})
    assert only.status_code == 422


def test_the_day_of_the_audit_is_the_owners(client: FlaskClient, engine: Engine) -> None:
    record = "INSERT INTO audit (at, who, way, address, action, target) VALUES (:at, '', 'local', '', 'sign-in', '')"
    with engine.begin() as connection:
        connection.execute(text(record), {"at": "2026-11-29T12:00:00Z"})

    def entries(**query: str) -> int:
        page = client.get("/audit", query_string={"action": "sign-in", **query}).text
        answer = client.get("/api/audit", query_string={"action": "sign-in", **query}).get_json()
        csv = client.get("/audit.csv", query_string={"action": "sign-in", **query}).text
        assert page.count('class="audit-time"') == len(answer["entries"]) == csv.count("\r\n") - 1
        return len(answer["entries"])

    assert (entries(since="2026-11-29"), entries(since="2026-11-30")) == (1, 0)
    assert entries(since="2026-11-30", tz="Pacific/Kiritimati") == 1
    client.set_cookie(TIME_ZONE_COOKIE, "Pacific/Kiritimati")
    assert (entries(since="2026-11-30"), entries(since="2026-12-01")) == (1, 0)


def test_lists_by_day_say_that_they_take_a_zone(client: FlaskClient) -> None:
    paths = client.get("/api/openapi.json").get_json()["paths"]
    for path in ("/api/images", "/api/audit"):
        assert "tz" in {one["name"] for one in paths[path]["get"]["parameters"]}


def test_no_template_writes_a_time_by_itself() -> None:
    own = re.compile(r"strftime|isoformat|<time\b|\butc\b", re.IGNORECASE)
    assert [
        f"{path.relative_to(TEMPLATES)}: {line.strip()}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if own.search(line)
    ] == []
