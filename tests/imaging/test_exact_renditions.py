"""Small pictures and those of few colours are kept exactly; photographs stay small in bytes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from artworks.imaging import renditions
from tests.imaging import pictures
from tests.imaging.pictures import encode, opened, save


def lines(size: tuple[int, int]) -> Image.Image:
    """Draw coloured lines one pixel wide."""
    image = Image.new("RGB", size, "white")
    for place in range(0, size[0], 9):
        ends = (place, 0, size[0] - place, size[1])
        ImageDraw.Draw(image).line(ends, fill=(255 * (place % 2), 60, 255 * (place % 4 // 2)))
    return image


def noise(size: tuple[int, int]) -> Image.Image:
    """Draw a pixel of chance everywhere, which no packing makes smaller."""
    return Image.frombytes("RGB", size, random.Random(1).randbytes(3 * size[0] * size[1]))


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
@pytest.mark.parametrize(
    "image",
    [
        noise((128, 128)),
        noise((320, 240)).quantize(8).resize((640, 480)),
        lines((640, 480)),
        pictures.corners(1280, 900),
    ],
)
def test_a_small_picture_or_one_of_few_colours_is_kept_exactly(
    image: Image.Image, kind: str, tmp_path: Path
) -> None:
    image = image.convert("RGB").quantize(256).convert("RGB")
    made = renditions.make(*save(tmp_path, f"few.{kind.lower()}", encode(image, kind)))

    assert made.media_type == "image/webp"
    assert ImageChops.difference(opened(made.preview).convert("RGB"), image).getbbox() is None
    assert opened(made.thumbnail).format == "WEBP"


def test_see_through_pictures_of_few_colours_are_kept_exactly(tmp_path: Path) -> None:
    image = pictures.corners(300, 200).convert("RGBA")
    image.putalpha(
        Image.linear_gradient("L").resize(image.size).point(lambda value: 0 if value < 90 else value)
    )
    shown = opened(renditions.make(*save(tmp_path, "clear.png", encode(image, "PNG"))).preview)

    assert ImageChops.difference(shown.getchannel("A"), image.getchannel("A")).getbbox() is None
    assert shown.getpixel((40, 150)) == image.getpixel((40, 150))


def test_a_photograph_is_lossy_also_when_it_came_without_loss(tmp_path: Path) -> None:
    image = noise((640, 480)).filter(ImageFilter.GaussianBlur(2))
    whole = encode(image, "PNG")
    made = renditions.make(*save(tmp_path, "photo.png", whole))

    assert made.media_type == "image/jpeg"
    assert len(made.preview) < len(whole) / 2


def test_fine_lines_keep_their_colours_when_they_are_made_smaller(tmp_path: Path) -> None:
    image = lines((1400, 1000))
    for name, data in (
        ("a.png", encode(image, "PNG")),
        ("a.jpg", encode(image, "JPEG", quality=95, subsampling=0)),
    ):
        made = renditions.make(*save(tmp_path, name, data))
        shown = opened(made.preview).convert("RGB")
        apart = ImageChops.difference(shown, image.resize(shown.size, Image.Resampling.LANCZOS))
        # With half the resolution of colour it is 11 and more.
        assert sum(apart.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))) / 3 < 8  # type: ignore[arg-type]
