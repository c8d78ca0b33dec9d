"""TIFF: its first directory is read and written anew with only what a picture needs (TIFF 6.0 and its supplements).

So the decoder meets one page, no chain of directories, no texts and no private tags.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cache

import pyvips

from artworks.core.errors import DamagedFile
from artworks.imaging.checks.decode_plan import (
    INCOMPLETE,
    LINES_IN_FLIGHT,
    MAX_PROFILE_BYTES,
    check_parts,
    check_size,
)
from artworks.imaging.converting.opened import FIRST_PAGE, FileTexts, Opened, check_held
from artworks.imaging.converting.samples import from_doubles, from_halves, from_lab

RARE = "This is a rare kind of TIFF. Please save it as PNG or JPEG, or as a TIFF of 8 or 16 bits, and retry."
PACKED = (
    "This TIFF is packed with {name}, which cannot be opened here. Please save it with LZW or ZIP, and retry."
)
FROM_PRINT_COLOURS = "Its colours for print (CMYK) were turned into those of screens."
MAX_TEXT_BYTES = 1_000_000
# Fewer are no picture's: a strip holds at least one line.
_MOST_STRIPS = 200_000

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIPS, _ORIENTATION, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANAR = 273, 274, 277, 278, 279, 284
_PREDICTOR, _TILE_HEIGHT, _TILES, _TILE_BYTES, _EXTRA, _FORMAT = 317, 323, 324, 325, 338, 339
_SHORT = 3
_XMP, _IPTC, _PHOTOSHOP, _PROFILE = 700, 33723, 34377, 34675
_KEPT = frozenset((
    _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, 266, _STRIPS, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANAR,
    292, 293, _PREDICTOR, 320, 322, _TILE_HEIGHT, _TILES, _TILE_BYTES, 332, _EXTRA, _FORMAT, 347, 529, 530, 531, 532,
))  # fmt: skip
_JPEG, _WEBP = 7, 50001
# Those that the library in the wheel is without.
_UNKNOWN_PACKINGS = {
    6: "an old kind of JPEG", 34661: "JBIG", 34712: "JPEG 2000", 33003: "JPEG 2000", 33005: "JPEG 2000",
    34887: "LERC", 34892: "an old kind of JPEG", 34925: "LZMA", 50000: "Zstandard", 50002: "JPEG XL", 52546: "JPEG XL",
}  # fmt: skip
_LOSSLESS = frozenset((1, 2, 3, 4, 5, 8, 32773, 32946))
_FAX = frozenset((2, 3, 4))
_MIN_IS_WHITE, _GREY, _RGB, _PALETTE, _CMYK, _YCBCR, _LAB, _ICC_LAB = 0, 1, 2, 3, 5, 6, 8, 9
_UNSIGNED, _SIGNED, _FLOAT, _UNDEFINED = 1, 2, 3, 4
_PLAIN, _HORIZONTAL, _OF_FLOATS = 1, 2, 3
# Bits of samples that are read, by their format; a colour of more than 16 is brought to 16.
_DEPTHS = {_UNSIGNED: {1, 2, 4, 8, 16, 32}, _SIGNED: {8, 16, 32}, _FLOAT: {16, 32, 64}}
# Packings that may come with a predictor, and which: of samples with a point by their bits, and of whole numbers.
_PREDICTED = frozenset((5, 8, 32946))
_PREDICTORS = {16: {_PLAIN, _HORIZONTAL}, 32: {_PLAIN, _HORIZONTAL, _OF_FLOATS}, 64: {_PLAIN}}
_OF_WHOLE = {_PLAIN, _HORIZONTAL}
# What is white may be: as much as a sample of 8, 16 or 32 bits holds.
_WHITES = {_UNSIGNED: (0xFF, 0xFFFF, 0xFFFFFFFF), _SIGNED: (0x7F, 0x7FFF, 0x7FFFFFFF)}
# Channels of a colour, by photometric interpretation.
_COLOURS = {_MIN_IS_WHITE: 1, _GREY: 1, _RGB: 3, _PALETTE: 1, _CMYK: 4, _YCBCR: 3, _LAB: 3, _ICC_LAB: 3}
_TYPE_BYTES = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8,
}  # fmt: skip
_NUMBERS = {1: "B", 3: "H", 4: "L", 13: "L", 16: "Q"}


@dataclass
class _Directory:
    """The first directory of a file: its entries as they stand there, by tag."""

    data: bytes
    order: str = "<"
    big: bool = False
    entries: dict[int, bytes] = field(default_factory=dict)
    next: int = 0

    def value(self, tag: int) -> bytes:
        """Return the bytes of a value; empty without it. Raises DamagedFile when they are not all there."""
        entry = self.entries.get(tag)
        if entry is None:
            return b""
        kind, count = struct.unpack(
            self.order + ("HQ" if self.big else "HL"), entry[2 : 12 if self.big else 8]
        )
        size, within = _TYPE_BYTES.get(kind, 0) * count, entry[12:] if self.big else entry[8:]
        if size <= len(within):
            return within[:size]
        at = struct.unpack(self.order + ("Q" if self.big else "L"), within)[0]
        if at + size > len(self.data):
            raise DamagedFile(INCOMPLETE)
        return self.data[at : at + size]

    def numbers(self, tag: int) -> list[int]:
        """Return the whole numbers of a value."""
        if tag not in self.entries:
            return []
        letter = _NUMBERS.get(struct.unpack(self.order + "H", self.entries[tag][2:4])[0])
        if letter is None:
            raise DamagedFile(INCOMPLETE)
        value = self.value(tag)
        return list(
            struct.unpack(f"{self.order}{len(value) // struct.calcsize('=' + letter)}{letter}", value)
        )

    def number(self, tag: int, otherwise: int) -> int:
        """Return the first of them."""
        return next(iter(self.numbers(tag)), otherwise)


def open_tiff(data: bytes) -> Opened:
    """Check a TIFF's first page. Raises DamagedFile in plain words."""
    page = _first_directory(data)
    width, height = page.number(_WIDTH, 0), page.number(_HEIGHT, 0)
    check_size(width, height)
    packing, colours = page.number(_COMPRESSION, 1), page.number(_PHOTOMETRIC, _MIN_IS_WHITE)
    if name := _UNKNOWN_PACKINGS.get(packing):
        raise DamagedFile(PACKED.format(name=name))
    samples, bits, numbers = page.number(_SAMPLES, 1), page.number(_BITS, 1), _format(page)
    is_scaled = numbers != _UNSIGNED or bits == 32
    if _is_rare(page, samples, bits, numbers):
        raise DamagedFile(RARE)
    _check_pieces(page, height)
    told = {_PHOTOMETRIC: [_RGB]} if colours in (_LAB, _ICC_LAB) else _told_samples(samples, bits, numbers)
    cleaned, sees_through = _rewritten(page, told), page.number(_EXTRA, 0) in (1, 2)
    profile = page.value(_PROFILE) if _PROFILE in page.entries else b""

    def decoded() -> pyvips.Image:
        # Strips of WebP may be larger than libtiff's own limit, and were looked at.
        options = {"access": "sequential", "fail_on": "warning", "unlimited": packing == _WEBP}
        image = pyvips.Image.tiffload_buffer(cleaned, **options)
        if numbers == _FLOAT and bits != 32:
            image = (
                from_halves(image) if bits == 16 else from_doubles(image, high_first=page.order == ">")
            ).copy(interpretation="multiband")
        image = _channels(image, _COLOURS[colours], sees_through)
        return from_lab(image, signed=colours == _LAB) if colours in (_LAB, _ICC_LAB) else image

    @cache
    def white() -> float:
        return _white(decoded(), _COLOURS[colours], numbers)

    def load() -> pyvips.Image:
        return _scaled(decoded(), white()) if is_scaled else _on_screen(decoded(), profile)

    return Opened(
        width,
        height,
        load,
        lossless=packing in _LOSSLESS or (packing == _WEBP and _is_lossless_webp(page)),
        decoder_bytes=_held_bytes(page, width * samples * max(8, bits) // 8, height),
        orientation=_orientation(page),
        profile=b"" if len(profile) > MAX_PROFILE_BYTES or colours in (_CMYK, _LAB, _ICC_LAB) else profile,
        texts=FileTexts(xmp=_tag_bytes(page, _XMP), iptc=_iptc(page), exif=data),
        notes=(*((FROM_PRINT_COLOURS,) if colours == _CMYK else ()), *((FIRST_PAGE,) if page.next else ())),
    )


def _is_rare(page: _Directory, samples: int, bits: int, numbers: int) -> bool:
    """Return whether a page has samples, colours or a packing of which the library can make nothing.

    The upload tray asks the same (static/js/upload/tiff_limits.js).
    """
    packing, colours = page.number(_COMPRESSION, 1), page.number(_PHOTOMETRIC, _MIN_IS_WHITE)
    planes, predictor = page.number(_PLANAR, 1), page.number(_PREDICTOR, _PLAIN)
    predictors = _PREDICTORS.get(bits) if numbers == _FLOAT else _OF_WHOLE if bits >= 8 else {_PLAIN}
    return (
        packing not in _LOSSLESS | {_JPEG, _WEBP}
        or len(set(page.numbers(_BITS))) > 1
        or bits not in _DEPTHS.get(numbers, ())
        or not _COLOURS.get(colours, 99) <= samples <= 8
        or planes not in (1, 2)
        or (bits < 8 and samples > 1)
        or (packing in _FAX and bits != 1)
        or (packing in (_JPEG, _WEBP) and bits != 8)
        or (packing == _WEBP and (colours != _RGB or samples > 4 or planes != 1))
        or (colours == _PALETTE and bits > 8)
        # libvips takes it for red, green and blue.
        or (colours == _YCBCR and (packing != _JPEG or planes != 1))
        or (colours in (_LAB, _ICC_LAB) and bits < 8)
        or ((numbers != _UNSIGNED or bits == 32) and colours not in (_GREY, _RGB))
        or (packing in _PREDICTED and predictor not in (predictors or ()))
        or (numbers == _FLOAT and bits == 64 and planes != 1 and samples > 1)
    )


def _told_samples(samples: int, bits: int, numbers: int) -> dict[int, list[int]]:
    """Return what the library is told of samples with a point that it does not read: whole numbers as large."""
    if numbers != _FLOAT or bits == 32:
        return {}
    if bits == 16:
        return {_FORMAT: [_UNSIGNED] * samples}
    count = 2 * samples
    return {
        _BITS: [32] * count,
        _PHOTOMETRIC: [_GREY],
        _SAMPLES: [count],
        _PLANAR: [1],
        _EXTRA: [0] * (count - 1),
        _FORMAT: [_UNSIGNED] * count,
    }


def _format(page: _Directory) -> int:
    """Return what kind of numbers all samples are; 0 when they differ."""
    found = set(page.numbers(_FORMAT)) or {_UNSIGNED}
    return _UNSIGNED if found == {_UNDEFINED} else found.pop() if len(found) == 1 else 0


def _held_bytes(page: _Directory, line_bytes: int, height: int) -> int:
    """Return what decoding holds; a strip of WebP is decoded as a whole, and held up to three times."""
    lines = min(height, LINES_IN_FLIGHT)
    if page.number(_COMPRESSION, 1) == _WEBP:
        lines += 3 * min(height, page.number(_TILE_HEIGHT, page.number(_ROWS, height)))
    return check_held(lines * line_bytes)


def _is_lossless_webp(page: _Directory) -> bool:
    """Return whether the first strip or tile is, by the names of its first chunks (RFC 9649)."""
    at = page.number(_TILES, page.number(_STRIPS, 0))
    return b"VP8L" in page.data[at + 12 : at + 60]


def _white(image: pyvips.Image, colours: int, numbers: int) -> float:
    """Return which value is white.

    Of numbers with a point it is 1, as programs for photos have it, unless most are larger. Of whole numbers it is the
    most that 8, 16 or 32 bits hold: the least of these that no value is above.
    """
    # Least, most, sum, sum of squares and mean of all channels, in one reading.
    found = image.extract_band(0, n=min(colours, image.bands)).stats()
    most, mean = found(1, 0)[0], found(4, 0)[0]
    if numbers == _FLOAT and not mean > 1:
        return 1.0
    whites = _WHITES.get(numbers, _WHITES[_UNSIGNED])
    return float(next((white for white in whites if most <= white), whites[-1]))


def _scaled(image: pyvips.Image, white: float) -> pyvips.Image:
    """Bring samples to 16 bits; below 0 is black, and above white is white."""
    # Double, as a float has too few digits for 32 bits; the cast cuts off.
    scaled = (image.cast("double") * (65535 / white)).rint().cast("ushort")
    return scaled.copy(interpretation="grey16" if image.bands < 3 else "rgb16")


def _first_directory(data: bytes) -> _Directory:
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    letter, size, at_count = ("Q", 20, 16) if big else ("L", 12, 8)
    if len(data) < at_count:
        raise DamagedFile(INCOMPLETE)
    pointer = struct.calcsize("=" + letter)
    start = struct.unpack(order + letter, data[at_count - pointer : at_count])[0]
    head = 8 if big else 2
    if start + head > len(data):
        raise DamagedFile(INCOMPLETE)
    count = struct.unpack(order + ("Q" if big else "H"), data[start : start + head])[0]
    check_parts(count, len(data))
    end = start + head + count * size
    if end + pointer > len(data):
        raise DamagedFile(INCOMPLETE)
    found = _Directory(data, order, big)
    for at in range(start + head, end, size):
        found.entries.setdefault(struct.unpack(order + "H", data[at : at + 2])[0], data[at : at + size])
    found.next = struct.unpack(order + letter, data[end : end + pointer])[0]
    return found


def _check_pieces(page: _Directory, height: int) -> None:
    """Check that there are as many strips or tiles as can be, and that all of them lie within the file."""
    places, sizes = (page.numbers(_TILES), page.numbers(_TILE_BYTES))
    if not places:
        places, sizes = page.numbers(_STRIPS), page.numbers(_STRIP_BYTES)
    if not places or len(places) != len(sizes) or len(places) > _MOST_STRIPS:
        raise DamagedFile(INCOMPLETE)
    if any(at + size > len(page.data) for at, size in zip(places, sizes, strict=True)):
        raise DamagedFile(INCOMPLETE)


def _rewritten(page: _Directory, told: dict[int, list[int]]) -> bytes:
    """Return the file with a directory of the needed entries behind it, whose values stay where they are.

    Of the tags in `told` it has those short numbers instead.
    """
    entries = {tag: entry for tag, entry in page.entries.items() if tag in _KEPT and tag not in told}
    letter, head, room = ("Q", "Q", 8) if page.big else ("L", "H", 4)
    start = len(page.data) + len(page.data) % 2
    behind = start + struct.calcsize("=" + head + letter)
    behind += (len(entries) + len(told)) * struct.calcsize("=HH" + 2 * letter)
    values = b""
    for tag, numbers in told.items():
        value = struct.pack(f"{page.order}{len(numbers)}H", *numbers).ljust(room, b"\0")
        if len(value) > room:
            value, values = struct.pack(page.order + letter, behind + len(values)), values + value
        entries[tag] = struct.pack(page.order + "HH" + letter, tag, _SHORT, len(numbers)) + value
    directory = struct.pack(page.order + head, len(entries))
    directory += b"".join(entry for _tag, entry in sorted(entries.items()))
    directory += struct.pack(page.order + letter, 0) + values
    pointer = struct.pack(page.order + letter, start)
    at = 8 if page.big else 4
    return b"".join(
        (page.data[:at], pointer, page.data[at + len(pointer) :], b"\0" * (len(page.data) % 2), directory)
    )


def _channels(image: pyvips.Image, colours: int, sees_through: bool) -> pyvips.Image:
    """Keep the colours, and one channel more when it says how much can be seen through."""
    # Looked up colours and JPEG's come as red, green and blue.
    colours = max(colours, 3) if image.interpretation in ("srgb", "rgb16", "rgb") else colours
    return image.extract_band(0, n=min(image.bands, colours + sees_through))


def _on_screen(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    """Bring the colours of print to red, green and blue; others stay."""
    if image.interpretation != "cmyk":
        return image
    if profile:
        image = image.copy()
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image.icc_transform(
        "srgb", embedded=bool(profile), input_profile="cmyk", intent="relative",
        depth=16 if image.format != "uchar" else 8, black_point_compensation=True,
    )  # fmt: skip


def _orientation(page: _Directory) -> int:
    value = page.number(_ORIENTATION, 1)
    return value if 1 <= value <= 8 else 1


def _tag_bytes(page: _Directory, tag: int) -> bytes:
    """Return what one tag says; what is broken or very long is left out."""
    try:
        value = page.value(tag)
    except DamagedFile:
        return b""
    return value if len(value) <= MAX_TEXT_BYTES else b""


def _iptc(page: _Directory) -> bytes:
    """Return the IPTC block, from its own tag or from among Photoshop's resources."""
    if own := _tag_bytes(page, _IPTC):
        return own
    return photoshop_iptc(_tag_bytes(page, _PHOTOSHOP))


def photoshop_iptc(blocks: bytes) -> bytes:
    """Return the IPTC block among Photoshop's resources; empty without one."""
    at = 0
    while blocks[at : at + 4] == b"8BIM" and at + 12 <= len(blocks):
        name = (blocks[at + 6] + 2) // 2 * 2
        begin = at + 6 + name + 4
        size = int.from_bytes(blocks[begin - 4 : begin], "big")
        if blocks[at + 4 : at + 6] == b"\x04\x04":
            return blocks[begin : begin + size]
        at = begin + size + size % 2
    return b""
