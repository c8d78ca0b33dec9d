"""The sentence about what was chosen: each filter alone, all of them together, and as a batch says it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from artworks.collections import collection as collections
from artworks.core.errors import Invalid
from artworks.dependents import delete_undo
from artworks.search.filters import ADDRESS_FILTERS, EVERYTHING, Filters, describe_chips, describe_filters

# What each filter is set to, then how it is said: in a list, of a batch, as a chip. "3" is the collection's id.
SAID = {
    "q": ("dusk", "“dusk”", "everything with “dusk”", "“dusk”"),
    "category": ("Prints", "category Prints", "everything in Prints", "Prints"),
    "tag": ("#heron", "#heron", "everything tagged #heron", "#heron"),
    "status": ("draft", "draft", "every draft", "Draft"),
    "collection": (
        "3",
        "collection Spring show",
        "everything in collection Spring show",
        "Spring show",
    ),
    "colour": ("teal", "colour teal", "everything, colour teal", "teal"),
}
NAMES = [row.name for row in ADDRESS_FILTERS]


@pytest.fixture
def show(session: Session) -> str:
    """Return the id of a collection called Spring show."""
    return str(collections.create(session, "Spring show").id)


def chosen(*names: str, show: str) -> Filters:
    given: dict[str, Any] = {name: show if name == "collection" else SAID[name][0] for name in names}
    return Filters(**given)


@pytest.mark.parametrize("name", NAMES)
def test_each_filter_alone_is_said_and_never_called_everything(
    session: Session, show: str, name: str
) -> None:
    filters = chosen(name, show=show)
    _, in_list, of_batch, chip = SAID[name]
    assert describe_filters(filters, session) == in_list != EVERYTHING
    assert describe_filters(filters, session, count=12) == of_batch != EVERYTHING
    assert describe_chips(filters, session) == {name: chip}


def test_all_filters_together_are_said_in_one_order(session: Session, show: str) -> None:
    filters = chosen(*NAMES, show=show)
    assert describe_filters(filters, session) == (
        "“dusk”, category Prints, #heron, draft, colour teal, collection Spring show"
    )
    assert describe_filters(filters, session, count=12) == (
        "every draft in Prints, tagged #heron, in collection Spring show, colour teal, with “dusk”"
    )
    assert list(describe_chips(filters, session)) == NAMES


def test_a_collection_and_a_colour_are_what_a_batch_is_of(session: Session, show: str) -> None:
    filters = chosen("collection", "colour", show=show)
    assert describe_filters(filters, session, count=2) == "everything in collection Spring show, colour teal"


def test_a_collection_is_called_by_its_id_only_where_nobody_can_look(session: Session, show: str) -> None:
    filters = chosen("collection", show=show)
    assert describe_filters(filters) == f"collection {show}"
    delete_undo.delete_collection(session, collections.find(session, int(show)))
    assert describe_filters(filters, session) == "a collection that is deleted"
    assert describe_filters(filters, session, count=0) == "everything in a collection that is deleted"
    assert describe_chips(filters, session) == {"collection": "A collection that is gone"}


def test_ticked_pictures_are_counted(session: Session) -> None:
    assert describe_filters(Filters(ids=(1, 2), tag="heron"), session) == "2 ticked pictures, #heron"
    assert describe_filters(Filters(ids=(1, 2)), session, count=1) == "1 ticked picture"
    assert describe_filters(Filters(), session) == describe_filters(Filters(), session, count=9) == EVERYTHING


@pytest.mark.parametrize(
    ("name", "value"), [("status", "sold"), ("collection", "Spring"), ("colour", "loud"), ("sort", "price")]
)
def test_what_is_no_value_of_a_filter_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        Filters(**{name: value})  # type: ignore[arg-type]
    assert refused.value.field == name
