"""Days and times are the person's: in the zone of the address, of the browser or of the installation, on every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from artworks.web.context import TIME_ZONE_COOKIE
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


def test_no_template_writes_a_time_by_itself() -> None:
    own = re.compile(r"strftime|isoformat|<time\b", re.IGNORECASE)
    assert [
        f"{path.relative_to(TEMPLATES)}: {line.strip()}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if own.search(line)
    ] == []
