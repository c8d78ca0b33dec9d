"""Suggested words: how they are compared, and what happens when a draft arrives meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from artworks.core.errors import NotFound
from artworks.images import image as images
from artworks.images import suggestions
from artworks.images.image import NewImage
from artworks.images.suggestions import Difference, OtherSuggestion
from models import Image, Suggestion


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """Yield a session whose rows stay readable after a commit, as in the application."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def image(session: Session) -> Image:
    """Add a picture with words of a person."""
    new = NewImage("Heron.jpg", "a.jpg", "image/jpeg", "image/jpeg", 60, 40, 900, "ab" * 32, [])
    words = {"post_title": "A heron", "description": "It waits.", "hashtags": ["#heron", "#dusk"]}
    made = images.create(session, new, words)
    session.commit()
    return images.find(session, made.id)


def put(session: Session, image: Image, **fields: Any) -> None:
    """Let words wait."""
    suggestions.suggest(session, image, fields, source="openai", note="", feedback="")
    session.commit()


def shown(session: Session, image: Image) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the differences in short."""
    return [
        (found.field, [(part.op, part.text) for part in found.parts])
        for found in suggestions.differences(session, image)
    ]


def difference(session: Session, image: Image, before: str, after: str) -> Difference:
    """Compare two texts."""
    image.description = before
    put(session, image, description=after)
    return suggestions.differences(session, image)[0]


def test_a_difference_is_shown_word_by_word(session: Session, image: Image) -> None:
    put(session, image, hashtags=["#heron", "#lake"], post_title="A grey heron")
    assert shown(session, image) == [
        ("post_title", [("same", "A "), ("ins", "grey "), ("same", "heron")]),
        ("hashtags", [("same", "#heron "), ("del", "#dusk "), ("ins", "#lake")]),
    ]


def test_words_beside_an_empty_field_are_wholly_new(session: Session, image: Image) -> None:
    put(session, image, alt_text="A grey heron.")
    (found,) = suggestions.differences(session, image)
    assert (found.label, found.whole) == ("alt text", True)
    assert [part.op for part in found.parts] == ["ins"]


def test_there_is_no_difference_without_a_suggestion(session: Session, image: Image) -> None:
    assert suggestions.differences(session, image) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("One two three", "One three two"),
        ("Same end here.", "Other end here."),
        ("a b " * 120, "b a a " * 80),
        ("x " + "a " * 2400, "a " * 2400 + "y"),
        ("a " * 2000, "a " * 1000),
        ("Ein  Bild\nmit Zeilen", "Ein Bild mit\n\nZeilen"),
    ],
    ids=["moved", "begin", "few words again and again", "shifted", "cut", "line ends"],
)
def test_the_parts_of_a_difference_are_the_two_texts(
    session: Session, image: Image, before: str, after: str
) -> None:
    found = difference(session, image, before, after)
    old = "".join(part.text for part in found.parts if part.op != "ins")
    new = "".join(part.text for part in found.parts if part.op != "del")
    assert old.split() == before.split()
    assert new == after
    assert all(part.text for part in found.parts)


def test_texts_of_few_words_are_compared_at_their_ends_only(session: Session, image: Image) -> None:
    found = difference(session, image, "One " + "a b " * 120 + "end", "One " + "b a a " * 80 + "end")
    assert [part.op for part in found.parts] == ["same", "del", "ins", "same"]
    assert (found.parts[0].text, found.parts[-1].text) == ("One ", "end")


def test_no_words_replace_nothing(session: Session, image: Image) -> None:
    put(session, image, post_title="Grey")
    put(session, image)
    assert image.suggestion is not None
    assert image.suggestion.fields == {"post_title": "Grey"}


@pytest.mark.parametrize("decide", ["accept", "dismiss"])
def test_a_draft_that_arrives_meanwhile_is_neither_taken_nor_thrown_away(
    engine: Engine, session: Session, image: Image, decide: str
) -> None:
    put(session, image, post_title="Old", alt_text="Old.")
    read = images.find(session, image.id)
    assert read.suggestion is not None
    with Session(engine) as other:
        put(other, images.find(other, image.id), post_title="New", description="New.")
    number = read.suggestion.number
    with pytest.raises(OtherSuggestion, match="newer suggestion") as caught:
        if decide == "accept":
            suggestions.accept(session, read, number, read.version, ["post_title"])
        else:
            suggestions.dismiss(session, read, number, ["post_title"])
    assert caught.value.current.suggestion is not None
    assert caught.value.current.suggestion.fields == {"post_title": "New", "description": "New."}
    session.rollback()
    with Session(engine) as other:
        kept = other.get_one(Suggestion, image.id)
        assert (kept.fields, kept.number > number) == ({"post_title": "New", "description": "New."}, True)


def test_words_that_a_suggestion_brought_are_approved(session: Session, image: Image) -> None:
    put(session, image, post_title="Grey", alt_text="Grey.")
    assert image.suggestion is not None
    number = image.suggestion.number
    suggestions.accept(session, image, number, image.version, ["post_title"])
    session.commit()
    assert (image.origins["post_title"], image.approved_fields) == ("ai", ["post_title"])
    assert image.suggestion.number == number, "what is left is what was seen"


def test_a_picture_that_went_to_the_trash_meanwhile_is_left_alone(
    engine: Engine, session: Session, image: Image
) -> None:
    put(session, image, post_title="Grey")
    read = images.find(session, image.id)
    with engine.begin() as connection:
        connection.execute(update(Image).values(trashed_at=image.created_at))
    with pytest.raises(NotFound):
        suggestions.accept(session, read, 1, read.version, None)
