"""Hostile files of other formats: each is refused in plain words, and what decodes them goes on."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import pyvips

from artworks.core.errors import DamagedFile
from artworks.imaging import decoder_pool
from artworks.imaging.checks.decode_plan import MAX_PIXELS
from artworks.imaging.converting import convert, heif
from artworks.imaging.decoder_messages import Message
from artworks.imaging.decoder_process import BROKE_OFF
from tests.imaging.bombs import zeros
from tests.imaging.decoders import idle_decoder
from tests.imaging.other_formats import (
    animated_webp,
    bmp,
    box,
    grey_tiff,
    tiff,
    turned,
    webp,
    webp_chunks,
    with_size,
)
from tests.imaging.other_formats import heif as heif_file
from tests.imaging.pictures import corners, encode

HUGE = 10_001
PHOTO, AVIF = heif_file("photo.heic"), heif_file("photo.avif")
WEBP_TIFF = pyvips.Image.pngload_buffer(encode(corners(), "PNG")).tiffsave_buffer(compression="webp")
WEBP, ANIMATION = encode(corners(), "WEBP"), animated_webp()


def with_length(data: bytes, name: bytes, length: bytes) -> bytes:
    """Say another length of a box."""
    at = data.index(name)
    return data[: at - 4] + length + data[at:]


def large(data: bytes) -> bytes:
    """Say that a box is of 2^63 bytes, by a length of 64 bits."""
    at = data.index(b"meta")
    return data[: at - 4] + struct.pack(">L4sQ", 1, b"meta", 1 << 63) + data[at + 4 :]


def vp8x(width: int, height: int, flags: int = 0) -> bytes:
    """Write a WebP's header with the size of its canvas."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X" + struct.pack("<LL", 10, flags) + size


def lying_webp() -> Iterator[tuple[str, bytes]]:
    """Yield WebPs whose parts contradict each other."""
    (picture,) = webp_chunks(WEBP)
    frames = list(webp_chunks(ANIMATION))
    yield "canvas", webp(vp8x(4000, 4000), picture)
    yield "canvas of an animation", webp(vp8x(1 << 24, 1 << 24, 2), *frames[1:])
    yield "frame outside", webp(vp8x(9, 9, 2), *frames[1:])
    yield "nothing in it", webp(vp8x(80, 60))
    yield "nothing in its frame", webp(vp8x(80, 60, 2), b"ANMF" + struct.pack("<L", 16) + bytes(16))
    yield "chunk too long", webp(b"VP8 " + b"\xff\xff\xff\x7f" + picture[8:])
    yield "many chunks", webp(vp8x(80, 60), b"abcd\0\0\0\0" * 3000, picture)


HOSTILE: dict[str, bytes] = {
    "HEIC huge": with_size(PHOTO, HUGE, HUGE),
    "AVIF of 2^31": with_size(AVIF, 1 << 31, 1 << 31),
    "AVIF of nothing": with_size(AVIF, 0, 60),
    "HEIC cut off": PHOTO[:-200],
    "AVIF cut off": AVIF[:-40],
    "HEIC without a picture": box(b"ftyp", b"heic\0\0\0\0mif1"),
    "HEIC that is an AVIF inside": PHOTO.replace(b"hvc1", b"av01"),
    "HEIC of a codec with holes": PHOTO.replace(b"hvc1", b"unci"),
    "HEIC of JPEG 2000": PHOTO.replace(b"hvc1", b"j2k1"),
    "box of length 0": with_length(PHOTO, b"iprp", b"\0\0\0\0"),
    "box of length 4": with_length(PHOTO, b"iinf", b"\0\0\0\4"),
    "box of length 2^32 - 1": with_length(PHOTO, b"ipco", b"\xff\xff\xff\xff"),
    "box of length 2^63": large(PHOTO),
    "boxes in boxes": PHOTO[:24] + box(b"meta", bytes(4) + box(b"iprp", box(b"ipco", b"\0" * 8) * 999)),
    "many boxes": PHOTO[:24] + box(b"free") * 5000 + PHOTO[24:],
    "TIFF huge": grey_tiff(HUGE, HUGE),
    "TIFF of 2^32": grey_tiff(1 << 31, 1 << 31),
    "TIFF cut off": encode(corners(), "TIFF", compression="tiff_lzw")[:-400],
    "TIFF bomb": grey_tiff(9_999, 9_999, 8, size=100)[:8] + zeros(100)[:50] + grey_tiff(9_999, 9_999, 8)[58:],
    "TIFF directory of itself": b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHLL", 330, 4, 1, 8) + b"\x08\0\0\0",
    "TIFF of strips outside": grey_tiff(9, 9).replace(
        struct.pack("<HHLL", 273, 4, 1, 8), struct.pack("<HHLL", 273, 4, 1, 1 << 30)
    ),
    "TIFF of 2^32 values": tiff((256, 4, 1, 9), (257, 4, 1, 9), (273, 4, 0xFFFFFFFF, 8), (279, 4, 1, 81)),
    "TIFF of floats of 8 bits": grey_tiff(9, 9).replace(
        struct.pack("<HHLL", 277, 4, 1, 1), struct.pack("<HHLL", 339, 4, 1, 3)
    ),
    "TIFF with a WebP that is none": grey_tiff(90, 90, 50001),
    "TIFF with a WebP of another size": WEBP_TIFF.replace(
        struct.pack("<HHLL", 256, 3, 1, 80), struct.pack("<HHLL", 256, 3, 1, 64_000)
    ),
    "TIFF with a WebP of a very large strip": grey_tiff(65_000, 1_500, 50001),
    "TIFF of old JPEG": grey_tiff(9, 9, 6),
    "TIFF with a JPEG that is none": grey_tiff(90, 90, 7),
    "BMP huge": bmp(HUGE, -HUGE, 24),
    "BMP of -2^31": bmp(80, -(1 << 31), 24),
    "BMP of negative width": bmp(-80, 60, 24, body=bytes(20_000)),
    "BMP cut off": encode(corners(), "BMP")[:-1],
    "BMP with a JPEG inside": bmp(80, 60, 0, 4),
    "BMP of torn masks": bmp(2, 1, 16, 3, bytes(4), struct.pack("<3L", 0xF00F, 0x7E0, 0x1F)),
    "RLE bomb": bmp(9_999, 9_999, 8, 1, b"\xff\1" * 100),
    "RLE that steps out": bmp(9, 9, 8, 1, b"\0\2\xff\xff" * 50 + b"\5\1\0\1"),
    "WebP cut off": encode(corners(), "WEBP", lossless=True)[:-40],
    **{f"WebP {name}": data for name, data in lying_webp()},
}  # fmt: skip


def outcome(data: bytes, folder: Path) -> str:
    """Return the sentence by which a file is refused."""
    try:
        turned(data, folder)
    except DamagedFile as error:
        return error.message
    return "taken"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_and_its_decoder_goes_on(name: str, tmp_path: Path) -> None:
    decoder = idle_decoder().process.pid
    said = outcome(HOSTILE[name], tmp_path)
    # A box of no length goes on to the end of what it is in; steps out of a picture paint nothing.
    assert (said == "taken") == (name in ("box of length 0", "RLE that steps out"))
    assert said != BROKE_OFF
    if "huge" in name:
        assert f"The limit is {MAX_PIXELS // 10**6} million pixels in all: please save it smaller" in said
    assert idle_decoder().process.pid == decoder


def test_thousands_of_pages_and_frames_cost_nothing(tmp_path: Path) -> None:
    page = encode(corners(), "TIFF")
    looped = bytearray(page)
    entries = struct.unpack("<H", page[8:10])[0]
    # After its last entry it leads to itself, for ever.
    looped[10 + 12 * entries : 14 + 12 * entries] = struct.pack("<L", 8)
    assert turned(bytes(looped), tmp_path).note == "Only its first page was kept."
    head, *frames = list(webp_chunks(ANIMATION))
    many = webp(head, *(frames[-1:] * 20_000))
    assert turned(many, tmp_path).note == "Only its first picture was kept: it is an animation."


def test_a_picture_of_too_much_memory_is_refused_and_not_begun(tmp_path: Path) -> None:
    decoder = psutil.Process(idle_decoder().process.pid)
    with pytest.raises(
        DamagedFile, match="Up to 17 million of its kind can be turned here: please export it as JPEG"
    ):
        turned(with_size(AVIF, 9_999, 9_999), tmp_path)
    assert decoder.memory_info().rss < 150_000_000


def test_an_older_libheif_is_not_used() -> None:
    for version in (b"1.23.3", b"1.19.8", b"1.23.4-rc1", b"0.99.9", b"", b"nonsense"):
        assert not heif.is_new_enough(version)
    for version in (b"1.23.4", b"1.23.6", b"1.24.0", b"2.0.0"):
        assert heif.is_new_enough(version)


def test_the_libheif_that_is_installed_is_new_enough_and_says_so_itself() -> None:
    assert tuple(int(part) for part in heif.version().split(".")) >= (1, 23, 4)
    assert decoder_pool.ask(Message({"do": "formats", "formats": ["HEIC", "WebP"]}), 9).values == {
        "formats": ["HEIC", "WebP"], "libheif": heif.version(),
    }  # fmt: skip


def test_with_an_older_libheif_or_none_these_two_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif, "LEAST_VERSION", (99, 0, 0))
    assert heif.load_library() is None
    monkeypatch.setattr(heif, "_library", None)
    names = ("HEIC", "AVIF", "WebP", "TIFF", "BMP")
    assert [name for name in names if convert.can_open(name)] == ["WebP", "TIFF", "BMP"]


def test_the_imaging_library_s_own_libheif_cannot_be_reached() -> None:
    with pytest.raises(pyvips.Error, match="blocked"):
        pyvips.Image.heifload_buffer(PHOTO)
    with pytest.raises(pyvips.Error):
        pyvips.Image.new_from_buffer(AVIF, "")
