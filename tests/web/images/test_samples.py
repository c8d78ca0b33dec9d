"""The six samples: they come once, and go again as one."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.web.images.test_undo import undo_of


def test_the_samples_are_six_pictures_and_come_once(client: FlaskClient) -> None:
    answer = client.post("/api/samples")
    assert (answer.status_code, len(answer.get_json()["images"])) == (201, 6)
    undo = undo_of(answer)
    again = client.post("/api/samples")
    assert (again.status_code, len(again.get_json()["duplicates"])) == (200, 6)
    assert "Link" not in again.headers
    assert client.post(undo).get_json()["also"] == "6 pictures are in the trash."
    assert client.post(undo).status_code == 409
