"""What stands beside and above the library: it stays short however many categories there are."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from artworks.search.filters import Filters
from artworks.web.urls import link, links_by
from tests.support.factories import added
from tests.support.material import row

SHELVES, FOLD = 15, '<details class="sidebar-more"'


def fill(session: Session, shelves: int) -> None:
    """Make shelves with two parts each; the first ones have the most pictures."""
    for shelf in range(shelves):
        for part in ("Linocut", "Etching"):
            row(session, category=f"Shelf {shelf:02} / {part}")
        for _ in range(shelves - shelf):
            row(session, category=f"Shelf {shelf:02}")
    session.commit()


def categories(client: FlaskClient, query: str = "") -> tuple[list[str], list[str], bool]:
    """Return the categories in sight, those folded away, and whether the fold is open."""
    page = client.get(f"/?fragment=sidebar{query}").get_data(as_text=True)
    _, _, rest = page.partition('id="side-category"')
    part = rest.partition("</nav>")[0]
    seen, _, folded = part.partition(FOLD)
    names = r"<a [^>]*><span>([^<]+)</span><small>"
    return re.findall(names, seen), re.findall(names, folded), bool(re.match(r"[^>]* open>", folded))


def test_few_categories_are_all_in_sight(client: FlaskClient, session: Session) -> None:
    fill(session, 2)
    assert categories(client) == (
        ["Shelf 00", "Etching", "Linocut", "Shelf 01", "Etching", "Linocut"],
        [],
        False,
    )


def test_of_many_only_the_chosen_shelf_shows_its_parts(client: FlaskClient, session: Session) -> None:
    fill(session, SHELVES)
    shelves = [f"Shelf {shelf:02}" for shelf in range(SHELVES)]
    assert categories(client) == (shelves[:12], shelves[12:], False)
    for chosen in ("Shelf+01", "shelf+01+/+linocut"):
        seen, folded, is_open = categories(client, f"&category={chosen}")
        assert seen == [*shelves[:2], "Etching", "Linocut", *shelves[2:12]], chosen
        assert (folded, is_open) == (shelves[12:], False), chosen
    assert categories(client, "&category=Shelf+13") == (
        shelves[:12],
        [*shelves[12:14], "Etching", "Linocut", shelves[14]],
        True,
    )


def test_folded_categories_are_still_offered_where_one_is_typed(
    client: FlaskClient, session: Session
) -> None:
    fill(session, SHELVES)
    page = client.get("/").get_data(as_text=True)
    offered = re.findall(r'<option value="([^"]+)">', page.partition('id="category-names"')[2])
    assert len(offered) == 3 * SHELVES
    assert "Shelf 14 / Linocut" in offered


def test_the_search_box_counts_the_pictures_that_it_looks_through(client: FlaskClient) -> None:
    asked = re.compile(r'placeholder="(Search [^"]*)"')

    def said(path: str) -> str:
        (found,) = asked.findall(client.get(path).get_data(as_text=True))
        return " ".join(found.split())

    image = added(client)
    assert said("/") == "Search your pictures"
    added(client), added(client)
    assert said("/") == "Search 3 pictures"
    assert said("/?status=new") == "Search your pictures"
    client.delete(f"/api/images/{image['id']}")
    # There are two others, but not in the trash, which is not what is looked through.
    assert said("/trash") == "Search your pictures"


def test_a_phrase_keeps_its_own_quotation_marks(client: FlaskClient) -> None:
    for typed, said in (("dusk", "“dusk”"), ('"last hills"', "&#34;last hills&#34;")):
        page = client.get("/", query_string={"q": typed}).get_data(as_text=True)
        words = " ".join(re.sub(r"<[^>]+>", "", page).split())
        assert f"No picture has {said} in its words" in words
        assert f"Shown are: {said} " in words


def test_where_filters_find_nothing_the_search_is_offered_without_them(client: FlaskClient) -> None:
    added(client, post_title="Heron")
    filtered = client.get("/?q=heron&status=ready").get_data(as_text=True)
    assert re.search(r'href="/\?q=heron">Search all pictures', filtered)
    assert "Search all pictures" not in client.get("/?q=otter").get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "values"),
    [("status", ("", "new", "draft")), ("category", ("A & B / <c>", "Öl")), ("tag", ("#x y", "é?")),
     ("collection", ("7", "12")), ("colour", ("teal", "sky blue"))],
)  # fmt: skip
@pytest.mark.parametrize(
    "filters",
    [Filters(), Filters(q="heron", sort="title", status="ready"), Filters(collection="3", colour="#2a9d8f"),
     Filters(q="before:2026", tag="#b", category="Prints", tz="Asia/Tokyo")],
)  # fmt: skip
def test_addresses_that_are_written_together_are_those_that_are_written_alone(
    filters: Filters, name: str, values: tuple[str, ...]
) -> None:
    alone = {value: link("/", filters.but(**{name: value})) for value in ("", *values)}
    assert links_by(filters, name, values) == alone
