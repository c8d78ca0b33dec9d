"""The placeholder writer: honest, free, and never a model in disguise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import gpt_service
from artworks.ai.placeholder import name_words
from gpt_service import FIELDS, DraftCancelled, DraftRequest, ServiceSettings

NOBODY = ServiceSettings(None, None, "gpt-5.6-luna")
REQUEST = DraftRequest(
    filename="IMG_2043 Heron_at-dusk (final) v2.JPG",
    truth="Linocut, 30 x 40 cm",
    categories=["Photographs", "Linocut"],
    orientation="portrait",
    colours=["warm brown", "teal", "cream", "grey"],
)


def test_without_key_and_server_the_placeholder_writes() -> None:
    draft = gpt_service.draft(REQUEST, NOBODY)
    assert draft.source == "placeholder"
    assert set(draft.fields) == set(FIELDS)
    assert draft.usage == gpt_service.TokenUsage()
    assert "No AI service" in draft.note


def test_title_is_the_words_of_the_file_name() -> None:
    assert gpt_service.placeholder(REQUEST).fields["post_title"] == "Heron at dusk"


@pytest.mark.parametrize(
    ("filename", "words"),
    [
        ("DSC_0001.jpg", []),
        ("3f2504e04f8911d39a0c0305e82c3301.png", []),
        ("Screenshot 2026-11-22 at 10.42.png", []),
        ("Heron2.png", ["Heron"]),
        ("20261122_104200_a1b2c3d4e5.jpg", []),
        ("blueHeron.png", ["blue", "Heron"]),
        ("the_artist's hand.jpeg", ["the", "artist's", "hand"]),
        ("हिन्दी चित्र.jpg", ["हिन्दी", "चित्र"]),
        ("夕暮れ.gif", ["夕暮れ"]),
        ("", []),
    ],
)
def test_camera_names_and_numbers_say_nothing(filename: str, words: list[str]) -> None:
    assert name_words(filename) == words


def test_nothing_known_gives_no_invented_words() -> None:
    draft = gpt_service.placeholder(DraftRequest(filename="IMG_0001.JPG"))
    assert draft.fields["post_title"] == "Untitled"
    said = " ".join(str(words) for words in draft.fields.values()).lower()
    assert not any(medium in said for medium in ("photo", "paint", "drawing", "print", "sketch", "canvas"))


def test_description_tells_the_artists_truth_shape_and_colours() -> None:
    text = str(gpt_service.placeholder(REQUEST).fields["description"])
    for known in ("Heron at dusk", "Linocut, 30 x 40 cm.", "tall", "warm brown, teal and cream"):
        assert known in text


def test_category_is_one_that_exists_and_is_named() -> None:
    assert gpt_service.placeholder(REQUEST).fields["category"] == "Linocut"
    assert "category" not in gpt_service.placeholder(replace(REQUEST, truth="")).fields


def test_category_that_is_there_stays() -> None:
    kept = replace(REQUEST, current={"category": "Birds"})
    assert gpt_service.placeholder(kept).fields["category"] == "Birds"


def test_hashtags_come_from_what_is_known() -> None:
    tags = gpt_service.placeholder(REQUEST).fields["hashtags"]
    assert tags == ["#heron", "#dusk", "#linocut", "#warmbrown", "#teal"]


def test_shorter_cuts_the_words_that_are_there() -> None:
    current: dict[str, Any] = {"description": "One. Two. Three. Four.", "hashtags": ["#a", "#b", "#c", "#d"]}
    request = replace(REQUEST, current=current, feedback="Shorter, please", fields=tuple(current))
    draft = gpt_service.placeholder(request)
    assert draft.fields == {"description": "One. Two.", "hashtags": ["#a", "#b"]}
    assert "cut" in draft.note


def test_other_feedback_keeps_the_words_and_says_so() -> None:
    request = replace(REQUEST, current={"description": "Mine."}, feedback="warmer", fields=("description",))
    draft = gpt_service.placeholder(request)
    assert draft.fields == {"description": "Mine."}
    assert "could not be followed" in draft.note


def test_placeholder_words_arrive_field_by_field() -> None:
    seen: list[dict[str, Any]] = []
    draft = gpt_service.draft(REQUEST, NOBODY, on_partial=seen.append)
    assert [len(fields) for fields in seen] == [1, 2, 3, 4, 5, 6]
    assert seen[-1] == draft.fields


def test_placeholder_can_be_stopped() -> None:
    with pytest.raises(DraftCancelled):
        gpt_service.draft(REQUEST, NOBODY, cancelled=lambda: True)


def test_only_asked_fields_are_written() -> None:
    assert set(gpt_service.placeholder(replace(REQUEST, fields=("alt_text",))).fields) == {"alt_text"}
