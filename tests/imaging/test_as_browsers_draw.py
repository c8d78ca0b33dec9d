"""Odd pictures look as in a browser: the values were measured in Chromium 156 (scripts/compare_with_chromium.py)."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat

from artworks.core.errors import DamagedFile
from artworks.imaging import renditions
from scripts import odd_profiles
from scripts.odd_files import (
    chunk,
    frame_control,
    frame_data,
    frames,
    gif,
    gif_control,
    gif_frame,
    inserted,
    png,
    segment,
    tiff,
)
from tests.imaging import pictures
from tests.imaging.pictures import encode, flat, near, opened, save

BROWN = (200, 90, 40)
PALETTE = bytes((255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255))
RED, GREEN, CLEAR = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 0, 0)
P3 = (0.3127, 0.3290, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)


def gamma(value: int) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", value))


def primaries(*values: float) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in values)))


def profile(data: bytes) -> bytes:
    return chunk(b"iCCP", b"p\0\0" + zlib.compress(data))


def numbers(*values: int) -> bytes:
    return chunk(b"cICP", bytes(values))


def preview(folder: Path, data: bytes) -> Image.Image:
    """Return the preview of a picture file."""
    ending = {b"\x89P": "png", b"\xff\xd8": "jpg", b"GI": "gif"}[data[:2]]
    return opened(renditions.make(*save(folder, f"odd.{ending}", data)).preview).convert("RGBA")


def seen(folder: Path, data: bytes) -> Any:
    """Return the colour in the middle of a picture file's preview."""
    image = preview(folder, data)
    return image.getpixel((image.width // 2, image.height // 2))[:3]  # type: ignore[index]


@pytest.mark.parametrize(
    ("ink", "inks_profile", "wanted"),
    [
        ((0, 0, 0, 255), b"", (0, 0, 0)),
        ((255, 255, 255, 255), b"", (0, 0, 0)),
        ((64, 40, 30, 20), b"", (176, 198, 207)),
        ((0, 255, 255, 128), b"", (127, 0, 0)),
        ((64, 40, 30, 20), odd_profiles.matrix(), (176, 198, 207)),
        ((64, 40, 30, 20), b"nonsense" * 40, (176, 198, 207)),
        ((0, 0, 0, 255), odd_profiles.table(b"CMYK", 0.0, grid=3), (0, 0, 0)),
    ],
)
def test_the_black_of_print_colours_is_black(
    ink: tuple[int, ...], inks_profile: bytes, wanted: tuple[int, ...], tmp_path: Path
) -> None:
    options = {"icc_profile": inks_profile} if inks_profile else {}
    data = encode(flat(ink, "CMYK"), "JPEG", quality=98, **options)

    assert near(seen(tmp_path, data), wanted, 4)


def test_a_table_of_seen_colours_is_used_and_its_black_not_adapted(tmp_path: Path) -> None:
    black, grey = odd_profiles.table(b"RGB ", 0.0, 0.01), odd_profiles.table(b"RGB ", 0.01, 0.0)

    for data in (
        encode(flat((0, 0, 0)), "PNG", icc_profile=black),
        encode(flat(0, "L"), "PNG", icc_profile=black),
    ):
        assert near(seen(tmp_path, data), (0, 0, 1), 2)
    assert near(seen(tmp_path, encode(flat((0, 0, 0)), "PNG", icc_profile=grey)), (24, 26, 26), 2)


@pytest.mark.parametrize(
    ("kind", "mode", "made_for", "wanted"),
    [
        ("PNG", "L", odd_profiles.grey(1.0), 188),
        ("JPEG", "L", odd_profiles.grey(1.0), 188),
        # A curve of lightness.
        ("PNG", "L", odd_profiles.grey(1.0, b"Lab "), 128),
        ("PNG", "L", odd_profiles.matrix(gamma=1.0), 188),
        ("JPEG", "L", odd_profiles.matrix(gamma=1.0), 188),
        ("PNG", "RGB", odd_profiles.grey(1.0), 128),
        ("JPEG", "RGB", odd_profiles.table(b"CMYK", 0.0, grid=2), 128),
    ],
)
def test_a_profile_counts_for_the_pictures_it_is_made_for(
    kind: str, mode: str, made_for: bytes, wanted: int, tmp_path: Path
) -> None:
    data = encode(flat(128 if mode == "L" else (128,) * 3, mode), kind, icc_profile=made_for)

    assert near(seen(tmp_path, data), (wanted,) * 3, 2)


@pytest.mark.parametrize(
    ("chunks", "wanted"),
    [
        ((gamma(100_000),), (229, 160, 110)),
        ((gamma(55_556),), (210, 109, 53)),
        ((gamma(47_000),), BROWN),
        ((gamma(47_800),), (204, 95, 40)),
        ((gamma(0),), BROWN),
        ((gamma(100_000), gamma(45_455)), (229, 160, 110)),
        ((gamma(100_000)[:-1] + b"x",), BROWN),
        ((primaries(*P3),), BROWN),
        ((gamma(45_455), primaries(*P3)), (217, 80, 0)),
        ((gamma(100_000), primaries(*[0.0] * 8)), BROWN),
        ((gamma(100_000), chunk(b"sRGB", b"\0")), BROWN),
        ((gamma(100_000), chunk(b"sRGB", b"\x09")), (229, 160, 110)),
        ((chunk(b"sRGB", b"\0"), profile(odd_profiles.matrix(odd_profiles.P3))), (217, 81, 0)),
        ((profile(b"nonsense" * 20), gamma(100_000)), (229, 160, 110)),
        ((profile(odd_profiles.grey(1.0)), gamma(100_000)), BROWN),
        ((numbers(12, 13, 0, 1), gamma(100_000), chunk(b"sRGB", b"\0")), (216, 81, 13)),
        ((numbers(1, 13, 0, 1), profile(odd_profiles.matrix(odd_profiles.P3))), BROWN),
        ((numbers(1, 1, 0, 1),), (197, 81, 28)),
        ((numbers(9, 13, 0, 1),), (243, 59, 10)),
        ((numbers(22, 13, 0, 1),), (202, 93, 39)),
        ((numbers(1, 17, 0, 1),), (200, 76, 23)),
        ((numbers(1, 16, 0, 1),), (255, 40, 4)),
        ((numbers(1, 18, 0, 1),), (186, 72, 30)),
        ((numbers(2, 13, 0, 1), gamma(100_000)), (229, 160, 110)),
        ((numbers(12, 13, 0, 0),), BROWN),
    ],
)
def test_a_png_s_chunks_say_what_its_colours_are(
    chunks: tuple[bytes, ...], wanted: tuple[int, ...], tmp_path: Path
) -> None:
    image = flat(BROWN)

    assert near(seen(tmp_path, png(image, 8, 2, *chunks)), wanted, 2)
    assert near(seen(tmp_path, png(image.quantize(2), 8, 3, *chunks)), wanted, 2)
    assert near(seen(tmp_path, png(image.convert("RGBA"), 16, 6, *chunks)), wanted, 2)


@pytest.mark.parametrize("depth", [8, 16])
def test_grey_follows_gamma_too_and_is_averaged_as_it_is_seen(depth: int, tmp_path: Path) -> None:
    assert near(seen(tmp_path, png(flat(128, "L"), depth, 0, gamma(100_000))), (188,) * 3, 1)
    board = Image.frombytes("L", (1600, 8), bytes((0, 255)) * 6400)
    assert near(
        ImageStat.Stat(preview(tmp_path, png(board, depth, 0, gamma(100_000)))).mean[:3], (128,) * 3, 2
    )


def test_colours_said_after_the_picture_s_data_do_not_count(tmp_path: Path) -> None:
    assert near(seen(tmp_path, png(flat(BROWN), 8, 2, after=gamma(100_000))), BROWN, 2)
    assert near(
        seen(tmp_path, png(flat(BROWN), 8, 2, after=chunk(b"tRNS", struct.pack(">3H", *BROWN)))), BROWN, 2
    )


@pytest.mark.parametrize(
    ("canvas", "left", "top", "size", "clear_at", "red_at"),
    [
        ((10, 10), 0, 0, (20, 20), None, (19, 19)),
        ((10, 10), 5, 5, (25, 25), (4, 4), (5, 5)),
        ((10, 10), 30, 30, (50, 50), (29, 29), (30, 30)),
        ((10, 30), 0, 0, (20, 30), (0, 20), (19, 19)),
        ((0, 0), 3, 4, (23, 24), (2, 3), (3, 4)),
        ((60, 50), 0, 0, (60, 50), (20, 20), (19, 19)),
        ((1600, 800), 800, 400, (1600, 800), (600, 300), (642, 322)),
    ],
)
def test_a_gif_s_canvas_holds_its_first_frame_and_is_see_through_around(
    canvas: tuple[int, int],
    left: int,
    top: int,
    size: tuple[int, int],
    clear_at: Any,
    red_at: Any,
    tmp_path: Path,
) -> None:
    frame, later = flat(0, "P", (20, 20)), gif_frame(flat(1, "P", (300, 300)))
    data = gif(
        canvas, PALETTE, gif_control(), gif_frame(frame, left, top), gif_control(), later, background=1
    )

    made = renditions.make(*save(tmp_path, "canvas.gif", data))
    image = opened(made.preview).convert("RGBA")

    assert (made.width, made.height) == size
    assert near(image.getpixel(red_at), RED, 3)
    assert clear_at is None or image.getpixel(clear_at)[3] == 0  # type: ignore[index]


def test_a_gif_without_colours_is_black(tmp_path: Path) -> None:
    frame = flat(1, "P", (20, 20))

    assert seen(tmp_path, gif((20, 20), b"", gif_frame(frame))) == (0, 0, 0)
    assert near(seen(tmp_path, gif((20, 20), b"", gif_frame(frame, palette=PALETTE))), GREEN[:3], 2)


@pytest.mark.parametrize("kind", [2, 6])
def test_an_animated_png_shows_its_first_frame_where_it_lies(kind: int, tmp_path: Path) -> None:
    red, green = flat(RED, "RGBA", (20, 20)), flat(GREEN, "RGBA", (10, 10))
    moved = frame_control(0, (10, 10), 5, 5) + frame_data(1, green, kind)
    shown = preview(tmp_path, png(red, 8, kind, frames(1), after=moved))
    assert [shown.getpixel(place) for place in ((4, 4), (5, 5), (14, 14), (15, 15))] == [
        CLEAR,
        GREEN,
        GREEN,
        CLEAR,
    ]
    # Broken, said too late or not at all, it is no animation.
    beyond = frame_control(0, (10, 10), 15, 15) + frame_data(1, green, kind)
    for before, after in ((frames(1), beyond), (b"", frames(1) + moved), (b"", moved), (frames(0), moved)):
        data = png(red, 8, kind, *[before] * bool(before), after=after)
        assert preview(tmp_path, data).getpixel((10, 10)) == RED


def test_an_animated_png_that_lacks_frames_is_refused(tmp_path: Path) -> None:
    green = flat(GREEN, "RGBA", (20, 20))
    data = png(green, 8, 6, frames(2), after=frame_control(0, (20, 20)) + frame_data(1, green, 6))

    assert preview(tmp_path, data).size == (20, 20)
    for missing in (12, 20):
        with pytest.raises(DamagedFile):
            preview(tmp_path, data[:-missing])


def exif(value: int, mark: bytes = b"Exif\0\0", **options: Any) -> bytes:
    return segment(0xE1, mark + tiff(value, **options))


@pytest.mark.parametrize(
    ("segments", "is_turned"),
    [
        ([exif(6)], True),
        ([exif(6, b"Exif\0\xff")], True),
        ([exif(6), exif(1)], True),
        ([exif(1), exif(6)], False),
        ([segment(0xE1, b"Exif\0\0junk"), exif(6)], False),
        ([exif(6, count=2)], False),
        ([exif(6, kind=4)], False),
        ([exif(9)], False),
    ],
)
def test_the_first_exif_of_a_jpeg_counts_and_only_as_one_short_number(
    segments: list[bytes], is_turned: bool, tmp_path: Path
) -> None:
    jpeg = encode(flat(BROWN, size=(40, 20)), "JPEG")

    assert (preview(tmp_path, inserted(jpeg, *segments)).width == 20) is is_turned
    assert preview(tmp_path, jpeg[:-2] + b"".join(segments) + jpeg[-2:]).width == 40


def test_exif_counts_only_before_the_data_of_a_png(tmp_path: Path) -> None:
    image, turned = flat(BROWN, size=(40, 20)), chunk(b"eXIf", tiff(6))

    assert preview(tmp_path, png(image, 8, 2, turned)).width == 20
    assert preview(tmp_path, png(image, 8, 2, chunk(b"eXIf", tiff(1)), turned)).width == 40
    assert preview(tmp_path, png(image, 8, 2, turned[:-1] + b"x")).width == 40
    assert preview(tmp_path, png(image, 8, 2, after=turned)).width == 40


@pytest.mark.parametrize("end", [b"", b"\0\0\0\0IE", b"\0\0\0\0IENDxxxx", b"\0" * 30, b"xyz", b"<html>" * 9])
def test_whatever_is_where_a_png_should_end_a_whole_picture_is_shown(end: bytes, tmp_path: Path) -> None:
    data = png(flat(BROWN), 8, 2)[:-12]

    assert near(seen(tmp_path, data + end), BROWN, 2)
    # A checksum at the very end that is cut off hides nothing either, but missing data does.
    assert near(seen(tmp_path, data[:-2]), BROWN, 2)
    with pytest.raises(DamagedFile):
        preview(tmp_path, data[:-12] + end)


def test_a_png_cut_off_between_two_chunks_of_its_data_is_refused(tmp_path: Path) -> None:
    packed = encode(pictures.textured(200, 150), "PNG")
    at = packed.index(b"IDAT") + 4
    size = (len(packed) - at) // 2

    with pytest.raises(DamagedFile):
        preview(tmp_path, packed[: at - 8] + chunk(b"IDAT", packed[at : at + size]))


@pytest.mark.parametrize("stray", [b"\0", b"\0\0\0", b"stray bytes"])
def test_stray_bytes_after_a_whole_frame_end_a_gif(stray: bytes, tmp_path: Path) -> None:
    frame = gif_frame(flat(0, "P", (20, 20)))

    for data in (gif((20, 20), PALETTE, frame, stray, frame), gif((20, 20), PALETTE, frame, stray, end=b"")):
        assert near(seen(tmp_path, data), RED[:3], 2)
    # Without the zero that closes its data, too.
    assert near(seen(tmp_path, gif((20, 20), PALETTE, frame[:-1], end=b"")), RED[:3], 2)


@pytest.mark.parametrize("transform", [2, 3, 9, 255])
def test_an_adobe_mark_of_another_number_is_no_damage(transform: int, tmp_path: Path) -> None:
    jpeg = encode(flat(BROWN), "JPEG", quality=95)
    mark = segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))

    assert near(seen(tmp_path, inserted(jpeg, mark)), BROWN, 2)
    assert near(seen(tmp_path, jpeg[:2] + mark + jpeg[20:]), BROWN, 2)
