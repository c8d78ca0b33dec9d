"""The plain edit form: a mistake loses no typed word, and every form leads back with its filters."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.support.factories import added


def test_a_text_that_is_too_long_comes_back_in_the_form(client: FlaskClient) -> None:
    image = added(client, post_title="Kept")
    form = {"version": image["version"], "post_title": "x" * 201, "description": "typed words"}
    answer = client.post(f"/images/{image['id']}", data=form)
    assert answer.status_code == 422
    assert "typed words" in answer.text
    assert "The title is 201 characters long." in answer.text
    assert "changed elsewhere" not in answer.text
    assert client.get(f"/api/images/{image['id']}").get_json()["post_title"] == "Kept"


def test_forms_lead_back_with_the_filters(client: FlaskClient) -> None:
    image = added(client)
    generated = client.post(f"/images/{image['id']}/generate?status=new&sort=title")
    assert generated.headers["Location"] == f"/images/{image['id']}?status=new&sort=title"
    assert client.post(f"/images/{image['id']}/trash?q=heron").headers["Location"] == "/?q=heron"


def test_all_of_a_long_history_can_be_reached(client: FlaskClient) -> None:
    image = added(client)
    for number in range(31):
        image = client.patch(
            f"/api/images/{image['id']}", json={"version": image["version"], "post_title": f"Title {number}"}
        ).get_json()
    page = client.get(f"/images/{image['id']}").text
    assert f"/images/{image['id']}?history=all#history" in page
    assert "added the picture" not in page
    assert "added the picture" in client.get(f"/images/{image['id']}?history=all").text
