"""The pictures before and after one, in the order and within the filters of the list it was opened from."""

from __future__ import annotations

from sqlalchemy.orm import Session

from artworks.search.filters import Filters
from artworks.search.listing import position_of
from tests.support.material import row


def test_neighbours_are_those_of_the_filtered_order(session: Session) -> None:
    images = {title: row(session, post_title=title, hashtags="x") for title in "bdac"}
    stranger = row(session, post_title="bb")
    session.commit()
    for image in [*images.values(), stranger]:
        session.refresh(image)
    near = position_of(session, Filters(tag="x", sort="title"), images["b"])
    assert (near.previous, near.next) == (images["a"].id, images["c"].id)
    assert (near.index, near.total) == (2, 4)
    last = position_of(session, Filters(tag="x", sort="title"), images["d"])
    assert (last.previous, last.next, last.index) == (images["c"].id, None, 4)
    # A picture that no longer fits the filter still has a way on, but no place.
    apart = position_of(session, Filters(tag="x", sort="title"), stranger)
    assert (apart.previous, apart.next, apart.index) == (images["b"].id, images["c"].id, None)
