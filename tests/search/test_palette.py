"""Colours as they are looked for: cells of the colour space, plain names, and the clause for both."""

from __future__ import annotations

import random
from math import dist

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from artworks.core.errors import Invalid
from artworks.images import image as images
from artworks.images.image import NewImage
from artworks.imaging.colours import colour_names
from artworks.search import palette
from artworks.search.palette import COLOURS
from models import Image


def some_colour(chance: random.Random) -> str:
    return f"#{chance.randrange(1 << 24):06x}"


def nearby(colour: str, chance: random.Random, by: int) -> str:
    parts = (int(colour[at : at + 2], 16) + chance.randint(-by, by) for at in (1, 3, 5))
    return "#" + "".join(f"{min(255, max(0, part)):02x}" for part in parts)


def coloured(session: Session, *colours: str) -> int:
    """Add a picture of which only the row is there; give its id."""
    new = NewImage(
        original_filename="Heron.jpg",
        stored_filename=f"{colours[0][1:]}.jpg",
        media_type="image/jpeg",
        rendition_type="image/jpeg",
        width=60,
        height=40,
        size_bytes=700,
        sha256=colours[0][1:] * 10,
        colours=list(colours),
    )
    return images.create(session, new).id


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ("#ffffff", (100, 0, 0)),
        ("#000000", (0, 0, 0)),
        ("#ff0000", (53.24, 80.09, 67.20)),
        ("#00ff00", (87.74, -86.18, 83.18)),
        ("#0000ff", (32.30, 79.19, -107.86)),
        ("#777777", (50.03, 0, 0)),
    ],
)
def test_lab_is_that_of_the_published_formula(colour: str, expected: tuple[float, float, float]) -> None:
    assert palette.to_lab(colour) == pytest.approx(expected, abs=0.02)


def test_a_colour_is_always_near_itself_and_near_what_looks_the_same() -> None:
    chance = random.Random(1)
    for _ in range(2000):
        colour = some_colour(chance)
        cells = palette.cells_near(colour)
        assert len(cells) < 60
        other = nearby(colour, chance, 8)
        assert palette.cells_of([colour])[0] in cells
        if dist(palette.to_lab(colour), palette.to_lab(other)) < 11:
            assert palette.cells_of([other])[0] in cells


def test_colours_that_differ_clearly_are_not_near() -> None:
    chance = random.Random(2)
    for _ in range(3000):
        one, other = some_colour(chance), some_colour(chance)
        if dist(palette.to_lab(one), palette.to_lab(other)) > 29:
            assert palette.cells_of([other])[0] not in palette.cells_near(one)


def test_every_name_that_is_given_is_found_by_a_word_of_the_list() -> None:
    chance = random.Random(3)
    for _ in range(3000):
        colour = some_colour(chance)
        found = palette.plain_names([colour])
        assert found[0] == colour_names([colour])[0]
        assert set(found) & set(COLOURS), found
    assert palette.plain_names(["#008080", "#9adcd8"]) == ["dark teal", "teal", "light teal"]
    assert palette.plain_names(["#87ceeb"]) == ["light sky blue", "sky blue", "blue"]
    assert palette.plain_names(["#5a3a1e", "#6a4a2e"]) == ["warm brown", "brown"]


def test_pictures_are_found_by_name_and_by_a_colour_like_theirs(session: Session) -> None:
    teal = coloured(session, "#14808c", "#f4ecd8")
    rust = coloured(session, "#b4611a")
    session.commit()

    def found(colour: str) -> list[int]:
        return list(session.scalars(select(Image.id).where(palette.has_colour(colour)).order_by(Image.id)))

    assert found("teal") == found(" TEAL ") == found("#14808C") == found("#188490") == [teal]
    assert found("cream") == found("#f2ead9") == [teal]
    assert found("brown") + found("orange") == found("#b05f1c") == [rust]
    assert found("#7b45c9") == found("violet") == []


def test_both_ways_are_answered_by_an_index(session: Session) -> None:
    session.execute(text("SET LOCAL enable_seqscan = off"))
    for colour, index in (("teal", "image_facts"), ("#14808c", "image_palette")):
        query = select(Image.id).where(palette.has_colour(colour))
        plan = session.execute(
            text("EXPLAIN " + str(query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})))
        )
        assert index in "".join(row[0] for row in plan)


@pytest.mark.parametrize(
    "colour", ["", "#12345", "#1234567", "#gggggg", "14808c", "mauve-ish", "#\0", "٣", "teal'"]
)
def test_nonsense_is_refused(colour: str) -> None:
    with pytest.raises(Invalid) as caught:
        palette.has_colour(colour)
    assert caught.value.field == "colour"
