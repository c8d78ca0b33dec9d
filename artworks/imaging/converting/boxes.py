"""HEIC and AVIF: their boxes are read before a decoder sees them (ISO/IEC 14496-12 and 23008-12).

Only what phones, cameras and editors write is let through: pictures of HEVC and AV1, whole or in tiles. The container
may hold a dozen other codecs, in which most of the holes were found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from artworks.core.errors import DamagedFile
from artworks.imaging.checks.decode_plan import INCOMPLETE, check_parts, check_size

RARE = "This is a rare kind of {name}. Please export it as JPEG and retry."
# Pictures of codecs, pictures put together of tiles or turned, what is said about pictures, and how to brighten them.
_DECODED = frozenset((b"hvc1", b"av01", b"grid", b"iden"))
_ALLOWED = _DECODED | {b"Exif", b"mime", b"uri ", b"tmap"}
_MOST_ITEMS = 2_000


@dataclass(frozen=True)
class HeifBoxes:
    """What the boxes say: the main picture's size before it is turned, how it is stored, and whether more follow.

    `fine` tells that the colours of an AV1 picture are as fine as its brightness.
    """

    width: int
    height: int
    tiled: bool
    av1: bool
    fine: bool
    animated: bool


@dataclass(frozen=True)
class _Box:
    name: bytes
    body: memoryview


def inspect_boxes(data: bytes, name: str) -> HeifBoxes:
    """Check the boxes of a file and its main picture's size. Raises DamagedFile."""
    rare = DamagedFile(RARE.format(name=name))
    top = {box.name: box for box in _boxes(memoryview(data))}
    if b"meta" not in top:
        raise rare
    meta = {box.name: box.body for box in _boxes(top[b"meta"].body[4:])}
    if not {b"pitm", b"iinf", b"iprp"} <= meta.keys():
        raise rare
    kinds = dict(_items(meta[b"iinf"]))
    primary = _number(meta[b"pitm"], 4, 4 if _number(meta[b"pitm"], 0, 1) else 2)
    if kinds.get(primary) not in _DECODED or not set(kinds.values()) <= _ALLOWED:
        raise rare
    width, height = _size_of(primary, meta[b"iprp"])
    check_size(width, height)
    return HeifBoxes(
        width,
        height,
        kinds[primary] == b"grid",
        b"av01" in kinds.values(),
        _has_fine_colours(meta[b"iprp"]),
        b"moov" in top,
    )


def _has_fine_colours(properties: memoryview) -> bool:
    """Return whether an AV1 picture has colours of its full resolution (AV1 in ISO files, 2.3.3: av1C)."""
    parts = {box.name: box.body for box in _boxes(properties)}
    configurations = [box.body for box in _boxes(parts.get(b"ipco", memoryview(b""))) if box.name == b"av1C"]
    # Two bits say that they are halved across and down, the one before them that there are none.
    return any(_number(body, 2, 1) & 0b11100 == 0 for body in configurations)


def _boxes(data: memoryview) -> Iterator[_Box]:
    """Yield the boxes that make up `data`. Raises DamagedFile for one that ends outside of it."""
    at, count = 0, 0
    while at + 8 <= len(data):
        size, head = _number(data, at, 4), 8
        if size == 1:
            size, head = _number(data, at + 8, 8), 16
        elif size == 0:
            size = len(data) - at
        count += 1
        check_parts(count, len(data))
        if size < head or at + size > len(data):
            raise DamagedFile(INCOMPLETE)
        yield _Box(bytes(data[at + 4 : at + 8]), data[at + head : at + size])
        at += size


def _items(table: memoryview) -> Iterator[tuple[int, bytes]]:
    """Yield the number and kind of each item."""
    start = 8 if _number(table, 0, 1) else 6
    for count, box in enumerate(_boxes(table[start:])):
        if box.name != b"infe" or len(box.body) < 12 or box.body[0] not in (2, 3) or count > _MOST_ITEMS:
            raise DamagedFile(INCOMPLETE)
        wide = 4 if box.body[0] == 3 else 2
        yield _number(box.body, 4, wide), bytes(box.body[6 + wide : 10 + wide])


def _size_of(item: int, properties: memoryview) -> tuple[int, int]:
    """Return the width and height that stand among the properties of an item."""
    parts = {box.name: box.body for box in _boxes(properties)}
    if not {b"ipco", b"ipma"} <= parts.keys():
        raise DamagedFile(INCOMPLETE)
    known = list(_boxes(parts[b"ipco"]))
    for place in _properties_of(item, parts[b"ipma"]):
        if 0 < place <= len(known) and known[place - 1].name == b"ispe":
            body = known[place - 1].body
            return _number(body, 4, 4), _number(body, 8, 4)
    raise DamagedFile(INCOMPLETE)


def _properties_of(item: int, table: memoryview) -> Iterator[int]:
    """Yield the places of an item's properties, counted from 1."""
    wide, long = (4 if _number(table, 0, 1) else 2), (2 if _number(table, 3, 1) & 1 else 1)
    at = 8
    for _ in range(min(_number(table, 4, 4), _MOST_ITEMS)):
        number, count = _number(table, at, wide), _number(table, at + wide, 1)
        at += wide + 1
        if number == item:
            for step in range(count):
                yield _number(table, at + long * step, long) & (0x7FFF if long == 2 else 0x7F)
        at += long * count


def _number(data: memoryview, at: int, size: int) -> int:
    if at + size > len(data):
        raise DamagedFile(INCOMPLETE)
    return int.from_bytes(data[at : at + size], "big")
