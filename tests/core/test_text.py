"""Cleaning words: Unicode, limits and hashtags."""

from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from artworks.core.errors import Invalid
from artworks.core.fields import LIMITS
from artworks.core.text import clean, clean_fields, hashtags
from tests.support.examples import examples
from tests.support.material import kept, naughty

# Whole Unicode with its lone surrogates, and often the signs that have a meaning in a line of hashtags.
LINES = st.text(
    st.one_of(st.characters(), st.sampled_from(" ,#;_-!e\u0301\u200d\u0130ßé🎨\u3000＃")), max_size=60
)


def read(value: str | list[str]) -> list[str]:
    """Return the tags of a line, none when it is refused."""
    try:
        return hashtags(value)
    except Invalid:
        return []


@examples(30)
@given(LINES)
def test_reading_hashtags_again_changes_nothing(line: str) -> None:
    tags = read(line)
    assert hashtags(tags) == tags
    assert hashtags(" ".join(tags)) == tags


@examples(30)
@given(LINES)
def test_a_hashtag_has_one_leading_sign_and_no_space_or_punctuation(line: str) -> None:
    for tag in read(line):
        assert tag[0] == "#"
        assert len(tag) > 1
        assert unicodedata.is_normalized("NFC", tag)
        # By the library's tables, which know letters and emoji that Python's may not know yet.
        bare = regex.sub(r"[0-9*]\ufe0f?\u20e3|\p{Emoji}\ufe0f", "", tag[1:])
        assert not regex.search(r"\s|(?![_\u200c\u200d])[\p{P}\p{Z}\p{C}]", bare)


@examples(30)
@given(st.lists(st.sampled_from("abcABCéÉßẞ"), max_size=12))
def test_hashtags_keep_the_order_of_their_first_appearance(words: list[str]) -> None:
    first: list[str] = []
    for word in words:
        if word.casefold() not in [known.casefold() for known in first]:
            first.append(word)
    assert hashtags(words) == ["#" + word for word in first]
    assert hashtags(" ".join(words)) == hashtags(words)


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("#heron #linocut", ["#heron", "#linocut"]),
        ("heron,linocut;  print", ["#heron", "#linocut", "#print"]),
        ("#a#b", ["#a", "#b"]),
        ("##two-words!", ["#twowords"]),
        ("＃日本、版画", ["#日本", "#版画"]),
        ("#👩‍🎨 می‌خواهم", ["#👩‍🎨", "#می‌خواهم"]),
        ("snake_case 1920s", ["#snake_case", "#1920s"]),
        # Without the sign in between, the accent belongs to the letter.
        ("caf-e!\u0301", ["#caf\u00e9"]),
        ("# !!! --- \u200d", []),
    ],
)
def test_a_typed_line_is_split_into_tags(line: str, tags: list[str]) -> None:
    assert hashtags(line) == tags


def test_a_tag_of_a_list_may_hold_spaces_which_are_taken_out() -> None:
    assert hashtags(["artist's book", " #Éclair "]) == ["#artistsbook", "#Éclair"]


def test_repeated_tags_do_not_count_towards_the_limit() -> None:
    assert len(hashtags(["#x"] * 100 + [f"#t{n}" for n in range(59)])) == 60


def test_every_naughty_string_is_kept_exactly_in_every_field_or_refused_by_its_length() -> None:
    for text in naughty():
        for field, limit in LIMITS.items():
            if len(kept(text)) <= limit:
                assert clean(text, field) == kept(text)
            else:
                with pytest.raises(Invalid):
                    clean(text, field)


def test_no_naughty_string_brings_markup_into_a_hashtag() -> None:
    for text in naughty():
        for tag in read(text):
            assert not set(tag[1:]) & set("#<>\"'&, =;()/\\"), text


@examples(30)
@given(st.text())
def test_clean_text_is_composed_trimmed_and_stays_so(text: str) -> None:
    try:
        once = clean(text, "description")
    except Invalid:
        assert "\0" in text or any("\ud800" <= char <= "\udfff" for char in text)
        return
    assert once == kept(text)
    assert clean(once, "description") == once


def test_what_is_typed_and_has_no_hashtag_is_refused_and_not_taken_for_none() -> None:
    for typed in ("!!!", ["—", "…"], "×"):
        with pytest.raises(Invalid, match="has no hashtag in it"):
            clean_fields({"hashtags": typed})
        assert clean_fields({"hashtags": typed}, typed=False) == {"hashtags": []}
    assert clean_fields({"category": "\u200b"}, typed=False) == {"category": ""}
    for nothing in ("", " , ", "#", [], ["", "#"]):
        assert clean_fields({"hashtags": nothing}) == {"hashtags": []}
    assert clean_fields({"hashtags": "heron — dusk"}) == {"hashtags": ["#heron", "#dusk"]}


@pytest.mark.parametrize("unseen", ["\u200b", "\u3164", "\u202e \u200e", "\ufeff\u00ad", "\U000e0067"])
def test_what_nobody_can_see_is_no_text(unseen: str) -> None:
    for field in ("post_title", "description", "key_points", "alt_text"):
        assert clean_fields({field: unseen}) == clean_fields({field: unseen}, typed=False) == {field: ""}
    # An accent, a sign of one's own and what is newer than this program are seen.
    for seen in ("\u0301", "\ue000", "\U0001faff", "می\u200cخواهم"):
        assert clean_fields({"post_title": seen}) == {"post_title": seen}


def test_an_error_names_the_field_and_its_limit() -> None:
    with pytest.raises(
        Invalid, match=r"The alt text is 1,001 characters long\. The limit is 1,000\."
    ) as refused:
        clean_fields({"post_title": "fine", "alt_text": "x" * 1001})
    assert refused.value.field == "alt_text"
    with pytest.raises(Invalid, match="no field called size"):
        clean_fields({"size": "1"})
