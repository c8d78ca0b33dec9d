"""The history: going back, and back from going back, with who wrote what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from artworks.core.errors import NotFound
from artworks.core.text import clean_fields
from artworks.images import image as images
from artworks.images import revisions
from artworks.images.image import StaleVersion
from models import TEXT_FIELDS, Image
from tests.support.examples import examples
from tests.support.material import row


def state(image: Image) -> dict[str, Any]:
    """Return words and origins to compare."""
    return {**{field: image.words(field) for field in TEXT_FIELDS}, "origins": dict(image.origins)}


def newest(session: Session, image: Image) -> int:
    return revisions.of_image(session, image.id)[0].id


CHANGES = st.one_of(
    st.fixed_dictionaries({}, optional={"post_title": st.sampled_from(["", "a", "b"]),
                                        "hashtags": st.sampled_from(["", "x", "x y"]),
                                        "category": st.sampled_from(["", "Prints", "Paper"]),
                                        "status": st.sampled_from(["new", "ready"])}),
)  # fmt: skip


@examples(6)
@given(edits=st.lists(st.tuples(CHANGES, st.booleans()), max_size=5))
def test_every_point_of_the_history_can_be_restored(
    session: Session, edits: list[tuple[dict[str, str], bool]]
) -> None:
    image = row(session, key_points="linocut")
    points = {newest(session, image): state(image)}
    for change, by_ai in edits:
        values = clean_fields(change)
        origins = dict.fromkeys(change, "ai") if by_ai else None
        images.write(session, image, values, by="ai" if by_ai else "person", action="edit", origins=origins)
        points[newest(session, image)] = state(image)
    for revision, before in points.items():
        images.restore_revision(session, image, revision, image.version)
        assert state(image) == before
    session.rollback()


def test_an_undo_can_itself_be_undone(session: Session) -> None:
    image = row(session)
    first = newest(session, image)
    images.edit(session, image, image.version, {"post_title": "Heron", "hashtags": "heron"})
    second, after = newest(session, image), state(image)
    images.restore_revision(session, image, first, image.version)
    assert (image.post_title, image.hashtags, image.origins) == ("", [], {})
    images.restore_revision(session, image, second, image.version)
    assert state(image) == after


def test_origins_come_back_with_the_words(session: Session) -> None:
    image = row(session)
    words = {"post_title": "By a model", "hashtags": ["#model"]}
    images.write(session, image, words, by="ai", action="generate", origins=dict.fromkeys(words, "ai"))
    written = newest(session, image)
    images.edit(session, image, image.version, {"post_title": "By me", "hashtags": "mine"})
    assert image.origins == {"post_title": "ai_edited", "hashtags": "ai_edited"}
    images.restore_revision(session, image, written, image.version)
    assert image.origins == {"post_title": "ai", "hashtags": "ai"}


def test_a_change_of_the_status_alone_leaves_the_words_and_is_recorded(session: Session) -> None:
    image = row(session, post_title="Heron")
    images.edit(session, image, image.version, {"status": "ready"})
    found = revisions.of_image(session, image.id)
    assert [revision.changes for revision in found] == [{"status": ["new", "ready"]}, {}]
    images.restore_revision(session, image, found[1].id, image.version)
    assert image.post_title == "Heron"


def test_a_point_of_another_pictures_history_is_not_there(session: Session) -> None:
    image, other = row(session), row(session)
    for number in (newest(session, other), 4711, 10**30):
        with pytest.raises(NotFound):
            images.restore_revision(session, image, number, image.version)


def test_going_back_from_an_old_version_is_a_conflict(session: Session) -> None:
    image = row(session)
    first = newest(session, image)
    images.edit(session, image, image.version, {"post_title": "Heron"})
    with pytest.raises(StaleVersion):
        images.restore_revision(session, image, first, image.version - 1)


def test_the_history_is_listed_newest_first_up_to_a_limit(session: Session) -> None:
    image = row(session)
    for turn in range(4):
        images.edit(session, image, image.version, {"post_title": f"Title {turn}"})
    found = revisions.of_image(session, image.id, 3)
    assert [revision.changes["post_title"][1] for revision in found] == ["Title 3", "Title 2", "Title 1"]
