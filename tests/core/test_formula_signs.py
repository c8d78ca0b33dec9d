"""Cells that a spreadsheet would run: signs in any form, behind whatever nobody sees."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator

from sqlalchemy import Engine, Text, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from artworks.core.csv_sql import LETTERS, OTHER_FORMS, PLANES, SIGNS, harmless, is_unseen


def everything() -> Iterator[str]:
    """Yield every character that a text can have."""
    return (chr(number) for number in range(1, sys.maxunicode + 1) if not 0xD800 <= number < 0xE000)


def written(engine: Engine, texts: list[str]) -> list[str]:
    """Return what the database makes of some texts."""
    given = (
        func.unnest(literal(texts, ARRAY(Text)))
        .table_valued("text", with_ordinality="place")
        .render_derived()
    )
    with engine.connect() as connection:
        return list(connection.scalars(select(harmless(given.c.text)).order_by(given.c.place)))


def test_every_form_of_the_signs_is_known() -> None:
    forms = {sign for sign in everything() if unicodedata.normalize("NFKC", sign) in set("=+-@")}
    # The minus sign is no form of the hyphen.
    assert forms - set(SIGNS) == set(OTHER_FORMS) - {"−"}


def test_every_form_is_made_harmless_and_other_texts_stay(engine: Engine) -> None:
    signs = [*SIGNS, *OTHER_FORMS]
    assert written(engine, [f"{sign}1+1" for sign in signs]) == [f"'{sign}1+1" for sign in signs]
    plain = [
        "",
        "Heron",
        "1-1",
        "#x",
        "'=1",
        "heron = bird",
        "夏",
        "é",
        "🎨",
        "~",
        "\u00a0",
        " a=b",
        "–",
        "\U000e0020x",
    ]
    assert written(engine, plain) == plain


def test_a_sign_is_found_behind_everything_that_nobody_sees(engine: Engine) -> None:
    unseen = [sign for sign in everything() if is_unseen(sign)]
    assert set("\u200b\ufeff\u00a0\u3000\u202e\u00ad\u0301\x1f \n\u2060\u3164\U000e0001\ufe0f") <= set(unseen)
    texts = [f"{sign}{other}＝cmd" for sign, other in zip(unseen, reversed(unseen), strict=True)]
    assert written(engine, texts) == [f"'{text}" for text in texts]
    long = " \u200b" * 5000 + "=1+1"
    assert written(engine, [long]) == [f"'{long}"]


def test_what_is_looked_through_quickly_holds_no_sign() -> None:
    quick = [chr(number) for first, last in LETTERS for number in range(first, last + 1)]
    assert [sign for sign in quick if is_unseen(sign) or sign in SIGNS + OTHER_FORMS] == []
    places = {number for plane in PLANES for number in plane}
    assert [sign for sign in everything() if is_unseen(sign) and ord(sign) not in places] == []
