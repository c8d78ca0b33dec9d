"""Words of a file in the fields of a picture: cut to what they take, nothing lost in silence, never in the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from artworks.core.errors import DamagedFile, DecoderEnded
from artworks.core.fields import LIMITS, MOST_HASHTAGS
from artworks.images import file_words
from artworks.imaging import renditions
from artworks.imaging.embedded_words.kinds import EmbeddedWords
from tests.imaging import tagged
from tests.imaging.decoders import cost_of


def test_what_fits_is_taken_as_it_is_and_keywords_as_hashtags() -> None:
    found = EmbeddedWords(
        "Heron\nat dusk", "It waits.\n\nThen flies.", "A heron\nin water", ("great blue", "#Dusk", "dusk")
    )
    assert file_words.fit(found) == {
        "post_title": "Heron at dusk",
        "description": "It waits.\n\nThen flies.",
        "alt_text": "A heron in water",
        "hashtags": ["#greatblue", "#Dusk"],
    }


def test_a_long_title_is_cut_and_begins_the_description() -> None:
    title = "heron " * 60
    words = file_words.fit(EmbeddedWords(title, "It waits."))
    assert len(words["post_title"]) <= LIMITS["post_title"]
    assert words["post_title"].endswith("heron…")
    assert words["description"] == f"{title.strip()}\n\nIt waits."
    assert file_words.fit(EmbeddedWords("x" * 300))["post_title"] == "x" * 199 + "…"
    # As where a program has put one text into both.
    again = file_words.fit(EmbeddedWords(title.strip(), title + "waits."))
    assert again["description"] == title + "waits."


def test_longer_texts_end_with_a_mark_and_more_keywords_than_may_be_are_left() -> None:
    words = file_words.fit(
        EmbeddedWords("", "word " * 1_500, "word " * 300, tuple(f"k{n}" for n in range(100)))
    )
    assert {field: words[field][-5:] for field in ("description", "alt_text")} == dict.fromkeys(
        ("description", "alt_text"), "word…"
    )
    assert len(words["description"]) <= LIMITS["description"]
    assert words["hashtags"] == [f"#k{n}" for n in range(MOST_HASHTAGS)]
    assert file_words.fit(EmbeddedWords("", "", "", ("x" * 200, "!!!", "heron"))) == {"hashtags": ["#heron"]}


def test_what_nobody_sees_is_no_word() -> None:
    assert file_words.fit(EmbeddedWords("\u200b", "\u2800\n", "\u200e", ("\u200d",))) == {}


@pytest.mark.parametrize(
    "failure",
    [
        DamagedFile("Broke off."),
        DecoderEnded("Ended."),
        RuntimeError("A decoder failed."),
        UnicodeDecodeError("utf-8", b"", 0, 1, ""),
    ],
)
def test_no_failure_to_read_them_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: object) -> EmbeddedWords:
        raise failure

    monkeypatch.setattr(renditions, "read_words", fail)
    assert file_words.read(tmp_path, "image/png") == {}


def packet(body: str) -> bytes:
    return tagged.png(tagged.itxt("XML:com.adobe.xmp", tagged.rdf(body)))


HOSTILE: dict[str, Callable[[], bytes]] = {
    "10 MB of XMP": lambda: packet("<a/>" * 2_500_000),
    "100,000 keywords": lambda: packet(tagged.bag("dc:subject", *map(str, range(100_000)))),
    "XMP that unpacks to 50 MB": lambda: tagged.png(
        tagged.itxt("XML:com.adobe.xmp", b"<" * 50_000_000, packed=True)
    ),
    "a thousand packed texts": lambda: tagged.png(
        *(tagged.itxt(f"t{number}", b"x" * 9_000, packed=True) for number in range(1_000))
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_decoder_reads_hostile_files_within_its_budget(tmp_path: Path, name: str) -> None:
    path = tmp_path / "hostile.png"
    path.write_bytes(HOSTILE[name]())
    cost = cost_of(lambda *file: repr(renditions.read_words(*file)), path, "image/png")
    assert cost.outcome == repr(EmbeddedWords())
    assert (cost.seconds < 0.5, cost.megabytes < 120) == (True, True), cost
