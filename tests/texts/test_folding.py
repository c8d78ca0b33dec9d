"""The folded key: what looks the same is the same, in Python as in the database, and nothing else is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from artworks.core.text import hashtag, hashtags
from artworks.texts.folding import fold
from tests.support.examples import examples
from tests.support.material import naughty

# As what name_fold returns is cut.
LONGEST_KEY = 500
# The tags that follow a black flag.
ENGLAND = "".join(chr(0xE0000 + ord(char)) for char in "gbeng\x7f")
SCOTLAND = "".join(chr(0xE0000 + ord(char)) for char in "gbsct\x7f")
SAME = (
    ("Oil paint", "Oil  paint", " oil\u00a0paint\t", "OIL\u3000PAINT", "Oil\u2028paint"),
    (
        "ab",
        "a\u200bb",
        "a\u00adb",
        "\ufeffab",
        "a\u200db",
        "a\u200cb\u200e",
        "a\ufe0fb",
        "a\u2060b",
        "a\u3164b",
    ),
    ("Art", "Ａrt", "ａｒｔ", "𝐀𝐫𝐭", "ART"),
    ("Straße", "STRASSE", "strasse", "STRAẞE"),
    ("ﬁne", "FINE"),
    ("Ὀδυσσεύς", "ὈΔΥΣΣΕΎΣ"),
    ("ᾳ", "ΑΙ", "αι"),
    ("é", "e\u0301", "É"),
    ("İ", "i\u0307"),
    ("ꭰ", "Ꭰ"),
    ("ｶﾞ", "ガ", "か\u3099".translate({ord("か"): "カ"})),
    ("#❤️", "#❤", "#❤︎"),
    ("1️⃣", "1⃣"),
    ("👩🏽\u200d🎨", "👩🏽\u200d\u200d🎨"),
    ("✔\ufe0f", "✔"),
)
APART = (
    ("#👍🏽", "#👍", "#👍🏿"),
    ("👩🏽\u200d🎨", "👩🏽🎨", "👩\u200d🎨"),
    (f"🏴{ENGLAND}", f"🏴{SCOTLAND}", "🏴"),
    ("🇩🇪", "🇫🇷"),
    ("1⃣", "2⃣", "1"),
    ("می\u200cخواهم", "میخواهم"),
    ("क्\u200dष", "क्ष"),
    ("a b", "ab"),
    ("e", "é"),
    ("か", "が", "カ"),
)  # fmt: skip
TEXTS = st.text(
    st.one_of(
        st.characters(exclude_characters="\0", exclude_categories=["Cs", "Cn", "Co"]),
        st.sampled_from(
            "aAbßςΣİıéÅ \u00a0\u200b\u200c\u200d\ufe0f\u00ad\u0301\u0345🏽👩🎨❤🇩🏴\U000e0067\U000e007f"
            "ﬁＡ½²가क्षमی\t\u2028"
        ),
    ),
    max_size=12,
)


def in_database(engine: Engine, texts: list[str]) -> list[str]:
    """Return the keys of texts as the database has them, in one statement."""
    asked = func.unnest(cast(texts, ARRAY(Text))).table_valued("words", with_ordinality="place", name="asked")
    asked = asked.render_derived()
    query = select(func.name_fold(asked.c.words)).order_by(asked.c.place)
    with engine.connect() as connection:
        return list(connection.scalars(query))


@pytest.mark.parametrize("texts", SAME, ids=lambda texts: texts[0])
def test_what_looks_the_same_has_one_key(engine: Engine, texts: tuple[str, ...]) -> None:
    assert len({*map(fold, texts)}) == 1, [fold(text).encode("unicode-escape") for text in texts]
    assert in_database(engine, list(texts)) == [fold(text) for text in texts]


@pytest.mark.parametrize("texts", APART, ids=lambda texts: texts[0])
def test_what_looks_different_has_keys_of_its_own(engine: Engine, texts: tuple[str, ...]) -> None:
    assert len({*map(fold, texts)}) == len(texts)
    assert in_database(engine, list(texts)) == [fold(text) for text in texts]


def test_python_and_the_database_agree_on_every_sign_and_naughty_string(engine: Engine) -> None:
    signs = [
        char for char in map(chr, range(1, 0x110000)) if unicodedata.category(char) not in ("Cs", "Cn", "Co")
    ]
    # Ideographs and syllables differ only by their place.
    signs = [char for char in signs if not "\u3400" <= char <= "\ud7ff" and char < "\U00020000"] + [
        "漢",
        "字",
        "가",
    ]
    texts = [
        *(f"a{char}b" for char in signs),
        *(f"{char}\u0301" for char in signs),
        *(f"م{char}م" for char in signs),
    ]
    texts += [text for text in naughty() if "\0" not in text]
    different = [
        (text.encode("unicode-escape"), ours.encode("unicode-escape"), theirs.encode("unicode-escape"))
        for text, ours, theirs in zip(texts, map(fold, texts), in_database(engine, texts), strict=True)
        if ours[:LONGEST_KEY] != theirs
    ]
    assert different == []


@examples(10)
@given(texts=st.lists(TEXTS, min_size=40, max_size=60))
def test_python_and_the_database_agree_on_any_text(engine: Engine, texts: list[str]) -> None:
    assert in_database(engine, texts) == [fold(text)[:LONGEST_KEY] for text in texts]


@examples(30)
@given(TEXTS)
def test_the_key_of_a_key_is_the_key_and_spelling_makes_no_difference(text: str) -> None:
    key = fold(text)
    assert fold(key) == key
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text)) == key
    assert fold(f"  {text}\u200b") == key


@pytest.mark.parametrize(
    "tag",
    [
        "#👍🏽", "#👩🏽\u200d🎨", "#👩🏻\u200d❤️\u200d💋\u200d👨🏿", "#🇩🇪", "#1️⃣", "#*️⃣", "#‼️", "#🙂\u200d↔️", "#❤️",
        f"#🏴{SCOTLAND}", "#🏳️\u200d🌈", "#art🎨", "#می\u200cخواهم", "#क्\u200dष",
    ],
)  # fmt: skip
def test_an_emoji_stays_whole_in_a_hashtag(tag: str) -> None:
    assert hashtag(tag) == tag
    assert hashtags(f"{tag} {tag}, other") == [tag, "#other"]


def test_one_picture_has_a_tag_once_however_it_is_written() -> None:
    assert hashtags("#❤️ #❤ #Ａrt #art #straße #STRASSE") == ["#❤️", "#Ａrt", "#straße"]
    # Signs, tags of flags without a flag, and what nobody sees make no tag.
    assert hashtags(["^", "×", "\u3164", "\U000e0067", "\u200d\ufe0f", "€"]) == []
