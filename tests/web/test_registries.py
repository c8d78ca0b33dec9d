"""Every field of a picture and every filter of a list is in every place: pages, JSON, CSV, search, hints, sentences."""

from __future__ import annotations

import json
import re
from datetime import UTC
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from artworks.ai.answers import answer_schema, describe_layout
from artworks.ai.placeholder import placeholder
from artworks.ai.types import FIELDS as ASKED
from artworks.ai.types import DraftRequest
from artworks.core.fields import FIELDS, LABELS, LIMITS, Field
from artworks.drafting import prompts
from artworks.library import saved_views
from artworks.search.filter_values import PARTS
from artworks.search.filters import ADDRESS_FILTERS, NAMES, SEARCH_FILTERS, Filters, parse_query
from models import TEXT_FIELDS
from tests.support.factories import added

VALUES = {"q": "heron", "category": "Prints", "tag": "heron", "status": "new", "colour": "teal"}
TYPED = {
    "tag": "heron", "category": "prints", "status": "new", "missing": "alt", "has": "title", "by": "me",
    "before": "2999", "after": "2000", "orientation": "landscape", "colour": "teal", "size": "<500kb",
    "collection": "Show",
}  # fmt: skip
every_field = pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)


def schemas(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/openapi.json").get_json()["components"]["schemas"]
    return found


def hints(client: FlaskClient) -> dict[str, Any]:
    """Return what the search box offers, by name and in order."""
    asked = client.get(data(client.get("/").text, "data-search-hints")).get_json()
    return {hint.pop("name"): hint for hint in asked}


def data(page: str, name: str) -> str:
    """Return what a page hands to its scripts in an attribute."""
    found = re.search(rf" {name}=([\"'])(.*?)\1", page)
    assert found
    return unescape(found[2])


def test_the_fields_are_the_same_and_in_the_same_order_everywhere(client: FlaskClient) -> None:
    names = [field.name for field in FIELDS]
    assert list(TEXT_FIELDS) == names
    assert sorted(ASKED) == sorted(names)
    assert list(LABELS) == [*names, "status"]
    assert set(names) <= added(client).keys()
    header = client.get("/export.csv").text.partition("\r\n")[0].lstrip("\ufeff").split(",")
    assert [name for name in header if name in names] == names
    for schema in ("Edit", "ImageOut"):
        assert set(names) <= schemas(client)[schema]["properties"].keys()
    assert schemas(client)["Accept"]["properties"]["fields"]["anyOf"][0]["items"]["enum"] == names
    typed = json.loads(data(client.get("/").text, "data-fields"))
    assert sorted(typed) == sorted(names)


@every_field
def test_a_field_is_on_every_page_that_shows_fields(client: FlaskClient, field: Field) -> None:
    image = added(client, post_title="Heron")
    for address in (f"/images/{image['id']}", f"/review/{image['id']}"):
        page = client.get(address).text
        assert f'id="word-{field.name}"' in page
        assert f'<label for="word-{field.name}">{field.title}</label>' in page
        assert f'placeholder="{field.hint}"' in page
        assert f'data-limit="{field.limit}"' in page
    assert f'<label class="batch-field" for="batch-field-{field.name}">{field.title}</label>' in (
        client.get("/batches/new").text
    )
    assert f'data-try-field="{field.name}"' in client.get("/settings/voice").text


@every_field
def test_a_field_is_written_by_ai_and_by_the_placeholder(field: Field) -> None:
    assert answer_schema((field.name,))["required"] == [field.name]
    assert f'- "{field.name}": {field.model_description}.' in describe_layout((field.name,))
    assert f"- {field.name}: " in prompts.system("en")
    request = DraftRequest(
        fields=(field.name,), filename="Heron.jpg", truth="Oil, 2024", categories=["Oil"], colours=["teal"]
    )
    assert list(placeholder(request).fields) == [field.name]


@every_field
def test_a_field_is_asked_for_by_its_names(client: FlaskClient, field: Field) -> None:
    empty = added(client)
    shown = hints(client)
    assert field.search_names[0] in shown["missing"]["values"]
    assert field.search_names[0] in shown["has"]["values"]
    for name in field.search_names:
        assert PARTS[name] == field.name
        for asked, count in (("missing", 1), ("has", 0)):
            found = client.get("/api/images", query_string={"q": f"{asked}:{name}"}).get_json()
            assert found["total"]["count"] == count, (asked, name)
    words = ["#heron"] if field.kind == "hashtags" else "Heron"
    assert (
        client.patch(f"/api/images/{empty['id']}", json={"version": 1, field.name: words}).status_code == 200
    )
    found = client.get("/api/images", query_string={"q": f"has:{field.search_names[0]}"}).get_json()
    assert found["total"]["count"] == 1


@pytest.mark.parametrize("name", LIMITS)
def test_a_field_takes_what_its_limit_says_and_no_more(client: FlaskClient, name: str) -> None:
    image = added(client)
    over = client.patch(f"/api/images/{image['id']}", json={"version": 1, name: "x" * (LIMITS[name] + 1)})
    assert (over.status_code, over.get_json()["error"]["field"]) == (422, name)
    full = client.patch(f"/api/images/{image['id']}", json={"version": 1, name: "x" * LIMITS[name]})
    assert full.get_json()[name] == "x" * LIMITS[name]


def test_the_filters_of_an_address_are_everywhere(client: FlaskClient, session: Session) -> None:
    names = [row.name for row in ADDRESS_FILTERS]
    found = schemas(client)
    assert set(found["BatchIn.FilterIn"]["properties"]) == {*names, "sort", "tz"} == set(NAMES)
    assert set(found["ViewIn.ViewFilters"]["properties"]) == {*names, "sort", "tz"}
    show = str(client.post("/api/collections", json={"name": "Show"}).get_json()["id"])
    values = {**VALUES, "collection": show}
    assert set(values) == set(names)
    asked = {
        one["name"]
        for one in client.get("/api/openapi.json").get_json()["paths"]["/api/images"]["get"]["parameters"]
    }
    assert asked >= set(names)
    for row in ADDRESS_FILTERS:
        given: dict[str, Any] = {row.name: values[row.name]}
        assert Filters(**given).given == given
        view = saved_views.create(session, row.name, saved_views.parse_filters(given, UTC))
        assert saved_views.filters_as_stored(view) == given
        page = client.get("/", query_string=given).text
        chip = row.chip(values[row.name], {int(show): "Show"})
        assert f'aria-label="Take away the filter {chip}"' in page
        assert client.get("/export.csv", query_string=given).status_code == 200


@pytest.mark.parametrize("name", SEARCH_FILTERS)
def test_a_filter_of_the_search_box_is_read_found_and_offered(client: FlaskClient, name: str) -> None:
    row = SEARCH_FILTERS[name]
    for alias in (name, *row.aliases):
        (term,) = parse_query(f"{alias}:{TYPED[name]}").terms
        assert term.name == name
    assert client.get("/api/images", query_string={"q": f"-{name}:{TYPED[name]}"}).status_code == 200
    shown = hints(client)
    assert shown[name] == {"aliases": list(row.aliases), "note": row.hint, "values": list(row.offered)}
    assert row.hint
    assert [value for value in row.offered if not parse_query(f"{name}:{value}").terms] == []


def test_the_hints_come_in_the_order_of_the_registry(client: FlaskClient) -> None:
    assert list(hints(client)) == list(SEARCH_FILTERS)
