"""Read the words of an IPTC block (IPTC-NAA Information Interchange Model, version 4.2, record 2)."""

from __future__ import annotations

from collections.abc import Iterator

from artworks.imaging.embedded_words.charsets import decode
from artworks.imaging.embedded_words.kinds import MAX_KEYWORDS, Candidates

_MARK = 0x1C
_RECORD = 2
_OBJECT_NAME, _KEYWORD, _HEADLINE, _CAPTION = 5, 25, 105, 120
# The first bit of a length says that it is that of a length, for values that no text needs.
_LONGEST = 0x7FFF


def read(block: bytes) -> Candidates:
    """Return the texts of an IPTC block.

    The charset that dataset 1:90 may state is not needed: text is UTF-8 where it can be, and many programs state none.
    """
    found, headlines = Candidates(), list[str]()
    texts = {
        _OBJECT_NAME: found.titles,
        _HEADLINE: headlines,
        _CAPTION: found.descriptions,
        _KEYWORD: found.keywords,
    }
    for number, value in _datasets(block):
        if number in texts and len(texts[number]) < MAX_KEYWORDS:
            texts[number].append(decode(value.rstrip(b"\0")))
    found.titles += headlines
    return found


def _datasets(block: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the datasets of record 2, each with its number."""
    at = 0
    while at + 5 <= len(block) and block[at] == _MARK:
        size = int.from_bytes(block[at + 3 : at + 5], "big")
        if size > _LONGEST:
            return
        if block[at + 1] == _RECORD:
            yield block[at + 2], block[at + 5 : at + 5 + size]
        at += 5 + size
