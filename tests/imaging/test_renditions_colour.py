"""Colours look as the artist saved them, whatever kind of picture it is. Pillow is the second opinion."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageCms

from artworks.imaging import renditions
from tests.imaging import pictures
from tests.imaging.bombs import chunk
from tests.imaging.pictures import encode, near, opened, save


def shown(folder: Path, name: str, data: bytes) -> Any:
    """Make a preview and give the colour in its middle."""
    preview = opened(renditions.make(*save(folder, name, data)).preview).convert("RGB")
    return preview.getpixel((preview.width // 2, preview.height // 2))


def display_p3() -> bytes:
    """Write a small Display P3 profile by hand (ICC v2, colorants adapted to D50, one gamma of 2.2)."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    gamma = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 3) + b"P3\0" + bytes(81),
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.5151, 0.2412, -0.0011),
        b"gXYZ": xyz(0.2919, 0.6922, 0.0419),
        b"bXYZ": xyz(0.1572, 0.0666, 0.7841),
        b"rTRC": gamma,
        b"gTRC": gamma,
        b"bTRC": gamma,
    }
    table, body, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(body), len(value))
        body += value
    head = struct.pack(">IIIIII", start + len(body), 0, 0x02400000, *_words(b"mntrRGB XYZ "))
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + xyz(0.9642, 1.0, 0.8249)[8:]
    return head.ljust(128, b"\0") + table + body


def _words(text: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(text) // 4}I", text)


def second_opinion(data: bytes) -> Any:
    """Convert the middle of a picture to sRGB with Pillow by the profile it carries."""
    image = opened(data)
    profile = io.BytesIO(image.info["icc_profile"])
    srgb = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, profile, srgb, outputMode="RGB")
    assert converted is not None
    return converted.getpixel((image.width // 2, image.height // 2))


def test_a_wide_gamut_profile_is_followed(tmp_path: Path) -> None:
    data = encode(pictures.flat((180, 90, 60)), "JPEG", quality=95, icc_profile=display_p3())

    colour = shown(tmp_path, "p3.jpg", data)

    assert near(colour, second_opinion(data), 5)
    assert not near(colour, (180, 90, 60), 8)


def test_a_profile_in_a_png_is_followed(tmp_path: Path) -> None:
    data = encode(pictures.flat((180, 90, 60)), "PNG", icc_profile=display_p3())

    assert near(shown(tmp_path, "p3.png", data), second_opinion(data), 5)


def test_a_profile_is_followed_under_transparency(tmp_path: Path) -> None:
    image = pictures.flat((180, 90, 60, 128), "RGBA")
    made = renditions.make(*save(tmp_path, "p3.png", encode(image, "PNG", icc_profile=display_p3())))

    pixel = opened(made.preview).convert("RGBA").getpixel((30, 20))

    assert near(
        pixel, (*second_opinion(encode(image.convert("RGB"), "PNG", icc_profile=display_p3())), 128), 8
    )


@pytest.mark.parametrize("profile", [b"nonsense", b"\0" * 200, display_p3()[:150]])
@pytest.mark.parametrize("name", ["broken.jpg", "broken.png"])
def test_a_broken_profile_is_passed_over(name: str, profile: bytes, tmp_path: Path) -> None:
    kind = "JPEG" if name.endswith("jpg") else "PNG"

    data = encode(pictures.flat((180, 90, 60)), kind, icc_profile=profile)

    assert near(shown(tmp_path, name, data), (180, 90, 60), 6)


@pytest.mark.parametrize("name", ["grey.jpg", "grey.png"])
def test_a_profile_of_another_kind_is_passed_over(name: str, tmp_path: Path) -> None:
    kind = "JPEG" if name.endswith("jpg") else "PNG"

    data = encode(pictures.flat(120, "L"), kind, icc_profile=display_p3())

    assert near(shown(tmp_path, name, data), (120, 120, 120), 6)


@pytest.mark.parametrize("ink", [(0, 0, 0, 0), (0, 255, 255, 0), (255, 0, 0, 0), (0, 0, 0, 255)])
def test_print_colours_without_a_profile_look_about_right(ink: tuple[int, ...], tmp_path: Path) -> None:
    image = pictures.flat(ink, "CMYK")

    colour = shown(tmp_path, "print.jpg", encode(image, "JPEG", quality=95))

    # Real inks are duller than the plain arithmetic, so only the direction is compared.
    wanted = image.convert("RGB").getpixel((0, 0))
    assert all((a > 110) == (b > 110) for a, b in zip(colour, wanted, strict=True)), colour  # type: ignore[arg-type]


def test_print_colours_stored_as_ycck_look_the_same(tmp_path: Path) -> None:
    plain = encode(pictures.flat((0, 200, 255, 20), "CMYK"), "JPEG", quality=95)
    # Adobe's transform 2 says the first three channels are YCC; grey inks are the same in both.
    grey = encode(pictures.flat((128, 128, 128, 60), "CMYK"), "JPEG", quality=95)
    marker = grey.index(b"Adobe") + 11
    as_ycck = grey[:marker] + b"\x02" + grey[marker + 1 :]

    assert near(shown(tmp_path, "a.jpg", plain), shown(tmp_path, "b.jpg", plain))
    assert near(shown(tmp_path, "ycck.jpg", as_ycck), second_look(as_ycck), 60)


def second_look(data: bytes) -> Any:
    """Decode print colours with Pillow, without a profile."""
    return opened(data).convert("RGB").getpixel((10, 10))


def png16(kind: int, *channels: int) -> bytes:
    """Write a 16-bit PNG of one colour by hand: Pillow makes only grey ones."""
    line = b"\0" + struct.pack(f">{len(channels)}H", *channels) * 40
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 30, 16, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(line * 30)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (png16(2, 0xC8C8, 0x5A5A, 0x2828), (200, 90, 40, 255)),
        (png16(6, 0xC8C8, 0x5A5A, 0x2828, 0x8080), (200, 90, 40, 128)),
        (png16(0, 0x9696), (150, 150, 150, 255)),
        (png16(4, 0x9696, 0x4040), (150, 150, 150, 64)),
    ],
)
def test_sixteen_bits_a_channel_are_brought_to_eight(
    data: bytes, wanted: tuple[int, ...], tmp_path: Path
) -> None:
    made = renditions.make(*save(tmp_path, "deep.png", data))

    assert near(opened(made.preview).convert("RGBA").getpixel((20, 15)), wanted, 6)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "RGB"])
def test_every_kind_of_png_shows_its_colour(mode: str, tmp_path: Path) -> None:
    image = pictures.flat((255, 255, 255)).convert(mode)

    assert near(shown(tmp_path, "kind.png", encode(image, "PNG")), (255, 255, 255), 4)


def test_the_main_colours_are_named(tmp_path: Path) -> None:
    image = pictures.flat((30, 60, 200), size=(300, 200))
    image.paste((230, 120, 40), (0, 0, 100, 200))

    made = renditions.make(*save(tmp_path, "two.png", encode(image, "PNG")))

    assert renditions.colour_names(made.colours)[:2] == ["blue", "orange"]
