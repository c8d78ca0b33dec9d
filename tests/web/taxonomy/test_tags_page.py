"""The page of tags, with forms."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlalchemy.orm import Session

from models import Tag, db
from tests.support.factories import added
from tests.support.material import statements
from tests.taxonomy.test_tags import many
from tests.web.taxonomy.test_organise import leads_to, page, tags


@pytest.mark.parametrize("sure", [{}, {"sure": ""}])
def test_the_form_that_removes_tags_refuses_what_cannot_be_one(
    client: FlaskClient, sure: dict[str, str]
) -> None:
    answer = client.post("/tags/remove", data={"tags": "a\0b", **sure})
    assert answer.status_code == 422
    assert "has a character that cannot be kept" in answer.text


def test_the_page_of_tags_works_with_forms(client: FlaskClient) -> None:
    added(client, hashtags="herons heron café")
    added(client, hashtags="heron cafe")
    seen = page(client, "/tags?order=name&prefix=HER")
    assert re.findall(r'name="tags" value="([^"]*)"', seen) == ["#heron", "#herons"]
    back = re.search(r'name="back" value="([^"]*)"', seen)
    assert back is not None
    asked = client.post("/tags/merge", data={"tags": ["#heron", "#herons"], "back": back[1]})
    assert asked.status_code == 200
    assert 'value="#heron"' in asked.get_data(as_text=True)
    form = {"tags": ["#heron", "#herons"], "into": "#heron", "back": back[1]}
    assert leads_to(client.post("/tags/merge", data=form), "/tags?prefix=HER&order=name")
    assert "#heron, #herons → #heron: 1 picture changed." in page(client, "/tags")
    assert leads_to(client.post("/tags/rename", data={"tag": "heron", "name": "Grey_Heron"}), "/tags")
    assert "#heron is #Grey_Heron now, in 2 pictures." in page(client, "/tags")
    sure = client.post("/tags/remove", data={"tags": "#Grey_Heron"})
    assert "Remove 1 tag from all pictures?" in sure.get_data(as_text=True)
    assert "#Grey_Heron" in tags(client)
    assert leads_to(client.post("/tags/remove", data={"tags": "#Grey_Heron", "sure": "yes"}), "/tags")
    assert tags(client) == {"#café": 1, "#cafe": 1}


def test_tags_nearly_the_same_are_offered_to_be_merged(client: FlaskClient) -> None:
    added(client, hashtags="herons café")
    added(client, hashtags="heron café cafe")
    assert "Find tags that are nearly the same" in page(client, "/tags")
    for address in ("/tags?alike=1", "/tags?fragment=alike"):
        seen = page(client, address)
        assert "Nearly the same: 2 groups of tags" in seen
        assert re.search(r"Merge into <bdi[^>]*>#café<", seen)
    client.post("/tags/merge", data={"tags": ["#café", "#cafe"], "into": "#café"})
    client.post("/tags/merge", data={"tags": ["#heron", "#herons"], "into": "#heron"})
    assert "No tags are nearly the same." in page(client, "/tags?fragment=alike")


def test_a_taken_tag_comes_back_with_the_offer_to_merge(client: FlaskClient) -> None:
    added(client, hashtags="herons crane")
    answer = client.post("/tags/rename", data={"tag": "#herons", "name": "Crane"})
    text = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 409
    assert 'value="Crane"' in text
    assert re.search(r"Merge into <bdi[^>]*>#crane<", text)
    assert re.search(r"Merge into <bdi", page(client, "/tags/edit?tag=herons&name=crane&fragment=sheet"))
    assert tags(client) == {"#herons": 1, "#crane": 1}


def test_forms_about_tags_that_do_not_fit_are_answered_in_words(client: FlaskClient) -> None:
    added(client, hashtags="heron")
    assert client.get("/tags/edit?tag=stork").status_code == 404
    assert client.get("/tags/edit").status_code == 404
    assert client.get("/tags?order=best").status_code == 422
    assert client.get("/tags?after=x").status_code == 400
    assert client.post("/tags/rename", data={"tag": "heron", "name": "a b"}).status_code == 422
    assert client.post("/tags/rename", data={"tag": "stork", "name": "a"}).status_code == 404
    assert client.post("/tags/merge", data={"tags": "heron", "into": "a b"}).status_code == 422
    assert client.post("/tags/remove", data={"tags": "stork", "sure": "yes"}).status_code == 404
    for address in ("/tags/merge", "/tags/remove"):
        assert leads_to(client.post(address, data={"back": "next=https://evil.example"}), "/tags")
    assert "Tick at least one tag first." in page(client, "/tags")
    assert tags(client) == {"#heron": 1}


def test_ten_thousand_tags_cost_as_few_statements_as_ten(client: FlaskClient, session: Session) -> None:
    sizes = []
    for count in (10, 10_000):
        session.execute(delete(Tag))
        many(session, count)
        with client.application.app_context(), statements(db.engine) as sent:
            seen = page(client, "/tags?order=name")
        sizes.append((len(sent), seen.count('class="tag-row"')))
    assert sizes == [(4, 10), (4, 100)]
