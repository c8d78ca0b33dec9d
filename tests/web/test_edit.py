"""Editing a picture: PATCH /api/images/<id>."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.factories import added


def test_an_edit_changes_only_its_field_and_counts_one_version(client: FlaskClient) -> None:
    image = added(client)
    answer = client.patch(
        f"/api/images/{image['id']}", json={"version": 1, "post_title": " Café ", "category": "Prints"}
    )
    now = answer.get_json()
    assert answer.status_code == 200
    assert (now["post_title"], now["category"], now["description"], now["version"]) == (
        "Café",
        "Prints",
        "",
        2,
    )
    assert now["origins"] == {"post_title": "person", "category": "person"}


def test_a_stale_version_is_a_conflict_that_shows_what_is_there(client: FlaskClient) -> None:
    image = added(client, post_title="First")
    answer = client.patch(f"/api/images/{image['id']}", json={"version": 1, "post_title": "Second"})
    assert answer.status_code == 409
    assert answer.get_json()["error"]["code"] == "conflict"
    assert answer.get_json()["current"]["post_title"] == "First"
