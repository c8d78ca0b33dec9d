"""BMP, read by code of our own: the imaging library has no loader for it.

The parts of the file are those of Microsoft's BITMAPINFOHEADER and its versions, and of OS/2 1 and 2.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pyvips

from artworks.core.errors import DamagedFile
from artworks.imaging.checks.decode_plan import INCOMPLETE, MAX_PROFILE_BYTES, check_size
from artworks.imaging.converting.opened import Opened, check_held, image_of

RARE = "This is a rare kind of BMP. Please save it as PNG or JPEG and retry."
_PLAIN, _RLE8, _RLE4, _MASKS, _ALPHA_MASKS = 0, 1, 2, 3, 6
_USUAL_MASKS = {16: (0x7C00, 0x3E0, 0x1F, 0), 32: (0xFF0000, 0xFF00, 0xFF, 0)}
_EMBEDDED = 0x4D424544


@dataclass(frozen=True)
class _Header:
    """What the headers say; `table` is the place of the colours, `pixels` that of the lines."""

    width: int
    height: int
    from_above: bool
    bits: int
    packing: int
    masks: tuple[int, int, int, int]
    table: int
    colour_bytes: int
    colours: int
    pixels: int
    profile: bytes

    @property
    def line_bytes(self) -> int:
        return (self.width * self.bits + 31) // 32 * 4


def open_bmp(data: bytes) -> Opened:
    """Check a BMP's headers and that all of its lines are there. Raises DamagedFile."""
    header = _header(data)
    check_size(header.width, header.height)
    if header.packing in (_RLE8, _RLE4):
        held = header.width * header.height
    else:
        held = header.line_bytes * header.height
        if header.pixels + held > len(data):
            raise DamagedFile(INCOMPLETE)
    return Opened(
        header.width,
        header.height,
        lambda: _load(data, header),
        lossless=True,
        decoder_bytes=check_held(held),
        profile=header.profile,
    )


def _header(data: bytes) -> _Header:
    def number(at: int, size: int = 4, *, signed: bool = False) -> int:
        return int.from_bytes(data[at : at + size], "little", signed=signed)

    size = number(14)
    if len(data) < 14 + size or size not in (12, 16, 40, 52, 56, 64, 108, 124):
        raise DamagedFile(INCOMPLETE)
    if size == 12:
        width, height, bits, packing, colours = number(18, 2), number(20, 2), number(24, 2), _PLAIN, 0
    else:
        width, height = number(18, signed=True), number(22, signed=True)
        bits, packing = number(28, 2), number(30) if size >= 40 else _PLAIN
        colours = number(46) if size >= 40 else 0
    masks, table = _USUAL_MASKS.get(bits, (0, 0, 0, 0)), 14 + size
    if packing in (_MASKS, _ALPHA_MASKS) and size != 64:
        # With the oldest header they stand behind it.
        count = 4 if packing == _ALPHA_MASKS or size >= 56 else 3
        read = [number(54 + 4 * place) for place in range(count)]
        masks = (read[0], read[1], read[2], read[3] if count == 4 else 0)
        table += 4 * count if size == 40 else 0
    packings = {1: (_PLAIN,), 4: (_PLAIN, _RLE4), 8: (_PLAIN, _RLE8), 16: (_PLAIN, _MASKS, _ALPHA_MASKS),
                24: (_PLAIN,), 32: (_PLAIN, _MASKS, _ALPHA_MASKS)}  # fmt: skip
    if (
        packing not in packings.get(bits, ())
        or any(not _is_mask(mask) for mask in masks)
        or (bits in (16, 32) and not all(masks[:3]))
    ):
        raise DamagedFile(RARE)
    profile = b""
    if size == 124 and number(70) == _EMBEDDED and number(130) <= MAX_PROFILE_BYTES:
        profile = data[14 + number(126) : 14 + number(126) + number(130)]
    return _Header(
        width,
        abs(height),
        height < 0,
        bits,
        packing,
        masks,
        table,
        colour_bytes=3 if size == 12 else 4,
        colours=min(colours or 256, 256, 1 << bits),
        pixels=number(10),
        profile=profile,
    )


def _is_mask(mask: int) -> bool:
    """Return whether the bits of a mask are next to each other, and no more than a channel can have."""
    shifted = mask // (mask & -mask) if mask else 0
    return shifted & (shifted + 1) == 0 and shifted <= 0xFFFF


def _load(data: bytes, header: _Header) -> pyvips.Image:
    if header.bits <= 8:
        image = _with_palette(_numbers(data, header), data, header)
    elif header.bits == 24:
        image = _plain(data, header, 3, "uchar")
        image = image[2].bandjoin([image[1], image[0]])
    else:
        image = _masked(data, header)
    image = image.copy(interpretation="srgb" if image.bands >= 3 else "b-w")
    return image if header.from_above else image.flipver()


def _plain(data: bytes, header: _Header, bands: int, depth: str) -> pyvips.Image:
    lines = memoryview(data)[header.pixels : header.pixels + header.line_bytes * header.height]
    return image_of(lines, header.width, header.height, header.line_bytes, bands, depth)


def _numbers(data: bytes, header: _Header) -> pyvips.Image:
    """Return each pixel's number in the table of colours."""
    if header.packing in (_RLE8, _RLE4):
        pixels = _unpack(data, header)
        return image_of(pixels, header.width, header.height, header.width, 1, "uchar")
    if header.bits == 8:
        return _plain(data, header, 1, "uchar")
    lines = memoryview(data)[header.pixels : header.pixels + header.line_bytes * header.height]
    packed = image_of(lines, header.line_bytes, header.height, header.line_bytes, 1, "uchar")
    shifts = range(8 - header.bits, -1, -header.bits)
    pieces = [(packed >> shift) & ((1 << header.bits) - 1) for shift in shifts]
    return pieces[0].bandjoin(pieces[1:]).bandunfold().crop(0, 0, header.width, header.height)


def _with_palette(numbers: pyvips.Image, data: bytes, header: _Header) -> pyvips.Image:
    """Look up the colours; what the table does not have is black. Greys become one channel."""
    table = bytearray(256 * 3)
    for place in range(header.colours):
        at = header.table + header.colour_bytes * place
        if at + 3 <= min(len(data), header.pixels or len(data)):
            table[3 * place : 3 * place + 3] = data[at : at + 3][::-1]
    if table[::3] == table[1::3] == table[2::3]:
        return numbers.maplut(pyvips.Image.new_from_memory(bytes(table[::3]), 256, 1, 1, "uchar"))
    return numbers.maplut(pyvips.Image.new_from_memory(bytes(table), 256, 1, 3, "uchar"))


def _masked(data: bytes, header: _Header) -> pyvips.Image:
    """Take 16 or 32 bits apart into channels of 8 bits."""
    low = _plain(data, header, header.bits // 16, "ushort")
    if sys.byteorder == "big":
        low = low.byteswap()
    if header.bits == 32:
        low = low[0].cast("uint") | (low[1].cast("uint") << 16)
    channels = []
    for mask in filter(None, header.masks):
        lowest = (mask & -mask).bit_length() - 1
        most = mask >> lowest
        channels.append((((low & mask) >> lowest) * (255 / most)).rint().cast("uchar"))
    return channels[0].bandjoin(channels[1:])


def _unpack(data: bytes, header: _Header) -> bytearray:
    """Unpack runs of pixels; those that are left out keep the first colour. Raises DamagedFile."""
    width, height, halves = header.width, header.height, header.packing == _RLE4
    out = bytearray(width * height)
    at, column, line = header.pixels, 0, 0
    while at + 2 <= len(data) and line < height:
        count, value = data[at], data[at + 1]
        at += 2
        if count == 0 and value == 0:
            column, line = 0, line + 1
        elif count == 0 and value == 1:
            return out
        elif count == 0 and value == 2:
            step = data[at : at + 2].ljust(2, b"\0")
            column, line, at = column + step[0], line + step[1], at + 2
        else:
            if count:
                run = (
                    bytes((value >> 4, value & 15)) * ((count + 1) // 2)
                    if halves
                    else bytes((value,)) * count
                )
            else:
                count = value
                size = (count + 1) // 2 if halves else count
                run = data[at : at + size]
                if halves:
                    run = bytes(half for byte in run for half in (byte >> 4, byte & 15))
                at += size + size % 2
            part = run[: max(0, min(count, width - column))]
            start = line * width + column
            out[start : start + len(part)] = part
            column += len(part)
    # Some programs leave out the mark of the end.
    if line < height - 1:
        raise DamagedFile(INCOMPLETE)
    return out
