"""The words of a file: of all its texts the first of each kind that a person wrote."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import BinaryIO

from artworks.imaging.embedded_words import exif, gif, iptc, jpeg, png, xmp
from artworks.imaging.embedded_words.charsets import decode, mend
from artworks.imaging.embedded_words.kinds import (
    MAX_CHARACTERS,
    MAX_KEYWORD_CHARACTERS,
    MAX_KEYWORDS,
    Candidates,
    EmbeddedWords,
    Metadata,
)
from artworks.imaging.embedded_words.program_texts import is_keyword_of_program, is_of_program

_FINDERS: dict[str, Callable[[BinaryIO], Metadata]] = {
    "image/jpeg": jpeg.find_metadata,
    "image/png": png.find_metadata,
    "image/gif": gif.find_metadata,
}
# With its semicolon only: "B&notes" is none. Programs that write HTML put them there.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ROUNDS = 2
# Marks that turn the reading direction of what follows; those for single signs stay, as right-to-left texts need them.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_NOT_KEPT = frozenset(("Cc", "Cs"))
_NOT_TEXT = frozenset(("Cn", "Co"))
_SEPARATORS = re.compile(r"[,;\n、，；،؛|]")


def read(file: BinaryIO, media_type: str) -> EmbeddedWords:
    """Return the words that a PNG, JPEG or GIF holds; the file is read from its beginning, where it is open.

    XMP comes first, then IPTC, then EXIF (Metadata Working Group, "Guidelines for Handling Image Metadata", 2.0), then
    the texts of the format; IPTC before XMP where a program that knows no XMP has changed it since. A comment counts
    where there is nothing else. All keywords are of one source: others repeat them.
    """
    metadata = _FINDERS[media_type](file)
    sources = [xmp.read(metadata.xmp, metadata.xmp_extension), iptc.read(metadata.iptc)]
    if metadata.is_iptc_newer:
        sources.reverse()
    sources += [exif.read(metadata.exif), _of_texts(metadata.texts)]
    title = _first_text(text for source in sources for text in source.titles)
    words = EmbeddedWords(
        title=title,
        # Windows writes a title into all fields of a description, too.
        description=_first_text(
            (text for source in sources for text in source.descriptions), other_than=title
        ),
        alt_text=_first_text(text for source in sources for text in source.alt_texts),
        keywords=next(filter(None, (_keywords(source.keywords) for source in sources)), ()),
    )
    return (
        words
        if words != EmbeddedWords()
        else EmbeddedWords(description=_first_text([decode(metadata.comment)]))
    )


def _of_texts(texts: dict[str, str]) -> Candidates:
    """Return the texts of a PNG."""
    descriptions = [texts[name] for name in ("description", "comment") if name in texts]
    return Candidates(titles=[texts[name] for name in ("title",) if name in texts], descriptions=descriptions)


def _first_text(texts: Iterable[str], other_than: str = "") -> str:
    """Return the first text that is a person's, cleaned; empty when there is none."""
    for raw in texts:
        text = _clean(raw[:MAX_CHARACTERS])
        if text and " ".join(text.split()) != " ".join(other_than.split()) and not is_of_program(text):
            return text
    return ""


def _keywords(texts: list[str]) -> tuple[str, ...]:
    """Return the keywords of a source; one text may hold several, between commas or semicolons."""
    found: dict[str, None] = {}
    for text in texts:
        for part in _SEPARATORS.split(_clean(text[:MAX_CHARACTERS])):
            keyword = " ".join(part.split())
            if keyword and len(keyword) <= MAX_KEYWORD_CHARACTERS and not is_keyword_of_program(keyword):
                found[keyword] = None
            if len(found) == MAX_KEYWORDS:
                return tuple(found)
    return tuple(found)


def _clean(raw: str) -> str:
    """Return a text in NFC, with plain line ends, without what is not drawn; empty for what is no text at all."""
    text = mend(raw)
    for _ in range(_ROUNDS):
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = [char for char in text if char == "\n" or not _is_dropped(char)]
    strange = sum(char == "\ufffd" or unicodedata.category(char) in _NOT_TEXT for char in kept)
    if 10 * strange > len(kept):
        return ""
    return re.sub(r"\n{3,}", "\n\n", unicodedata.normalize("NFC", "".join(kept))).strip()


def _is_dropped(char: str) -> bool:
    return char in _TURNING or unicodedata.category(char) in _NOT_KEPT
