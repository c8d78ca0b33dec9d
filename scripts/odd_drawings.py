"""What odd pictures show, drawn the same each time."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw

from scripts.make_samples import seeded

BT709 = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)


P3 = (0.3127, 0.3290, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)


D50 = (0.3457, 0.3585, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)


@dataclass(frozen=True)
class Odd:
    """A picture file, and what is odd about it."""

    name: str
    data: bytes

    @property
    def media_type(self) -> str:
        """Return what the file says it is."""
        types = {b"\x89P": "image/png", b"\xff\xd8": "image/jpeg", b"GI": "image/gif"}
        return types[self.data[:2]]


def shapes(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Draw shapes over a ramp, with black, white and full colours, as art has them."""
    chance, (width, height) = seeded(seed), size
    ramp = Image.linear_gradient("L").resize(size)
    image = Image.merge("RGB", (ramp, ramp.rotate(180), ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    draw = ImageDraw.Draw(image)
    colours = [
        (0, 0, 0),
        (255, 255, 255),
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (128, 128, 128),
        (20, 20, 20),
    ]
    colours += [tuple(chance.randrange(256) for _ in range(3)) for _ in range(12)]  # type: ignore[misc]
    for colour in colours:
        left, top = chance.randrange(width), chance.randrange(height)
        draw.ellipse(
            (left - width // 6, top - height // 6, left + width // 6, top + height // 6), fill=colour
        )
    return image


def photograph(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Draw something with detail of every size."""
    chance = seeded(seed)
    layers = []
    for step in (40, 8, 2):
        small = (max(2, size[0] // step), max(2, size[1] // step))
        layers.append(Image.frombytes("RGB", small, chance.randbytes(3 * small[0] * small[1])).resize(size))
    return Image.blend(Image.blend(layers[0], layers[1], 0.3), layers[2], 0.15)


def lines(size: tuple[int, int], seed: int = 1, ground: str = "white") -> Image.Image:
    """Draw coloured lines one pixel wide."""
    chance, image = seeded(seed), Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        ends = [(chance.randrange(size[0]), chance.randrange(size[1])) for _ in range(2)]
        draw.line(ends, fill=tuple(chance.choice((0, 60, 255)) for _ in range(3)))
    return image


def pixels(size: tuple[int, int], seed: int = 1, colours: int = 12) -> Image.Image:
    """Draw pixel art: single pixels of a few colours, some of them in patterns."""
    chance = seeded(seed)
    palette = [tuple(chance.choice((0, 85, 170, 255)) for _ in range(3)) for _ in range(colours)]
    image = Image.new("RGB", size, palette[0])
    for y in range(size[1]):
        for x in range(size[0]):
            if (x // 8 + y // 8) % 3 == 0 or (x + y) % 7 == 0:
                image.putpixel((x, y), palette[(x * 7 + y * 3 + x * y // 9) % colours])
    return image


def letters(size: tuple[int, int]) -> Image.Image:
    """Draw a page of coloured letters, as a screenshot has."""
    image = Image.new("RGB", size, (250, 250, 252))
    draw = ImageDraw.Draw(image)
    for row in range(0, size[1], 14):
        colour = ((row * 40) % 256, (row * 90) % 256, (row * 10) % 256)
        draw.text((4, row), "A heron at dusk, drawn in ink and watercolour. " * 6, fill=colour)
    draw.rectangle((size[0] // 2, 0, size[0], size[1] // 6), fill=(20, 90, 200))
    return image


def cut_out(image: Image.Image) -> Image.Image:
    """Make a picture see-through around an oval, with a soft edge."""
    mask = (
        Image.radial_gradient("L").resize(image.size).point(lambda value: max(0, min(255, 2 * (200 - value))))
    )
    image = image.convert("RGBA")
    image.putalpha(mask)
    return image


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Write a picture with Pillow."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def inks(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Draw print colours, with black of one ink and of all four."""
    plain = shapes(size, seed).convert("CMYK")
    black = photograph(size, seed).convert("L").point(lambda value: max(0, value - 90))
    image = Image.merge("CMYK", (*plain.split()[:3], black))
    width, height = size
    for place, colour in enumerate(((0, 0, 0, 255), (255, 255, 255, 255), (0, 0, 0, 0), (255, 255, 255, 0))):
        image.paste(colour, (place * width // 4, 0, (place + 1) * width // 4, height // 5))
    return image
