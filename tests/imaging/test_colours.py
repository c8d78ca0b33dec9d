"""The main colours of a picture, in the order of their share, and the words for them."""

from __future__ import annotations

import pytest

from artworks.imaging.colours import colour_names, main_colours


def pixels(*runs: tuple[int, tuple[int, int, int, int]]) -> bytes:
    """Write runs of one RGBA colour each."""
    return b"".join(bytes(colour) * count for count, colour in runs)


def test_the_most_frequent_colour_comes_first() -> None:
    found = main_colours(
        pixels((10, (200, 30, 30, 255)), (30, (20, 40, 200, 255)), (5, (240, 240, 230, 255)))
    )

    assert found == ["#1428c8", "#c81e1e", "#f0f0e6"]


def test_colours_that_look_alike_are_one() -> None:
    assert main_colours(pixels((10, (100, 100, 100, 255)), (9, (130, 120, 118, 255)))) == ["#646464"]


def test_what_cannot_be_seen_does_not_count() -> None:
    assert main_colours(pixels((99, (255, 0, 0, 0)), (1, (0, 0, 255, 255)))) == ["#0000ff"]
    assert main_colours(pixels((9, (255, 0, 0, 0)))) == []


def test_at_most_five_are_given() -> None:
    many = [(1, (red, green, 0, 255)) for red in (0, 128, 255) for green in (0, 128, 255)]

    assert len(main_colours(pixels(*many))) == 5


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("#000000", "black"),
        ("#ffffff", "white"),
        ("#808080", "grey"),
        ("#2b2b2b", "dark grey"),
        ("#d02020", "red"),
        ("#b4611a", "warm brown"),
        ("#3d2415", "dark brown"),
        ("#f0941e", "orange"),
        ("#f2e6cf", "cream"),
        ("#f0d020", "yellow"),
        ("#1f7a3a", "green"),
        ("#0f3f46", "dark teal"),
        ("#2040c0", "blue"),
        ("#7cc3f2", "sky blue"),
        ("#7030a0", "violet"),
        ("#e04f9a", "pink"),
    ],
)
def test_a_colour_has_a_plain_name(colour: str, name: str) -> None:
    assert colour_names([colour]) == [name]


def test_a_name_is_said_once() -> None:
    assert colour_names(["#d02020", "#2040c0", "#d82424"]) == ["red", "blue"]
