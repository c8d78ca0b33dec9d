"""No other website can change anything, at any address."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apiflask import APIFlask
from flask.testing import FlaskClient

from tests.support.factories import added

FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8080"},
    {"Origin": "http://["},
    {"Origin": "null"},
    {"Origin": ""},
)
OWN: tuple[dict[str, str], ...] = (
    {},
    {"Origin": "http://localhost"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
)


def unsafe(app: APIFlask) -> Iterator[tuple[str, str]]:
    """Yield method and address of everything that may change something."""
    for rule in app.url_map.iter_rules():
        # Number 4711 is not there: what passes the guard is then a 404 at most.
        address = re.sub(r"<(?:int:)?\w+>", "4711", rule.rule)
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            yield method, address


def test_every_unsafe_call_is_refused_to_other_sites(app: APIFlask, client: FlaskClient) -> None:
    calls = list(unsafe(app))
    assert len(calls) > 20
    assert not [address for _, address in calls if "<" in address]
    for method, address in calls:
        for headers in FOREIGN:
            answer = client.open(address, method=method, headers=headers)
            assert answer.status_code == 403, (method, address, headers)


def test_our_own_pages_and_programs_pass(app: APIFlask, client: FlaskClient) -> None:
    for method, address in unsafe(app):
        for headers in OWN if "samples" not in address else OWN[:1]:
            answer = client.open(address, method=method, headers=headers)
            assert answer.status_code != 403, (method, address, headers)


def test_nothing_is_changed_by_a_refused_call(client: FlaskClient) -> None:
    image = added(client)
    client.delete(f"/api/images/{image['id']}", headers={"Origin": "https://evil.example"})
    assert client.get(f"/api/images/{image['id']}").get_json() == image


def test_the_refusal_is_json_for_programs_and_a_page_for_people(client: FlaskClient) -> None:
    data = client.post("/api/trash/empty", headers=FOREIGN[0])
    assert data.get_json()["error"]["code"] == "forbidden"
    page = client.post("/trash/empty", headers={**FOREIGN[0], "Accept": "text/html"})
    assert page.mimetype == "text/html"


def test_links_from_other_sites_still_open_pages(client: FlaskClient) -> None:
    for method in ("GET", "HEAD"):
        assert client.open("/", method=method, headers=FOREIGN[0]).status_code == 200
