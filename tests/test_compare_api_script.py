"""The script that compares the JSON interface of two versions."""

from __future__ import annotations

from typing import Any

from scripts.compare_api import comparable, differences

PAGE: dict[str, Any] = {
    "tags": [{"name": "Pictures"}, {"name": "Batches"}],
    "paths": {"/api/images": {"get": {"summary": "Give pictures.", "tags": ["Pictures"]}}},
    "components": {"schemas": {"Edit": {"properties": {"description": {"type": "string"}}}}},
}


def changed(**parts: Any) -> dict[str, Any]:
    return comparable({**PAGE, **parts})  # type: ignore[no-any-return]


def test_what_explains_and_the_order_of_tags_may_differ() -> None:
    now = changed(
        tags=PAGE["tags"][::-1],
        paths={"/api/images": {"get": {"summary": "Return pictures.", "tags": ["Pictures"]}}},
    )
    assert list(differences(comparable(PAGE), now)) == []


def test_a_field_that_is_called_description_counts() -> None:
    now = changed(components={"schemas": {"Edit": {"properties": {}}}})
    (found,) = differences(comparable(PAGE), now)
    assert found.startswith("/components/schemas/Edit/properties/description: ")


def test_a_renamed_schema_is_found_twice() -> None:
    now = changed(components={"schemas": {"Change": PAGE["components"]["schemas"]["Edit"]}})
    assert len(list(differences(comparable(PAGE), now))) == 2
