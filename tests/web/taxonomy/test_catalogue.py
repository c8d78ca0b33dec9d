"""Categories and tags over HTTP."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.material import row


def test_categories_come_with_counts_most_used_first(client: FlaskClient, session: Session) -> None:
    for name in ("Paper", "Prints", "prints", "Äpfel"):
        row(session, category=name)
    session.commit()
    found = client.get("/api/categories").get_json()["categories"]
    assert [(one["name"], one["count"]) for one in found] == [("Prints", 2), ("Paper", 1), ("Äpfel", 1)]
    assert len({one["id"] for one in found}) == 3
    assert {(one["parent_id"], one["own"] == one["count"]) for one in found} == {(None, True)}


def test_tags_are_counted_without_case_and_filtered_by_their_beginning(
    client: FlaskClient, session: Session
) -> None:
    for line in ("Heron bird", "Heron", "heron water_lily", "waterfall"):
        row(session, hashtags=line)
        session.commit()
    counts = {}
    for prefix in ("", "WATER", "#her", "water_", "%"):
        tags = client.get("/api/tags", query_string={"prefix": prefix}).get_json()["tags"]
        counts[prefix] = [(tag["name"], tag["count"]) for tag in tags]
    assert counts[""][0] == ("#Heron", 3)
    assert sorted(counts["WATER"]) == [("#water_lily", 1), ("#waterfall", 1)]
    assert counts["#her"] == [("#Heron", 3)]
    assert counts["water_"] == [("#water_lily", 1)]
    assert counts["%"] == []


def test_an_unknown_or_too_long_query_is_refused(client: FlaskClient) -> None:
    for query, field in (("prefix=" + "x" * 201, "prefix"), ("sort=name", "sort")):
        answer = client.get(f"/api/tags?{query}")
        assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, field)
