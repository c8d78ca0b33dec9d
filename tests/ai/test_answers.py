"""Answers of every shape: read out of any text, cleaned, and kept within their limits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artworks.ai.answers import note_of, parse_partial, read_answer, tidy_fields
from artworks.ai.reading.hashtags import read_hashtags
from artworks.ai.reading.plain_text import shorten
from artworks.core.fields import LIMITS
from gpt_service import FIELDS, FieldValue
from tests.support.examples import examples

GOOD = {"post_title": "The Quiet Hour", "hashtags": ["#dusk"]}
ASKED = ("post_title", "hashtags")
JSON = json.dumps(GOOD)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "text",
    [
        JSON,
        f"```json\n{JSON}\n```",
        f"Of course! Here you are:\n\n{JSON}\n\nI hope {{that}} helps.",
        f"<think>Perhaps {JSON.replace('Quiet', 'Loud')}?</think>{JSON}",
        json.dumps({"answer": GOOD}),
        json.dumps({**GOOD, "mood": "calm", "confidence": 0.9}),
        "\ufeff" + JSON,
        'Like {"post_title": "…"}? No:' + JSON,
    ],
    ids=["bare", "fenced", "talk", "thinking", "wrapped", "extra keys", "byte-order mark", "false start"],
)
def test_answer_is_found_in_the_text(text: str) -> None:
    assert read_answer(text, ASKED, []).fields == GOOD


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"post_title": "A"}, {"post_title": "A"}),
        ({"post_title": None, "hashtags": ["#a"]}, {"hashtags": ["#a"]}),
        ({"post_title": True, "hashtags": ["#a"]}, {"hashtags": ["#a"]}),
        ({"post_title": {"en": "A"}, "hashtags": ["#a"]}, {"hashtags": ["#a"]}),
        ({"post_title": "A", "hashtags": [None]}, {"post_title": "A"}),
        ({"post_title": "", "hashtags": []}, {}),
        ([{"caption": "A", "labels": ["#a"]}], {}),
        ("post_title", {}),
    ],
)
def test_fields_are_taken_one_by_one_and_what_is_none_is_missing(
    found: object, expected: dict[str, FieldValue]
) -> None:
    answer = read_answer(json.dumps(found), ASKED, [])
    assert answer.fields == expected
    assert set(answer.missing) == set(ASKED) - set(expected)


def test_numbers_and_lists_of_lines_are_taken_as_text() -> None:
    text = json.dumps({"post_title": 1984, "key_points": ["linocut", "30 x 40 cm"]})
    assert read_answer(text, ("post_title", "key_points"), []).fields == {
        "post_title": "1984",
        "key_points": "linocut\n30 x 40 cm",
    }


def test_empty_fields_are_left_out_so_that_nothing_is_wiped() -> None:
    answer = read_answer('{"post_title": "A", "category": ""}', ("post_title", "category"), [])
    assert answer.fields == {"post_title": "A"}
    # It may be that none fits; what must not be empty is asked for again.
    assert answer.missing == ()
    assert read_answer('{"post_title": "", "category": "B"}', ("post_title",), []).missing == ("post_title",)


def test_the_note_names_what_is_left_empty_and_what_was_declined() -> None:
    asked = ("post_title", "alt_text", "key_points")
    text = {"post_title": "A", "alt_text": "I cannot describe this image.", "key_points": "None"}
    answer = read_answer(json.dumps(text), asked, [])
    assert note_of(answer, asked) == "The AI wrote no key points. The AI declined to write the alt text."
    assert note_of(read_answer(JSON, ASKED, []), ASKED) == ""


def test_what_no_database_stores_is_taken_out() -> None:
    text = '{"description": "a\\u0000b\\ud800c\\u001b[31m\\r\\nd\\udc00"}'
    assert read_answer(text, ("description",), []).fields == {"description": "abc[31m\nd"}


def test_title_is_one_line_and_descriptions_keep_theirs() -> None:
    words = tidy_fields({"post_title": " The\nQuiet\tHour ", "description": "One.\n\n\n\nTwo."}, [])
    assert words == {"post_title": "The Quiet Hour", "description": "One.\n\nTwo."}


def test_category_takes_the_spelling_that_exists() -> None:
    assert tidy_fields({"category": "PRINTS"}, ["Prints"]) == {"category": "Prints"}
    assert tidy_fields({"category": "Prints / Linocut / Large"}, []) == {"category": "Prints / Linocut"}


@pytest.mark.parametrize(
    ("given_tags", "expected"),
    [
        (["dusk", "#Dusk", "##hills"], ["#dusk", "#hills"]),
        (["golden hour", "#Quiet Hour"], ["#goldenhour", "#QuietHour"]),
        ("#dusk #hills, #river", ["#dusk", "#hills", "#river"]),
        ("dusk, hills river", ["#dusk", "#hillsriver"]),
        ("dusk hills river", ["#dusk", "#hills", "#river"]),
        (["#one #two, three", "#four"], ["#one", "#two", "#three", "#four"]),
        (["#…", "", "#", "!!"], []),
        (["#café-au-lait", "#it's", "#snake_case"], ["#caféaulait", "#its", "#snake_case"]),
        (
            ["#हिन्दी", "#日本語", "#\U0001f305", "#می\u200cخواهم"],
            ["#हिन्दी", "#日本語", "#\U0001f305", "#می\u200cخواهم"],
        ),
        (["#" + "x" * 200, "#ok"], ["#ok"]),
    ],
)
def test_hashtags_are_normalised(given_tags: object, expected: list[str]) -> None:
    assert read_hashtags(given_tags) == expected


def test_there_are_at_most_sixty_hashtags() -> None:
    assert read_hashtags([f"#tag{number}" for number in range(100)]) == [
        f"#tag{number}" for number in range(60)
    ]


def test_long_text_ends_with_a_sentence() -> None:
    assert shorten("The first sentence. The second one is longer.", 30) == "The first sentence."


def test_long_text_without_an_end_is_cut_between_words() -> None:
    assert shorten("wandering light over the hills", 20) == "wandering light…"


def test_number_is_not_the_end_of_a_sentence() -> None:
    assert shorten("It is about 3.14159 metres", 13) == "It is about…"


def test_script_without_spaces_is_cut_to_the_limit() -> None:
    assert len(shorten("夕" * 300, 200)) == 200


def test_partial_answer_shows_the_asked_fields_so_far() -> None:
    text = '```json\n{"mood": "calm", "post_title": "The Quiet Hour", "hashtags": ["#dusk", "#hi'
    assert parse_partial(text, ASKED) == {"post_title": "The Quiet Hour", "hashtags": ["#dusk", "#hi"]}


@pytest.mark.parametrize(
    "text", ["", "Here", "{", '{"post_title": nul', "<think>{", '{"post_title": 3', "{]"]
)
def test_partial_answer_without_words_shows_nothing(text: str) -> None:
    assert parse_partial(text, ASKED) == {}


@examples(40)
@given(ANYTHING)
def test_any_answer_is_read_within_the_limits(found: Any) -> None:
    _assert_storable(read_answer(json.dumps(found), FIELDS[:3], []).fields)


@examples(40)
@given(st.dictionaries(st.sampled_from(FIELDS), st.text(st.characters(), max_size=400)), st.integers(1, 12))
def test_tidied_words_are_always_storable(found: dict[str, str], times: int) -> None:
    words = tidy_fields({name: text * times for name, text in found.items()}, [])
    _assert_storable(words)


@examples(40)
@given(ANYTHING, st.integers(0, 300), st.text(max_size=20))
def test_any_beginning_of_any_answer_can_be_shown(found: Any, length: int, before: str) -> None:
    _assert_storable(parse_partial((before + json.dumps({"post_title": found}))[:length], FIELDS))


def _assert_storable(words: dict[str, FieldValue]) -> None:
    for name, value in words.items():
        assert value
        texts = value if isinstance(value, list) else [value]
        assert all(len(text) <= LIMITS.get(name, 100) for text in texts)
        assert len(texts) <= 60
        assert "\x00" not in "".join(texts)
        "".join(texts).encode("utf-8")
