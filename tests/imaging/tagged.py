"""Small pictures with words in their files, put together byte by byte, also such as no program writes."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping
from functools import cache
from html import escape

from tests.imaging.pictures import encode, flat

NAMESPACES = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/" '
    'xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" '
    'xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"'
)
ASCII, BYTE, LONG, UNDEFINED = 2, 1, 4, 7


@cache
def bare(kind: str) -> bytes:
    """Return a picture without any words ("JPEG", "PNG", "GIF")."""
    return encode(flat((200, 40, 60), size=(24, 16)), kind)


def rdf(body: str = "", attributes: str = "", before: str = "") -> bytes:
    """Return an XMP packet with properties, as elements or as attributes."""
    return (
        f'{before}<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF {NAMESPACES}><rdf:Description rdf:about="" {attributes}>{body}</rdf:Description></rdf:RDF>'
        f'</x:xmpmeta>{" " * 40}<?xpacket end="w"?>'
    ).encode()


def alt(name: str, **languages: str) -> str:
    """Return a property in several languages; `x_default` for the usual one."""
    items = "".join(
        f'<rdf:li xml:lang="{language.replace("_", "-")}">{escape(text)}</rdf:li>'
        for language, text in languages.items()
    )
    return f"<{name}><rdf:Alt>{items}</rdf:Alt></{name}>"


def bag(name: str, *texts: str) -> str:
    """Return a property with several values."""
    items = "".join(f"<rdf:li>{escape(text)}</rdf:li>" for text in texts)
    return f"<{name}><rdf:Bag>{items}</rdf:Bag></{name}>"


def segment(marker: int, body: bytes) -> bytes:
    """Return a segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg(*segments: bytes) -> bytes:
    """Return a JPEG with segments before its own."""
    data = bare("JPEG")
    return data[:2] + b"".join(segments) + data[2:]


def jpeg_xmp(packet: bytes) -> bytes:
    """Return the segment with a packet."""
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def extended(packet: bytes, part_bytes: int = 60_000, name: bytes = b"") -> list[bytes]:
    """Return the segments with the XMP that did not fit, under the name that the main packet gives."""
    name = name or hashlib.md5(packet).hexdigest().upper().encode()
    return [
        segment(
            0xE1,
            b"http://ns.adobe.com/xmp/extension/\0"
            + name
            + struct.pack(">II", len(packet), at)
            + packet[at : at + part_bytes],
        )
        for at in range(0, len(packet), part_bytes)
    ]


def jpeg_exif(tiff: bytes) -> bytes:
    """Return the segment with an EXIF block."""
    return segment(0xE1, b"Exif\0\0" + tiff)


def iptc(*datasets: tuple[int, bytes], utf8: bool = False) -> bytes:
    """Return an IPTC block with datasets of record 2."""
    mark = b"\x1c\x01\x5a\x00\x03\x1b%G" if utf8 else b""
    return mark + b"".join(
        struct.pack(">BBBH", 0x1C, 2, number, len(value)) + value for number, value in datasets
    )


def jpeg_iptc(block: bytes, digest: bytes = b"") -> bytes:
    """Return the segment with Photoshop's resources."""
    return segment(0xED, b"Photoshop 3.0\0" + photoshop(block, digest))


def photoshop(block: bytes, digest: bytes = b"") -> bytes:
    """Return Photoshop's resources: an IPTC block, and the digest of one."""
    resources = [(0x0404, block), *([(0x0425, digest)] if digest else [])]
    return b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)
        for number, data in resources
    )


def tiff(
    entries: Mapping[int, tuple[int, bytes]],
    details: Mapping[int, tuple[int, bytes]] | None = None,
    order: str = "<",
) -> bytes:
    """Return an EXIF block of one directory and, with `details`, the one that its tag 0x8769 leads to."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    first = dict(entries)
    if details is not None:
        first[0x8769] = (LONG, struct.pack(f"{order}I", 0))
    start = 8 + 2 + 12 * len(first) + 4
    body, values = _directory(first, start, order)
    if details is None:
        return head + body + values
    first[0x8769] = (LONG, struct.pack(f"{order}I", start + len(values)))
    body, values = _directory(first, start, order)
    more, more_values = _directory(details, start + len(values) + 2 + 12 * len(details) + 4, order)
    return head + body + values + more + more_values


def _directory(entries: Mapping[int, tuple[int, bytes]], values_at: int, order: str) -> tuple[bytes, bytes]:
    body, values = struct.pack(f"{order}H", len(entries)), b""
    for tag, (kind, value) in sorted(entries.items()):
        count = len(value) // 4 if kind == LONG else len(value)
        place = value.ljust(4, b"\0")
        if len(value) > 4:
            place = struct.pack(f"{order}I", values_at + len(values))
            values += value
        body += struct.pack(f"{order}HHI", tag, kind, count) + place
    return body + bytes(4), values


def chunk(name: bytes, body: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*chunks: bytes) -> bytes:
    """Return a PNG with chunks behind its header."""
    data = bare("PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def itxt(keyword: str, text: bytes, *, packed: bool = False) -> bytes:
    """Return an international text of a PNG."""
    flags = b"\1\0" if packed else b"\0\0"
    return chunk(
        b"iTXt", keyword.encode() + b"\0" + flags + b"\0\0" + (zlib.compress(text) if packed else text)
    )


def raw_profile(name: str, block: bytes, *, packed: bool = True, heading: str = "") -> bytes:
    """Return a block as ImageMagick, ExifTool and Exiv2 write it into a PNG: as digits, in lines."""
    digits = block.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    text = f"\n{heading or name}\n{len(block):8}\n{lines}\n".encode()
    keyword = f"Raw profile type {name}\0".encode()
    return chunk(b"zTXt", keyword + b"\0" + zlib.compress(text)) if packed else chunk(b"tEXt", keyword + text)


def gif(*extensions: bytes, behind: bytes = b"") -> bytes:
    """Return a GIF with extensions before its picture, and behind it."""
    data = bare("GIF")
    start = 13 + 3 * 2 ** ((data[10] & 7) + 1)
    return data[:start] + b"".join(extensions) + data[start:-1] + behind + data[-1:]


def gif_comment(text: bytes) -> bytes:
    """Return a comment of a GIF."""
    blocks = [text[at : at + 255] for at in range(0, len(text), 255)]
    return b"\x21\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def gif_xmp(packet: bytes) -> bytes:
    """Return the extension of a GIF with an XMP packet."""
    return b"\x21\xff\x0bXMP DataXMP" + packet + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
