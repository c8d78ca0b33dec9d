"""Read the words of an EXIF block (EXIF 2.32, 4.6; the tags that begin with XP are those of Windows)."""

from __future__ import annotations

from typing import Literal

from artworks.imaging.embedded_words.charsets import decode
from artworks.imaging.embedded_words.kinds import MAX_BLOCK_BYTES, Candidates

MAX_ENTRIES = 200
_IMAGE_DESCRIPTION, _EXIF_DIRECTORY, _USER_COMMENT = 0x010E, 0x8769, 0x9286
_XP_TITLE, _XP_COMMENT, _XP_KEYWORDS, _XP_SUBJECT = 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F
# Bytes of a value by its type; the others have no words.
_TYPE_BYTES = {1: 1, 2: 1, 4: 4, 7: 1}
# What a comment begins with.
_CHARSET_BYTES = 8
_UNICODE, _JIS = b"UNICODE\0", b"JIS\0\0\0\0\0"


def read(tiff: bytes) -> Candidates:
    """Return the texts of an EXIF block that begins at its TIFF header.

    Two directories are looked at, each once, and nothing else that they lead to: no place, no thumbnail, no loop.
    """
    order: Literal["little", "big"] = "little" if tiff[:4] == b"II*\0" else "big"
    if order == "big" and tiff[:4] != b"MM\0*":
        return Candidates()
    values = _directory(tiff, int.from_bytes(tiff[4:8], order), order)
    details = _directory(tiff, int.from_bytes(values.get(_EXIF_DIRECTORY, b""), order), order)
    descriptions = [
        decode(values.get(_IMAGE_DESCRIPTION, b"").partition(b"\0")[0]),
        _windows_text(values.get(_XP_COMMENT, b"")),
        _windows_text(values.get(_XP_SUBJECT, b"")),
        _comment(details.get(_USER_COMMENT, b""), order),
    ]
    return Candidates(
        titles=[_windows_text(values.get(_XP_TITLE, b""))],
        descriptions=descriptions,
        keywords=[_windows_text(values.get(_XP_KEYWORDS, b""))],
    )


def _directory(tiff: bytes, start: int, order: Literal["little", "big"]) -> dict[int, bytes]:
    """Return the values of a directory by their tags; those that lie outside of the block are cut off by its end."""
    if not start:
        return {}

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], order)

    values: dict[int, bytes] = {}
    for entry in range(min(number(start, 2), MAX_ENTRIES)):
        at = start + 2 + 12 * entry
        size = number(at + 4, 4) * _TYPE_BYTES.get(number(at + 2, 2), 0)
        place = at + 8 if size <= 4 else number(at + 8, 4)
        values.setdefault(number(at, 2), tiff[place : place + min(size, MAX_BLOCK_BYTES)])
    return values


def _windows_text(value: bytes) -> str:
    return value.decode("utf-16-le", "replace").partition("\0")[0]


def _comment(value: bytes, order: Literal["little", "big"]) -> str:
    """Return the text of a comment, whose first bytes name its charset."""
    charset, text = value[:_CHARSET_BYTES], value[_CHARSET_BYTES:]
    if charset == _UNICODE:
        # Many programs write the other order of bytes than the block has: in most texts every second byte is small.
        even, odd = text[::2].count(0), text[1::2].count(0)
        if even != odd:
            order = "big" if even > odd else "little"
        return text.decode("utf-16-be" if order == "big" else "utf-16-le", "replace").partition("\0")[0]
    if charset == _JIS:
        return text.decode("iso2022_jp", "ignore").partition("\0")[0]
    return decode(text.partition(b"\0")[0])
