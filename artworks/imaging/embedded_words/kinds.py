"""What is found in a file on the way to its words, and the words themselves; and how much of either is taken."""

from __future__ import annotations

from dataclasses import dataclass, field

# Of XMP, unpacked and with its extension. Real packets have 3 to 60 kB; larger ones are lists of layers and ancestors.
MAX_XMP_BYTES = 256 * 1024
# Of the other blocks together, and of a text that a PNG has packed.
MAX_BLOCK_BYTES = 256 * 1024
# Of one text. What is longer than a field is cut by whoever puts it there.
MAX_CHARACTERS = 10_000
MAX_KEYWORDS = 200
MAX_KEYWORD_CHARACTERS = 300


@dataclass
class Metadata:
    """The blocks of a file that may hold words, as bytes; `texts` are those of a PNG by their lower-case names.

    `is_iptc_newer`: a program that knows no XMP has changed the IPTC block since the XMP was written.
    """

    xmp: bytes = b""
    xmp_extension: bytes = b""
    iptc: bytes = b""
    is_iptc_newer: bool = False
    exif: bytes = b""
    texts: dict[str, str] = field(default_factory=dict)
    comment: bytes = b""


@dataclass
class Candidates:
    """Texts of one source that may become words, the likeliest first."""

    titles: list[str] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    alt_texts: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class EmbeddedWords:
    """The words of a file: cleaned, none of them a program's; not yet cut to what a field takes."""

    title: str = ""
    description: str = ""
    alt_text: str = ""
    keywords: tuple[str, ...] = ()
