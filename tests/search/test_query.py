"""Reading what is typed into the search box: every sign is text until it makes sense as a filter."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from artworks.search import query
from artworks.search.conditions import conditions
from artworks.search.filters import Filters, parse_query
from artworks.search.query import FilterTerm, Query
from artworks.texts.search_words import words_of
from models import Image
from tests.support.examples import examples

PIECES = (
    "heron",
    "-",
    '"',
    "“",
    "tag:",
    "size:>2mb",
    "before:2026-05",
    "has:",
    "alt",
    " ",
    ":",
    "'",
    "\\",
    "&|!()*",
    "日本",
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", Query()),
        ("heron at dusk", Query(words=("heron", "at", "dusk"))),
        ('"blue heron" reeds', Query(words=("reeds",), phrases=(("blue", "heron"),))),
        ("“blue heron”", Query(phrases=(("blue", "heron"),))),
        ('"heron"', Query(words=("heron",))),
        ('"blue heron', Query(phrases=(("blue", "heron"),))),
        ("heron -blue", Query(words=("heron",), without=(("blue",),))),
        ('-"blue heron"', Query(without=(("blue", "heron"),))),
        ("oil-on-canvas", Query(words=("oil", "on", "canvas"))),
        ("tag:#heron", Query(terms=(FilterTerm("tag", "#heron"),))),
        ('category:"Works on paper"', Query(terms=(FilterTerm("category", "Works on paper"),))),
        ("-STATUS:Draft", Query(terms=(FilterTerm("status", "draft", negated=True),))),
        ("missing:alt", Query(terms=(FilterTerm("missing", "alt_text"),))),
        ("color:grey", Query(terms=(FilterTerm("colour", "grey"),))),
        ('colour:"sky blue"', Query(terms=(FilterTerm("colour", "sky blue"),))),
        ("size:>2mb", Query(terms=(FilterTerm("size", (">", 2 * 1024**2)),))),
        ("size:1.5k", Query(terms=(FilterTerm("size", (">=", 1536)),))),
        ("before:2026", Query(terms=(FilterTerm("before", datetime(2026, 1, 1, tzinfo=UTC)),))),
        ("after:2026-12", Query(terms=(FilterTerm("after", datetime(2027, 1, 1, tzinfo=UTC)),))),
        ("after:2026-02-28", Query(terms=(FilterTerm("after", datetime(2026, 3, 1, tzinfo=UTC)),))),
        ("before:2026-02-30", Query(words=("before", "2026", "02", "30"))),
        ("status:sold", Query(words=("status", "sold"))),
        ("http://example.org", Query(words=("http", "example", "org"))),
        ("%%", Query(punctuation="%%")),
        ('"—"  🎨', Query(punctuation="— 🎨")),
        ('"—" heron', Query(words=("heron",))),
        ("soft\u00adware ﬁne ＦＵＬＬ", Query(words=("software", "fine", "FULL"))),
        ("€1200 ½ 30×40 №5 m²", Query(words=("1200", "1", "2", "30", "x", "40", "No", "5", "m2"))),
        (r'category:"11x14\" prints"', Query(terms=(FilterTerm("category", '11x14" prints'),))),
        ('category:"“Curly” prints"', Query(terms=(FilterTerm("category", "“Curly” prints"),))),
        (r'category:"a\\b \"c\""', Query(terms=(FilterTerm("category", 'a\\b "c"'),))),
        ("category:“Works on paper”", Query(terms=(FilterTerm("category", "Works on paper"),))),
        (
            "category:„Works on paper“ heron",
            Query(("heron",), terms=(FilterTerm("category", "Works on paper"),)),
        ),
        ('"blue heron” reeds', Query(words=("reeds",), phrases=(("blue", "heron"),))),
        ('tag:❤️ -tag:"❤"', Query(terms=(FilterTerm("tag", "❤️"), FilterTerm("tag", "❤", negated=True)))),
    ],
)
def test_what_is_typed_is_read(typed: str, meant: Query) -> None:
    assert parse_query(typed) == meant


@examples(80)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=20).map("".join)))
def test_nothing_typed_is_an_error_and_no_word_is_lost(typed: str) -> None:
    found = parse_query(typed)
    assert len(found.words) <= query.MOST_WORDS
    assert len(found.terms) <= query.MOST_TERMS
    kept = [*found.words, *(word for some in (*found.phrases, *found.without) for word in some)]
    # By the library's tables, which know letters that Python's may not know yet.
    assert not any(regex.search(r"[\p{P}\p{S}\p{Z}\p{Cc}\p{Cf}\p{Co}\p{Cs}]", word) for word in kept)
    # Without a colon or a minus everything is words: as many as there are, up to the limit of each kind.
    if not set(typed) & set(":-\\") and len(words_of(typed)) < query.MOST_WORDS:
        assert sorted(kept) == sorted(words_of(typed))


@examples(25)
@given(typed=st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)))
def test_the_database_understands_every_search(session: Session, typed: str) -> None:
    session.execute(select(Image.id).where(*conditions(Filters(typed))).limit(1)).all()
