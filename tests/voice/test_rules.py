"""The rules of the voice: what code sets right, what it finds wrong, what it asks the model to mend."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artworks.core.errors import Invalid
from artworks.core.text import unique
from artworks.voice.emoji import has_emoji, without_emoji
from artworks.voice.matching import holds, is_tag
from artworks.voice.rules import Choices, applied, problems, rewrite_request
from tests.support.examples import examples
from tests.support.material import naughty

NAMES = [f"#{letter}{number}" for letter in "abAB" for number in range(6)] + [
    "#🎨",
    "#ink🖋",
    "#straße",
    "#STRASSE",
]
TAGS = st.lists(st.sampled_from(NAMES), max_size=30)
ALWAYS = st.lists(st.sampled_from(NAMES), max_size=4).map(tuple)
TEXTS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("a ✨🎨❤\ufe0f\u200d.\n1©"))
)


@st.composite
def choices(draw: st.DrawFn) -> Choices:
    """Make choices about hashtags and emoji that fit together."""
    always = tuple(unique(draw(ALWAYS)))
    most = draw(st.integers(max(1, len(always)), 12))
    least = draw(st.integers(0, most))
    emoji = draw(st.sampled_from([None, True, False]))
    return Choices(hashtags_least=least, hashtags_most=most, always_hashtags=always, emoji=emoji)


def codes(words: dict[str, Any], wanted: Choices) -> list[tuple[str, str]]:
    """List the field and code of everything that is wrong."""
    return [(problem.field, problem.code) for problem in problems(words, wanted)]


def without_rules(**given: Any) -> Choices:
    """Make choices that ask for no number of hashtags."""
    return Choices(**{"hashtags_least": 0, "hashtags_most": 60, **given})


@examples(30)
@given(TAGS, choices())
def test_hashtags_are_never_too_many_doubled_or_without_those_of_every_picture(
    tags: list[str], wanted: Choices
) -> None:
    done = applied({"hashtags": tags}, wanted).get("hashtags", [])
    assert len(done) <= wanted.hashtags_most
    assert unique(done) == done
    assert tuple(done[: len(wanted.always_hashtags)]) == wanted.always_hashtags
    assert not {"many_hashtags", "missing_hashtag", "emoji"} & {
        code for _, code in codes({"hashtags": done}, wanted)
    }


@examples(30)
@given(TAGS, choices())
def test_hashtags_keep_their_order_and_are_cut_from_the_end(tags: list[str], wanted: Choices) -> None:
    wanted = Choices(**{**wanted.to_dict(), "emoji": None})
    expected = unique([*wanted.always_hashtags, *tags])
    assert applied({"hashtags": tags}, wanted).get("hashtags", []) == expected[: wanted.hashtags_most]


@examples(30)
@given(TEXTS, TAGS, choices())
def test_setting_right_twice_is_setting_right_once(text: str, tags: list[str], wanted: Choices) -> None:
    words = {"post_title": text, "description": text, "hashtags": tags, "category": text}
    once = applied(words, wanted)
    assert applied(once, wanted) == once
    assert once.get("category", "") == text


@examples(30)
@given(TEXTS)
def test_no_emoji_stays_and_nothing_else_goes(text: str) -> None:
    plain = without_emoji(text)
    assert not has_emoji(plain)
    assert [char for char in text if char.isalnum()] == [char for char in plain if char.isalnum()]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Dusk ✨ falls", "Dusk falls"),
        ("Dusk falls ✨.", "Dusk falls."),
        ("✨ Dusk", "Dusk"),
        ("Dusk✨Dawn", "Dusk Dawn"),
        ("(🎨 oil)", "(oil)"),
        ("夕暮れ✨静か", "夕暮れ静か"),
        ("one\n✨✨\n\n🎨 two", "one\n\ntwo"),
        ("👩‍🎨 and 🇳🇴 and ❤️ and 👋🏽", "and and and"),
        ("1️⃣ of 3", "1 of 3"),
        ("Floor 2\ufe0f\u20e3\ufe0f, #️⃣ and ©️ ™️", "Floor 2, # and © ™"),
        ("\N{WHITE HEAVY CHECK MARK}Dawn", "Dawn"),
        ("One \N{FAMILY}\u200d\N{BOY} 👨‍👩‍👧‍👦 👩🏽‍❤️‍💋‍👨🏿 family", "One family"),
        ("In 🏴󠁧󠁢󠁳󠁣󠁴󠁿, 🇯🇵🇧🇷 and 🏳️‍🌈", "In, and"),
        ("Sail ⛵ to the 🏖, by ✈️", "Sail to the, by"),
        # Joined wrongly, and one that no Unicode has yet.
        ("Tide ♂❤\u200d\ufe0f \U0001faff", "Tide ♂"),
        ("क🎨ा", "का"),
        # Drawn as a letter, because somebody wanted it so.
        ("I ❤\ufe0e ink ✔\ufe0e", "I ❤\ufe0e ink ✔\ufe0e"),
        ("0 1 2 # * ® ‼ ℹ ♀ ✔ ⚖ ☎ ▶ ↔ 〰 🅰 ㊗ 𝄞 🂡 🖎", "0 1 2 # * ® ‼ ℹ ♀ ✔ ⚖ ☎ ▶ ↔ 〰 🅰 ㊗ 𝄞 🂡 🖎"),
        # Signs that belong in a text.
        ("Study in C♯ © 2026, № 4, 30 × 40 cm ™ ★ → ½", "Study in C♯ © 2026, № 4, 30 × 40 cm ™ ★ → ½"),
    ],
)
def test_an_emoji_leaves_no_hole(text: str, plain: str) -> None:
    assert without_emoji(text) == plain


def test_emoji_go_only_when_none_are_wanted_and_never_those_of_ones_own_hashtags() -> None:
    words = {
        "post_title": "🎨",
        "description": "A heron 🪶.",
        "hashtags": ["#🎨", "#ink🖋", "#🪶"],
        "alt_text": "A ✨.",
    }
    assert applied(words, without_rules()) == words
    assert codes(words, without_rules(emoji=True)) == []
    none = without_rules(emoji=False, always_hashtags=("#🎨",))
    assert applied(words, none) == {"description": "A heron.", "hashtags": ["#🎨", "#ink"], "alt_text": "A."}
    assert ("hashtags", "emoji") in codes(words, none)
    assert ("description", "emoji") in codes(words, none)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("A STUNNING view.", "stunning"),
        ("Stunning", "stunning"),
        ("It’s a must-have!", "must have"),
        ("a must  \n have", "must-have"),
        ("l'été", "ÉTÉ"),
        ("the artist’s hand", "artist"),
        ("the artist's hand", "artist’s"),
        ("Große Straße", "strasse"),
        ("cafe\u0301 noir", "café"),
        ("stun\u00adning", "stunning"),
        ("ＡＲＴ", "art"),
        ("とても美しい絵", "美しい"),
        ("นี่คือภาพสวยมาก", "สวย"),
        ("아름다운그림", "그림"),
        ("artです", "art"),
        ("सुन्दर चित्र", "सुन्दर"),
        ("Wow!!!", "!!!"),
        ("with ❤️", "❤"),
        ("a ba a", "a"),
        ("xa b a b", "a b"),
        ("ОЧЕНЬ красиво", "очень"),
    ],
)
def test_a_word_is_found_in_any_case_and_script(text: str, phrase: str) -> None:
    assert holds(text, phrase)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("stunningly", "stunning"),
        ("part of a cart", "art"),
        ("must have", "musthave"),
        ("have a must", "must have"),
        ("सुन्दरता", "सुन्दर"),
        ("सुन्दरी", "सुन्दर"),
        ("cafe", "café"),
        ("cafe\u0301s", "café"),
        ("anything", ""),
        ("anything", " - "),
        ("xa bx", "a b"),
    ],
)
def test_a_part_of_a_word_is_not_the_word(text: str, phrase: str) -> None:
    assert not holds(text, phrase)


def test_a_hashtag_is_a_word_to_avoid_only_as_a_whole() -> None:
    for tag in ("#MustHave", "#must_have", "#musthave"):
        assert is_tag(tag, "must have")
    assert is_tag("#絵", "絵")
    for tag in ("#musthaveart", "#must"):
        assert not is_tag(tag, "must have")
    assert not is_tag("#x", "!!!")


def test_naughty_texts_break_no_rule_by_accident() -> None:
    for text in naughty():
        if "\0" not in text and len(text) < 4000:
            words = {"description": f"before {text} after", "hashtags": [text]}
            assert isinstance(problems(words, without_rules(avoid=("zebra",), emoji=False)), list)
            assert holds(f"before {text} after", "after")


def test_a_word_to_avoid_is_told_for_each_place_it_is_in() -> None:
    wanted = without_rules(avoid=("stunning", "must have"))
    words = {
        "post_title": "Stunning",
        "description": "A must-have, a stunning one.",
        "hashtags": ["#musthave"],
        "alt_text": "Nothing",
        "category": "Stunning",
    }
    assert sorted(codes(words, wanted)) == [
        ("description", "forbidden"),
        ("description", "forbidden"),
        ("hashtags", "forbidden"),
        ("post_title", "forbidden"),
    ]
    assert [problem.sentence for problem in problems({"description": "A stunning day."}, wanted)] == [
        "The description has “stunning”, a word you wanted to avoid."
    ]
    assert [problem.sentence for problem in problems({"hashtags": ["#MustHave"]}, wanted)] == [
        "The hashtags have “must have”, words you wanted to avoid."
    ]


def test_signs_alone_are_looked_for_as_they_stand() -> None:
    text = {"post_title": "Dusk — a study", "description": "§ 5, calm… and still; ❤️ it"}
    found = codes(text, without_rules(avoid=("—", "–", "…", "§", ";", "❤", "*", "\u2015")))
    assert found == [("post_title", "forbidden"), *[("description", "forbidden")] * 4]
    assert without_rules(avoid=("—\n,\n; ;", "a, ;")).avoid == ("—", ",", "; ;", "a")
    assert codes({"description": "No dash."}, without_rules(always=("—",))) == [
        ("description", "missing_word")
    ]


def test_a_voice_that_was_kept_by_older_rules_is_read() -> None:
    kept = {"avoid": ["—", "\u200b"], "always": ["past — present"], "always_hashtags": ["!!!"]}
    wanted = Choices.from_dict(kept, stored=True)
    assert (wanted.avoid, wanted.always, wanted.always_hashtags) == (("—",), ("past — present",), ())
    with pytest.raises(Invalid):
        Choices.from_dict(kept)


def test_only_the_fields_that_are_given_are_looked_at() -> None:
    wanted = Choices(always=("linocut",), description_least=100)
    assert problems({}, wanted) == []
    assert codes({"post_title": "x"}, wanted) == []
    assert codes({"description": "A LINOCUT."}, wanted) == [("description", "too_short")]
    assert codes({"description": "x" * 100}, wanted) == [("description", "missing_word")]


def test_lengths_are_told_and_never_cut() -> None:
    wanted = without_rules(title_most=10, description_least=5, description_most=1200)
    words = {"post_title": "x" * 11, "description": "One. " * 300}
    assert applied(words, wanted) == words
    assert [problem.sentence for problem in problems(words, wanted)] == [
        "The title is 11 characters long; you wanted at most 10.",
        "The description is 1,500 characters long; you wanted at most 1,200.",
    ]
    assert codes({"post_title": "x" * 10, "description": "x" * 1200}, wanted) == []
    assert problems({"description": "x"}, wanted)[0].sentence == (
        "The description is 1 character long; you wanted at least 5."
    )


def test_numbers_of_hashtags_are_told() -> None:
    wanted = Choices(hashtags_least=2, hashtags_most=3, always_hashtags=("#a",))
    assert codes({"hashtags": ["#b"]}, wanted) == [
        ("hashtags", "few_hashtags"),
        ("hashtags", "missing_hashtag"),
    ]
    assert codes({"hashtags": ["#A", "#b", "#c", "#d"]}, wanted) == [("hashtags", "many_hashtags")]
    assert codes({"hashtags": "#a b"}, wanted) == []
    assert problems({"hashtags": ["#a"]}, wanted)[0].sentence == "There is 1 hashtag; you wanted at least 2."


def test_the_request_to_mend_names_each_field_and_what_to_do() -> None:
    wanted = Choices(avoid=("stunning",), always=("hand-printed",), description_most=30)
    text = rewrite_request(problems({"description": "A stunning " + "x" * 40, "hashtags": ["#a"]}, wanted))
    assert "- hashtags: the answer has 1, give at least 5 and at most 12" in text
    assert "- description: it has 51 characters, write at most 30" in text
    assert "- description: leave out “stunning”" in text
    assert "- description: use “hand-printed”, word for word" in text
    assert rewrite_request([]) == ""


def test_choices_are_tidied() -> None:
    wanted = Choices(
        guide="  Dry. \n",
        samples=("", " A heron. "),
        avoid=("Stunning, must  have\nSTUNNING", "", "美しい、きれい"),
        always_hashtags=("lino cut", "#LinoCut", "##oslo"),
    )
    assert wanted.guide == "Dry."
    assert wanted.samples == ("A heron.",)
    assert wanted.avoid == ("Stunning", "must have", "美しい", "きれい")
    assert wanted.always_hashtags == ("#linocut", "#oslo")
    assert Choices.from_dict(wanted.to_dict()) == wanted
    assert Choices.from_dict({**wanted.to_dict(), "from_a_later_version": 1}) == wanted
    assert Choices.from_dict({}) == Choices()


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"guide": "x" * 4001}, "guide", "The style guide is 4,001 characters long. The limit is 4,000."),
        ({"guide": "\0"}, "guide", "a character that cannot be kept"),
        ({"guide": 5}, "guide", "must be text"),
        ({"samples": ("x",) * 6}, "samples", "There are 6 samples. The limit is 5."),
        ({"samples": ("x", "y" * 2001)}, "samples", "The sample 2 is 2,001 characters long"),
        ({"samples": "x"}, "samples", "must be a list"),
        ({"avoid": ("x" * 81,)}, "avoid", "81 characters long"),
        ({"avoid": tuple(f"w{n}" for n in range(61))}, "avoid", "There are 61 words. The limit is 60."),
        ({"always": (7,)}, "always", "must be text"),
        (
            {"avoid": ("print",), "always": ("hand print",)},
            "avoid",
            "“print” is to be avoided, and yet “hand print”",
        ),
        ({"avoid": ("lino cut",), "always_hashtags": ("#LinoCut",)}, "avoid", "and yet #LinoCut"),
        ({"avoid": ("stunning", "\u200b")}, "avoid", "nobody could see"),
        ({"always": ("\u3164",)}, "always", "nobody could see"),
        (
            {"avoid": ("-",), "always": ("hand-printed",)},
            "avoid",
            "“-” is to be avoided, and yet “hand-printed”",
        ),
        ({"always_hashtags": ("!!!",)}, "always_hashtags", "“!!!” has no hashtag in it"),
        ({"person": "second"}, "person", "Choose first person"),
        ({"emoji": 5}, "emoji", "Choose emoji"),
        ({"language": "English!"}, "language", "must be a code"),
        ({"language": ""}, "language", "must be a code"),
        ({"hashtags_least": 9, "hashtags_most": 8}, "hashtags_least", "(9) are more than the most (8)"),
        ({"hashtags_least": -1}, "hashtags_least", "a whole number from 0 to 60"),
        ({"hashtags_most": 61}, "hashtags_most", "a whole number from 1 to 60"),
        ({"hashtags_most": True}, "hashtags_most", "a whole number"),
        (
            {"hashtags_least": 0, "hashtags_most": 1, "always_hashtags": ("a", "b")},
            "always_hashtags",
            "at most 1",
        ),
        ({"always_hashtags": ("x" * 101,)}, "always_hashtags", "longer than 100"),
        ({"title_most": 9}, "title_most", "from 10 to 200"),
        ({"title_most": 201}, "title_most", "from 10 to 200"),
        ({"description_most": 5001}, "description_most", "from 0 to 5,000"),
        (
            {"description_least": 200, "description_most": 100},
            "description_least",
            "(200) is longer than the longest",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_plain_words(given: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        Choices(**given)
    assert refused.value.field == field
    assert said in refused.value.message
