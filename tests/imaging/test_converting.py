"""Turning pictures of other formats: what was exact stays exact, upright, in its colours, with its words."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
import pyvips
from PIL import Image, ImageChops, ImageCms, ImageOps

from artworks.core.errors import DamagedFile
from artworks.imaging.converting.colour_profiles import profile_of
from tests.imaging.other_formats import animated_webp, bmp, heif, sampled_tiff, see_through, turned
from tests.imaging.pictures import CORNERS, corners, encode, near, opened, speckle, srgb_profile, textured

IN_PRINT = "Its colours for print (CMYK) were turned into those of screens."
FIRST = "Only its first picture was kept: it is an animation."


def largest_difference(one: Image.Image, other: Image.Image) -> int:
    """Return by how much any channel of any pixel differs."""
    mode = "RGBA" if "A" in one.mode else "RGB"
    extrema = ImageChops.difference(one.convert(mode), other.convert(mode)).getextrema()
    return max(int(most) for _least, most in extrema)  # type: ignore[misc]


def corners_of(image: Image.Image) -> list[Any]:
    """Return the colours near the four corners, in reading order."""
    right, bottom = image.width - 5, image.height - 5
    return [
        image.convert("RGB").getpixel(place) for place in ((5, 5), (right, 5), (5, bottom), (right, bottom))
    ]


def lossless_files() -> list[tuple[str, bytes, Image.Image]]:
    """List pictures that are kept exactly, each with what it shows."""
    colour, alpha = textured(70, 50), see_through()
    ramp = Image.linear_gradient("L").resize((70, 50))
    modes = (colour, ramp, colour.quantize(60), ramp.convert("1"), alpha, alpha.convert("LA"))
    found = [
        (f"TIFF {image.mode} {packing}", encode(image, "TIFF", compression=packing), image)
        for image in modes
        for packing in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits")
    ]
    found += [
        (f"TIFF {g}", encode(ramp.convert("1"), "TIFF", compression=g), ramp.convert("1"))
        for g in ("group3", "group4")
    ]
    found += [(f"BMP {image.mode}", encode(image, "BMP"), image) for image in modes[:4]]
    found += [
        (f"WebP {one.mode}", encode(one, "WEBP", lossless=True, exact=True), one) for one in (colour, alpha)
    ]
    found += [(name, heif(name), corners()) for name in ("lossless.heic", "lossless.avif")]
    return [*found, ("WebP animation", animated_webp(), corners())]


@pytest.mark.parametrize(
    ("name", "data", "shown"), lossless_files(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_was_lossless_becomes_a_png_of_the_same_pixels(
    name: str, data: bytes, shown: Image.Image, tmp_path: Path
) -> None:
    made = turned(data, tmp_path)
    assert (made.media_type, made.note) == ("image/png", FIRST if "animation" in name else "")
    assert largest_difference(opened(made.data), shown) == 0


def test_sixteen_bits_stay_sixteen_bits(tmp_path: Path) -> None:
    image = Image.linear_gradient("L").resize((70, 50)).convert("I;16").point(lambda value: value * 257 + 3)
    made = turned(encode(image, "TIFF", compression="tiff_lzw"), tmp_path)
    found = opened(made.data)
    assert (found.mode, found.tobytes()) == ("I;16", image.tobytes())


def test_samples_of_32_bits_and_with_a_point_are_brought_to_16_bits(tmp_path: Path) -> None:
    for kind, values, wanted in (
        # White is 1, as in programs for photos, unless most are above.
        ("float", (0.25, 1.5, -0.1, 1.0), (16384, 65535, 0, 65535)),
        ("float", (0, 127.5, 255, 51), (0, 32768, 65535, 13107)),
        # It is what 8, 16 or 32 bits hold.
        ("uint", (0, 1 << 31, (1 << 32) - 1, 1 << 16), (0, 32768, 65535, 1)),
        ("uint", (0, 51, 255, 1), (0, 13107, 65535, 257)),
        ("short", (-5, 16384, 32767, 128), (0, 32769, 65535, 256)),
        ("char", (-5, 127, 1, 0), (0, 65535, 516, 0)),
    ):
        image = pyvips.Image.new_from_array([list(values)]).cast(kind)
        for data in (
            image.tiffsave_buffer(compression="lzw"),
            image.bandjoin([image, image])
            .copy(interpretation="srgb")
            .tiffsave_buffer(compression="deflate", tile=True),
        ):
            made = turned(data, tmp_path)
            found = pyvips.Image.pngload_buffer(made.data)
            assert (made.media_type, found.format) == ("image/png", "ushort")
            assert tuple(found(place, 0)[0] for place in range(4)) == wanted, kind


def test_numbers_with_a_point_of_16_and_64_bits_are_read(tmp_path: Path) -> None:
    values = (0.25, 1.5, -0.1, 1.0, float("inf"), float("nan"))
    for letter, bits in (("e", 16), ("d", 64)):
        for order, big, samples, packing in (
            ("<", False, 1, 1),
            (">", True, 3, 1),
            ("<", True, 3, 8),
            (">", False, 1, 8),
        ):
            body = struct.pack(
                f"{order}{6 * samples}{letter}", *(value for value in values for _ in range(samples))
            )
            data = sampled_tiff(
                zlib.compress(body) if packing == 8 else body, (6, 1), bits=bits, kind=3, samples=samples, order=order,
                big=big, packing=packing,
            )  # fmt: skip
            found = pyvips.Image.pngload_buffer(turned(data, tmp_path).data)
            assert (found.format, found.bands) == ("ushort", samples)
            assert [found(place, 0)[-1] for place in range(6)] == [16384, 65535, 0, 65535, 65535, 65535], bits


def test_colours_as_they_look_become_those_of_the_screen(tmp_path: Path) -> None:
    # Black, white, and a red and a blue as Pillow's littleCMS has them in L*a*b*.
    for kind, bits, letter in ((8, 8, "b"), (8, 16, "h"), (9, 8, "B"), (9, 16, "H")):
        step, full = 1 << (bits - 8), (1 << bits) - 1
        pixels = b"".join(
            struct.pack(f"<{letter.upper()}2{letter}", round(light * full / 100), *(
                round((side + (128 if kind == 9 else 0)) * step) for side in sides
            ))
            for light, *sides in ((0, 0, 0), (100, 0, 0), (53.24, 80.09, 67.2), (32.3, 79.19, -107.86))
        )  # fmt: skip
        data = sampled_tiff(pixels, (4, 1), bits=bits, samples=3, colours=kind)
        found = opened(turned(data, tmp_path).data).convert("RGB")
        for place, wanted in enumerate(((0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 0, 255))):
            assert near(found.getpixel((place, 0)), wanted, 6), (kind, bits, place)


def test_a_tiff_packed_as_webp_is_read_and_is_exact_where_that_is_lossless(tmp_path: Path) -> None:
    image = pyvips.Image.pngload_buffer(encode(textured(70, 50), "PNG"))
    for lossless, media_type in ((True, "image/png"), (False, "image/jpeg")):
        data = image.tiffsave_buffer(compression="webp", lossless=lossless, Q=90)
        made = turned(data, tmp_path)
        assert made.media_type == media_type
        assert not lossless or largest_difference(opened(made.data), textured(70, 50)) == 0


@pytest.mark.parametrize("name", ["photo.heic", "photo.avif", "sequence.heic", "tiles.heic"])
def test_the_rest_becomes_a_jpeg_of_quality_95(name: str, tmp_path: Path) -> None:
    made = turned(heif(name), tmp_path)
    image = Image.open(io.BytesIO(made.data))
    assert (made.media_type, made.note) == ("image/jpeg", FIRST if "sequence" in name else "")
    assert image.size == ((128, 64) if "tiles" in name else (80, 60))
    # At quality 95 the least step of libjpeg's own table is 2; its colours are as fine as its brightness.
    assert (image.quantization[0][0], [part[1:3] for part in image.layer]) == (2, [(1, 1)] * 3)  # type: ignore[attr-defined]
    assert all(near(found, wanted, 8) for found, wanted in zip(corners_of(image), CORNERS, strict=True))


def test_a_photo_in_webp_or_in_a_tiff_with_jpeg_becomes_a_jpeg(tmp_path: Path) -> None:
    profile = srgb_profile()
    for data in (
        encode(corners(), "WEBP", quality=95, icc_profile=profile),
        encode(corners(), "TIFF", compression="jpeg", quality=95, icc_profile=profile),
    ):
        made = turned(data, tmp_path)
        image = opened(made.data)
        assert (made.media_type, made.note, image.info["icc_profile"]) == ("image/jpeg", "", profile)
        assert all(near(found, wanted) for found, wanted in zip(corners_of(image), CORNERS, strict=True))


def test_it_is_upright_and_turned_only_once(tmp_path: Path) -> None:
    right, mirrored = corners().rotate(-90, expand=True), corners().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    exif = Image.Exif()
    exif[0x0112] = 6
    for data, wanted in (
        (heif("turned.heic"), right), (heif("mirrored.avif"), mirrored),
        # This one says so twice: in its boxes, which count, and in its EXIF.
        (heif("words.heic"), right),
        (encode(corners(), "WEBP", lossless=True, exif=exif), right),
        (encode(corners(), "TIFF", tiffinfo={0x0112: 6}), right),
        (encode(corners(), "TIFF", tiffinfo={0x0112: 2}), mirrored),
    ):  # fmt: skip
        image = opened(turned(data, tmp_path).data)
        assert ImageOps.exif_transpose(image).size == image.size == wanted.size
        assert all(near(a, b) for a, b in zip(corners_of(image), corners_of(wanted), strict=True))


def test_what_is_see_through_becomes_a_png_or_white_where_that_is_too_large(tmp_path: Path) -> None:
    for data in (
        heif("see-through.heic"),
        heif("see-through.avif"),
        encode(see_through(), "WEBP", quality=90),
    ):
        made = turned(data, tmp_path)
        assert (made.media_type, opened(made.data).mode) == ("image/png", "RGBA")
    image = Image.merge("RGBA", [speckle((200, 200), 80, seed) for seed in range(4)])
    made = turned(encode(image, "WEBP", quality=95), tmp_path, limit=100_000)
    assert (made.media_type, made.note) == (
        "image/jpeg",
        "Saved as JPEG: as a PNG it would be larger than 16 MB. What was see-through is white now.",
    )
    # A channel that hides nothing is none.
    assert turned(encode(corners(mode="RGBA"), "WEBP", quality=90), tmp_path).media_type == "image/jpeg"


def test_a_png_that_would_be_too_large_becomes_smaller_step_by_step(tmp_path: Path) -> None:
    noise = Image.merge("RGB", [speckle((200, 200), 80, seed) for seed in range(3)])
    data = encode(noise, "TIFF")
    assert turned(data, tmp_path, 130_000).media_type == "image/png"
    made = turned(data, tmp_path, 105_000)
    assert (made.media_type, made.note) == (
        "image/jpeg", "Saved as JPEG: as a PNG it would be larger than 16 MB.",
    )  # fmt: skip
    assert len(made.data) <= 105_000
    with pytest.raises(
        DamagedFile, match=r"Even as a JPEG this picture would be larger than 16 MB\. Please save it smaller"
    ):
        turned(data, tmp_path, 20_000)


def test_colours_of_print_become_those_of_the_screen(tmp_path: Path) -> None:
    made = turned(encode(corners(mode="CMYK"), "TIFF"), tmp_path)
    image = opened(made.data)
    assert (made.media_type, made.note, image.mode) == ("image/png", IN_PRINT, "RGB")
    assert max(corners_of(image)[1]) == corners_of(image)[1][1]


def test_wide_colours_keep_their_profile_and_hdr_is_brought_to_a_screen(tmp_path: Path) -> None:
    wide = opened(turned(heif("p3.heic"), tmp_path).data)
    profile = ImageCms.ImageCmsProfile(io.BytesIO(wide.info["icc_profile"]))
    # Pillow's own sRGB is what a browser would show: the red of P3 is out of its reach, so green and blue go down.
    shown = ImageCms.profileToProfile(wide, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    red = shown.getpixel((5, 5))  # type: ignore[union-attr]
    assert near(red, (238, 0, 0), 16)
    bright = opened(turned(heif("hdr.avif"), tmp_path).data)
    assert "icc_profile" not in bright.info
    # As Chromium shows it.
    assert near(bright.getpixel((72, 54)), (255, 174, 0), 3)


def test_a_profile_is_made_of_numbers_only_where_they_are_not_those_of_srgb() -> None:
    assert [profile_of(*numbers) for numbers in ((1, 13), (2, 2), (1, 1), (12, 77), (99, 13))] == [b""] * 5
    for numbers in ((12, 13), (9, 13), (1, 4), (1, 8)):
        ImageCms.ImageCmsProfile(io.BytesIO(profile_of(*numbers)))
    white = Image.new("RGB", (1, 1), (255, 255, 255))
    profile = ImageCms.ImageCmsProfile(io.BytesIO(profile_of(12, 13)))
    shown = ImageCms.profileToProfile(white, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    assert near(shown.getpixel((0, 0)), (255, 255, 255), 1)  # type: ignore[union-attr]


def test_words_and_dates_go_along_but_no_places_and_no_orientation(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x0112], exif[0x0131] = "A heron at dusk", 6, "GIMP"
    exif.get_ifd(0x8769)[0x9003] = "2026:05:01 10:11:12"
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 11.0)
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/" exif:GPSLatitude="48,8N"><dc:title>Heron</dc:title></x:xmpmeta>'
    )
    scanned = Image.Exif()
    scanned[700], scanned[0x010E] = xmp, exif[0x010E]
    for data in (
        heif("words.heic"),
        encode(corners(), "WEBP", quality=90, exif=exif, xmp=xmp),
        encode(corners(), "WEBP", lossless=True, exif=exif, xmp=xmp),
        encode(corners(), "TIFF", exif=scanned),
    ):
        made = turned(data, tmp_path)
        image = opened(made.data)
        found = image.getexif()
        assert found[0x010E] == "A heron at dusk"
        # Pillow writes no date into a TIFF.
        assert found.get_ifd(0x8769).get(0x9003) == (None if data[:2] == b"II" else "2026:05:01 10:11:12")
        assert not {0x0112, 0x8825, 0x0131} & set(found)
        kept = image.info["xmp"]
        assert (b"Heron" in kept, b"GPS" in kept, b"Orientation" in kept) == (True, False, False)


def test_colours_of_a_tiff_that_would_come_out_wrong_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match="rare kind of TIFF"):
        turned(encode(Image.new("YCbCr", (8, 8)), "TIFF"), tmp_path)


def test_a_packing_that_cannot_be_opened_is_named_with_the_step_to_take(tmp_path: Path) -> None:
    for packing, name in (("zstd", "Zstandard"), ("lzma", "LZMA")):
        with pytest.raises(DamagedFile, match=f"packed with {name}.*save it with LZW or ZIP"):
            turned(encode(corners(), "TIFF", compression=packing), tmp_path)


def test_iptc_goes_along(tmp_path: Path) -> None:
    iptc = b"\x1c\x02\x05\x00\x05Heron"
    photoshop = b"8BIM\x04\x04\0\0" + len(iptc).to_bytes(4, "big") + iptc
    for packing in ("raw", "jpeg"):
        made = turned(encode(corners(), "TIFF", compression=packing, tiffinfo={34377: photoshop}), tmp_path)
        if made.media_type == "image/jpeg":
            assert iptc in made.data
        else:
            assert iptc.hex() in opened(made.data).info["Raw profile type iptc"].replace("\n", "")


def test_every_kind_of_bmp_is_read(tmp_path: Path) -> None:
    def pixels(data: bytes) -> list[Any]:
        return list(opened(turned(data, tmp_path).data).convert("RGB").get_flattened_data())

    red, green = (255, 0, 0), (0, 255, 0)
    table = b"\0\0\xff\0" + b"\0\xff\0\0"
    five = (0xF800).to_bytes(4, "little") + (0x7E0).to_bytes(4, "little") + (0x1F).to_bytes(4, "little")
    assert pixels(bmp(2, -1, 16, body=b"\x00\x7c\xe0\x03")) == [red, green]
    assert pixels(bmp(2, 1, 16, 3, b"\x00\xf8\xe0\x07", five)) == [red, green]
    assert pixels(bmp(2, 1, 32, body=b"\0\0\xff\0\0\xff\0\0")) == [red, green]
    assert pixels(bmp(3, 1, 8, 1, b"\x02\0\x01\x01\0\1", table)) == [red, red, green]
    assert pixels(bmp(4, 1, 4, 2, b"\0\4\x01\x10\0\1", table)) == [red, green, green, red]
    # A step to the right and one line up, then the rest.
    assert pixels(bmp(2, 2, 8, 1, b"\0\2\1\1\1\1\0\1", table)) == [red, green, red, red]


def test_only_the_first_page_is_taken_and_that_is_said(tmp_path: Path) -> None:
    pages = encode(corners(), "TIFF", save_all=True, append_images=[corners().rotate(180)])
    made = turned(pages, tmp_path)
    assert made.note == "Only its first page was kept."
    assert largest_difference(opened(made.data), corners()) == 0
