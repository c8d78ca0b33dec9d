"""The words of a text and those that are asked for are cut by one rule: what is there is found as it is typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from artworks.search import listing as search
from artworks.search.filters import Filters
from artworks.texts.search_words import words_of
from tests.support.examples import examples
from tests.support.material import naughty, row

# Which of some words, each with the text that it was typed from, are not found by the index of that text.
MISSED = text("""
WITH texts AS MATERIALIZED (
    SELECT n, search_vector(words) AS found FROM unnest(CAST(:texts AS text[])) WITH ORDINALITY AS t(words, n)
)
SELECT n, word FROM unnest(CAST(:numbers AS int[]), CAST(:words AS text[])) AS typed(n, word) JOIN texts USING (n)
WHERE NOT found @@ search_query(word, :beginning)
""")
SCRIPTS = (
    "abxyzéßæøİıŁ", "АБВжх", "٣۴५½²⅓ⅻ", "αβγςΣάᾳ", "العربيةأإآىؤئءوبكلـ\u064b\u0651ﷺﻻ",
    "فارسی\u200cکتاب", "שלום\u05b8בגדה", "漢字鷺川夕暮", "かなガｶﾞー々",
    "한국어수채화", "ภาษาไทยก็น้ำ", "ພາສາລາວ", "ភាសាខ្មែរ", "မြန်မာဘာသာ", "हिन्दी\u200dक्षणि",
    "தமிழ்", "ქართული", "አማርኛ", "0123456789", "€£¥₹№™℃㎝㎏×✕*", " \u00a0\u3000\t\n",
     ".,-_/\\'\"“”„:;!?()[]{}&|<>%#@—…§„、。・",
    "\u00ad\u200b\ufe0f\u200e\u0301\u20e3", "🎨❤️👩🏽\u200d🎨🇩🇪★ＡＢ１２ﬁﬂ",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(SCRIPTS).flatmap(lambda some: st.text(some, max_size=5)), max_size=12).map(
    "".join
)


def missed(
    engine: Engine, texts: list[str], typed: Iterable[tuple[int, str]], *, beginning: bool = False
) -> list[tuple[int, str]]:
    """Return which words, each with the number of its text from 1 on, are not found by the index of that text."""
    numbers, words = zip(*typed, strict=True)
    with engine.connect() as connection:
        found = connection.execute(
            MISSED, {"texts": texts, "numbers": list(numbers), "words": list(words), "beginning": beginning}
        )
        return [(number, word) for number, word in found]


def test_every_sign_is_cut_alike_by_the_index_and_by_what_is_asked(engine: Engine) -> None:
    signs = [
        char for char in map(chr, range(1, 0x110000)) if unicodedata.category(char) not in ("Cs", "Cn", "Co")
    ]
    # Of letters without another form every ninth: they differ only by their place.
    plain = [char for char in signs if char.isalpha() and unicodedata.normalize("NFKD", char) == char]
    signs = sorted({*signs, "漢"} - {*plain}) + plain[::9]
    texts = [
        " ".join(f"ab{char}cd {char} 3{char}4" for char in signs[at : at + 12])
        for at in range(0, len(signs), 12)
    ]
    typed = [(number, " ".join(words_of(words))) for number, words in enumerate(texts, 1)]
    assert missed(engine, texts, typed) == []


@examples(15)
@given(written=TEXTS)
def test_any_word_of_a_text_typed_in_quotes_finds_it(session: Session, written: str) -> None:
    session.rollback()
    session.execute(text("SET LOCAL synchronous_commit = off"))
    image = row(session, description=written, category="Other", hashtags=[])
    session.flush()
    for word in dict.fromkeys(image.description.split()):
        typed = word.replace("\\", "\\\\").replace('"', '\\"')
        found = search.page(session, Filters(f'"{typed}"'), 2).images
        assert [one.id for one in found] == [image.id], (word, Filters(f'"{typed}"').query)
    session.rollback()


def test_any_word_of_a_naughty_string_is_found(engine: Engine) -> None:
    texts = [one.replace("\0", "") for one in naughty()]
    typed = [
        (number, " ".join(words))
        for number, one in enumerate(texts, 1)
        for part in one.split()
        if (words := words_of(part))
    ]
    assert missed(engine, texts, typed) == []


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("€1200, 45€ £45 ¥3000 ₹500", "1200 €1200 45€ £45 ¥3000 3000 ₹500"),
        ("30 × 40 cm", "30x40 30×40 '30 x 40' '30 × 40 cm' 30✕40 30х40"),
        ("30x40cm", "30 '30 x 40' 30×40 40cm"),
        ("30 cm × 40 cm", "'30 cm x 40 cm'"),
        ("Nº 5, №7, 2½ m² 10³ ™Foo Bar™ 30㎝", "№7 7 2½ ½ m² m2 10³ foo Bar™ bar '30 cm' 30㎝"),
        ("夕暮れの鷺と川", "鷺 川 夕暮れ の鷺 れの鷺と 夕暮れの鷺と川"),
        ("油絵2026年、東京・大阪", "油絵 2026 2026年 京 大阪 東京・大阪"),
        ("ภาพวาดสีน้ำมัน", "สีน้ำมัน น้ำ วาด"),
        ("ຮູບແຕ້ມສີນ້ຳ គំនូរប្រេង ပန်းချီကား", "ສີ ແຕ້ມ ប្រេង ချီ"),
        ("수채화 풍경화를", "채화 풍경 경화를 수채"),
        ("والكتاب بالألوان للبيع كِتَابٌ كـتاب", "كتاب الكتاب الوان ألوان بيع البيع كتاب كتابٌ والكتاب"),
        ("مدرسة على ﻻ إسلام", "مدرسه علي لا اسلام إسلام"),
        ("می\u200cخواهم کتاب ۱۲۳", "می‌خواهم میخواهم كتاب 123 ١٢٣"),
        ("שָׁלוֹם והספר", "שלום ספר הספר"),
        (
            "ﬁne soft\u00adware ＦＵＬＬ Straße Łódź İstanbul",
            "fine ﬁne software full ＦＵＬＬ strasse lodz istanbul",
        ),
        ("Работа 30х40 см", "30x40 '30 x 40' 30×40"),
    ],
)
def test_a_text_is_found_by_its_parts_and_as_it_is_typed(engine: Engine, written: str, asked: str) -> None:
    parts = asked.split("'")
    typed = [part for at, some in enumerate(parts) for part in ([some] if at % 2 else some.split())]
    assert missed(engine, [written], [(1, " ".join(words_of(part))) for part in typed], beginning=True) == []


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("夕暮れの鷺と川", ["川鷺", "鷺川", "暮の"]),
        ("30 × 40 cm", ["40x30", "3x40"]),
        ("1200", ["200", "120"]),
        ("heron", ["eron", "hero nothing"]),
        ("كتاب", ["تاب", "كتب"]),
    ],
)
def test_what_is_not_there_is_not_found(engine: Engine, written: str, asked: list[str]) -> None:
    with engine.connect() as connection:
        query = text("SELECT search_vector(:written) @@ search_query(:asked, false)")
        assert not any(connection.scalar(query, {"written": written, "asked": one}) for one in asked)


def test_signs_alone_are_looked_for_as_they_stand_in_every_text(session: Session) -> None:
    row(session, "a★.jpg", post_title="dash — there", hashtags="#❤️\u200d🔥")
    row(session, key_points="§ 5", description="Smile 🙂")
    session.flush()
    counts = {
        typed: len(search.page(session, Filters(typed), 9).images)
        for typed in ("—", '"—"', "★", "§", "🙂", "❤\u200d🔥", "–")
    }
    assert counts == {"—": 1, '"—"': 1, "★": 1, "§": 1, "🙂": 1, "❤\u200d🔥": 1, "–": 0}


def test_very_long_texts_of_every_script_are_stored_and_found(session: Session) -> None:
    for words in (
        "鷺と川" * 1600,
        "كتاب والكتاب " * 380,
        "x" * 5000,
        "é" * 5000,
        "ab1 " * 1200,
        "\u0e01" * 5000,
    ):
        image = row(session, description=words.strip(), key_points=words.strip())
        session.flush()
        typed = " ".join(words.split()[:4])[:150]
        assert [one.id for one in search.page(session, Filters(f'"{typed}"'), 2).images] == [image.id]
        session.rollback()
