"""Draw the six sample pictures in static/samples: ``python scripts/make_samples.py``.

Everything comes from seeded chance, so the same pictures come out each time. Shapes are drawn twice as large
and brought down, which smooths their edges. Needs Pillow, a tool of development; the program itself does not.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter

FOLDER = Path(__file__).parents[1] / "static" / "samples"
FINE = 2

Colour = tuple[int, int, int]
Point = tuple[float, float]


def seeded(number: int) -> random.Random:
    """Return a chance that falls the same way each time."""
    return random.Random(number)  # noqa: S311 (for pictures, not for secrets)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return the colour that lies `share` (0-1) of the way from one to the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def ramp(colours: Sequence[Colour], share: float) -> Colour:
    """Return the colour at `share` (0-1) along evenly spaced stops."""
    place = min(max(share, 0.0), 1.0) * (len(colours) - 1)
    first = min(int(place), len(colours) - 2)
    return mixed(colours[first], colours[first + 1], place - first)


def sky(width: int, height: int, colours: Sequence[Colour]) -> Image.Image:
    """Fill a picture with a ramp from top to bottom."""
    column = Image.new("RGB", (1, height))
    column.putdata([ramp(colours, y / (height - 1)) for y in range(height)])
    return column.resize((width, height))


def grain(width: int, height: int, chance: random.Random, soft: float, depth: float) -> Image.Image:
    """Make an even grey texture around 128, `soft` px wide and `depth` strong."""
    scale = max(1, round(soft))
    small = (width // scale + 2, height // scale + 2)
    noise = Image.frombytes("L", small, chance.randbytes(small[0] * small[1]))
    noise = noise.resize((width, height), Image.Resampling.BICUBIC)
    return noise.point([round(128 + (value - 128) * depth) for value in range(256)])


def textured(image: Image.Image, texture: Image.Image) -> Image.Image:
    """Lay a grey texture over a picture, lighter and darker alike."""
    return ImageChops.overlay(image, Image.merge("RGB", (texture,) * 3))


def smoothed(image: Image.Image) -> Image.Image:
    """Bring a picture drawn large to its size."""
    size = (image.width // FINE, image.height // FINE)
    return image.resize(size, Image.Resampling.LANCZOS)


def ridge(width: int, level: float, rough: float, chance: random.Random) -> list[Point]:
    """Draw a hill line from waves that get shorter and lower, as real ridges do."""
    waves = [
        (rough / 1.75**n, 1.1 * 1.9**n * chance.uniform(0.8, 1.2), chance.uniform(0, math.tau))
        for n in range(7)
    ]
    return [
        (
            x,
            level
            + sum(high * math.sin(often * math.tau * x / width + start) for high, often, start in waves),
        )
        for x in range(0, width + FINE, FINE)
    ]


def glow(size: tuple[int, int], centre: Point, radius: float, light: int) -> Image.Image:
    """Make a soft round light as a mask."""
    small = (size[0] // 8, size[1] // 8)
    mask = Image.new("L", small, 0)
    x, y, r = centre[0] / 8, centre[1] / 8, radius / 8
    ImageDraw.Draw(mask).ellipse((x - r, y - r, x + r, y + r), fill=light)
    return mask.filter(ImageFilter.GaussianBlur(r * 0.75)).resize(size, Image.Resampling.BICUBIC)


def seven_hills() -> Image.Image:
    """Paint seven ridges at dusk, each a little darker than the one behind it."""
    chance = seeded(7)
    width, height = 1200 * FINE, 900 * FINE
    image = sky(
        width,
        height,
        ((38, 38, 84), (84, 58, 112), (190, 98, 108), (246, 168, 112), (252, 206, 146), (252, 206, 146)),
    )
    sun = (width * 0.66, height * 0.44)
    for radius, light in ((300, 120), (130, 150)):
        image.paste((255, 206, 150), mask=glow(image.size, sun, radius * FINE, light))
    disc = 62 * FINE
    ImageDraw.Draw(image).ellipse(
        (sun[0] - disc, sun[1] - disc, sun[0] + disc, sun[1] + disc), fill=(255, 238, 206)
    )
    for number in range(7):
        share = number / 6
        level = height * (0.47 + 0.075 * number)
        mask = Image.new("L", image.size, 0)
        line = ridge(width, level, (16 + 9 * number) * FINE, chance)
        ImageDraw.Draw(mask).polygon([*line, (width, height), (0, height)], fill=255)
        near = ramp(((206, 120, 112), (150, 84, 108), (92, 58, 98), (54, 38, 76), (24, 19, 40)), share)
        # Mist gathers at the foot of each ridge.
        foot = mixed(near, (244, 170, 128), 0.42 * (1 - share))
        body = Image.new("RGB", image.size, near)
        body.paste(sky(width, height // 3, (near, near, foot)), (0, round(level)))
        body.paste(foot, (0, round(level) + height // 3, width, height))
        image.paste(body, mask=mask)
    return textured(smoothed(image), grain(1200, 900, chance, 2, 0.05))


def tide_spiral() -> Image.Image:
    """Cut tiles along a shell's spiral in two inks on cream paper."""
    width, height = 900 * FINE, 1200 * FINE
    image = Image.new("RGB", (width, height), (236, 227, 208))
    draw = ImageDraw.Draw(image)
    centre = (width / 2, height / 2)
    arms, rings, growth = 21, 19, 1.2

    def corner(ring: float, arm: float) -> Point:
        radius = 27 * FINE * growth**ring
        angle = math.tau * (arm + 0.42 * ring) / arms
        return centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)

    for ring in range(rings):
        for arm in range(arms):
            inset, across = 0.13, 0.16 + 0.05 * math.sin(arm * 2.4 + ring)
            tile = [
                corner(ring + inset, arm + across),
                corner(ring + inset, arm + 1 - across),
                corner(ring + 1 - inset, arm + 1 - across * 0.8),
                corner(ring + 1 - inset, arm + across * 0.8),
            ]
            ink = (190, 67, 42) if (arm + ring // 4) % 3 == 0 else (22, 52, 62)
            draw.polygon(tile, fill=ink)
    margin = 46 * FINE
    frame = Image.new("L", image.size, 0)
    ImageDraw.Draw(frame).rectangle((margin, margin, width - margin, height - margin), fill=255)
    paper = Image.new("RGB", image.size, (236, 227, 208))
    return smoothed(Image.composite(image, paper, frame)).quantize(48, dither=Image.Dither.NONE)


def blob(draw: ImageDraw.ImageDraw, centre: Point, radius: float, chance: random.Random, fill: int) -> None:
    """Draw a wet, uneven round into a mask."""
    waves = [
        (chance.uniform(0.2, 1) / often**1.6 / 5, often, chance.uniform(0, math.tau))
        for often in (2, 3, 5, 8)
    ]
    outline = []
    for step in range(180):
        angle = math.tau * step / 180
        r = radius * (1 + sum(high * math.sin(often * angle + start) for high, often, start in waves))
        outline.append((centre[0] + r * math.cos(angle), centre[1] + r * math.sin(angle)))
    draw.polygon(outline, fill=fill)


def garden() -> Image.Image:
    """Let rounds of watercolour run into each other, darker where the wet edge dried."""
    chance = seeded(12)
    width, height = 1200, 900
    image = Image.new("RGB", (width, height), (250, 247, 240))
    inks: tuple[Colour, ...] = (
        (86, 152, 142),
        (132, 184, 148),
        (84, 140, 168),
        (168, 202, 186),
        (238, 160, 118),
        (244, 200, 132),
        (222, 118, 112),
    )
    for number in range(50):
        spread = chance.gauss(0, 1), chance.gauss(0, 1)
        centre = (width * (0.5 + 0.19 * spread[0]), height * (0.5 + 0.17 * spread[1]))
        radius = chance.uniform(34, 150) * (1.2 - 0.012 * number)
        ink = inks[chance.choice((0, 0, 1, 1, 2, 2, 3)) if number < 34 else chance.choice((4, 4, 5, 6))]
        mask = Image.new("L", image.size, 0)
        blob(ImageDraw.Draw(mask), centre, radius, chance, 255)
        mask = mask.filter(ImageFilter.GaussianBlur(1.3))
        inner = mask.filter(ImageFilter.GaussianBlur(radius / 7))
        pool = ImageChops.subtract(mask, inner).point([min(255, round(v * 0.62)) for v in range(256)])
        body = mask.point([round(v * strength(number)) for v in range(256)])
        wash = ImageChops.multiply(
            body, grain(width, height, chance, 60, 0.9).point([min(255, v + 90) for v in range(256)])
        )
        wet = ImageChops.multiply(image, Image.new("RGB", image.size, ink))
        image = Image.composite(wet, image, ImageChops.lighter(wash, pool))
    image = textured(image, grain(width, height, chance, 3, 0.06))
    return textured(image, grain(width, height, chance, 7, 0.06))


def strength(number: int) -> float:
    """Return how strong a wash is: the first ones are pale, the last ones speak."""
    return 0.2 + 0.16 * (number / 50)


def room(size: tuple[int, int], box: tuple[int, int, int, int], chance: random.Random) -> Image.Image:
    """Make the mask of a field of colour whose edges breathe."""
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    for _ in range(90):
        left, top, right, bottom = (edge + chance.gauss(0, 9) for edge in box)
        layer = Image.new("L", size, 0)
        ImageDraw.Draw(layer).rectangle((left, top, right, bottom), fill=4)
        mask = ImageChops.add(mask, layer)
    del draw
    return mask.filter(ImageFilter.GaussianBlur(7))


def two_rooms() -> Image.Image:
    """Hang orange over gold in a dark that is not quite black."""
    chance = seeded(5)
    size = (1000, 1200)
    image = sky(*size, ((72, 16, 30), (52, 12, 30), (40, 10, 26)))
    fields: tuple[tuple[tuple[int, int, int, int], tuple[Colour, Colour]], ...] = (
        ((92, 86, 908, 560), ((222, 92, 44), (196, 66, 38))),
        ((92, 632, 908, 1108), ((240, 186, 72), (226, 160, 56))),
    )
    for box, (top, bottom) in fields:
        mask = room(size, box, chance)
        brush = grain(size[0], size[1], chance, 26, 0.55)
        across = grain(size[0] // 10, size[1], chance, 3, 0.5).resize(size, Image.Resampling.BICUBIC)
        uneven = Image.blend(brush, across, 0.5).point([min(255, 168 + v // 2) for v in range(256)])
        colour = sky(*size, (top, top, bottom))
        image.paste(colour, mask=ImageChops.multiply(mask, uneven))
    return textured(image, grain(size[0], size[1], chance, 2, 0.07))


def soundings() -> Image.Image:
    """Let a field of lines tell where something moved below."""
    width, height = 1040 * FINE, 780 * FINE
    image = sky(width, height, ((13, 22, 30), (17, 20, 32), (24, 17, 30)))
    draw = ImageDraw.Draw(image)
    lines = 46
    for number in range(-6, lines + 10):
        share = number / lines
        points = []
        for x in range(0, width + 8, 8):
            across = x / width
            swell = math.exp(-(((across - 0.62) / 0.2) ** 2) - ((share - 0.56) / 0.24) ** 2)
            echo = math.exp(-(((across - 0.24) / 0.13) ** 2) - ((share - 0.3) / 0.2) ** 2)
            lift = 165 * swell * math.cos(across * 24 - share * 13) + 84 * echo * math.sin(
                across * 38 + share * 9
            )
            drift = 20 * math.sin(across * 5.2 + share * 4.4)
            points.append((x, height * share + (lift + drift) * FINE * 0.5))
        light = math.exp(-(((share - 0.55) / 0.3) ** 2))
        ink = mixed(
            (46, 84, 96),
            ramp(((104, 190, 186), (226, 214, 190), (222, 142, 138), (140, 104, 160)), share),
            light,
        )
        draw.line(points, fill=ink, width=round(FINE * (1.2 + 1.5 * light)), joint="curve")
    return smoothed(image)


def grid_study() -> Image.Image:
    """Set sixteen tiles of rounds, quarters and bars in five inks."""
    chance = seeded(41)
    tile, edge = 250 * FINE, 50 * FINE
    side = 4 * tile + 2 * edge
    inks: list[Colour] = [(27, 60, 110), (204, 74, 44), (236, 176, 66), (120, 156, 146), (34, 32, 36)]
    paper: Colour = (242, 234, 218)
    image = Image.new("RGB", (side, side), paper)
    draw = ImageDraw.Draw(image)
    for number in range(16):
        left, top = edge + number % 4 * tile, edge + number // 4 * tile
        ground, shape, accent = chance.sample([*inks, paper], 3)
        draw.rectangle((left, top, left + tile, top + tile), fill=ground)
        _tile(draw, left, top, tile, (number * 5 + number // 4) % 6, shape, accent)
    return smoothed(image).quantize(64, dither=Image.Dither.NONE)


def _tile(
    draw: ImageDraw.ImageDraw, left: int, top: int, tile: int, kind: int, shape: Colour, accent: Colour
) -> None:
    """Draw one tile of the grid; its figure stays within its square."""
    right, bottom, half = left + tile, top + tile, tile // 2
    if kind == 0:
        draw.pieslice((left - tile, top, right, bottom + tile), 270, 360, fill=shape)
        draw.pieslice((left - half, top + half, left + half, bottom + half), 270, 360, fill=accent)
    elif kind == 1:
        draw.ellipse(
            (left + tile * 0.12, top + tile * 0.12, right - tile * 0.12, bottom - tile * 0.12), fill=shape
        )
        draw.ellipse(
            (left + tile * 0.36, top + tile * 0.36, right - tile * 0.36, bottom - tile * 0.36), fill=accent
        )
    elif kind == 2:
        for bar in range(0, 6, 2):
            draw.rectangle((left, top + tile * bar // 6, right, top + tile * (bar + 1) // 6), fill=shape)
    elif kind == 3:
        draw.pieslice((left, top, right + tile, bottom + tile), 180, 270, fill=shape)
        draw.ellipse(
            (left + tile * 0.06, top + tile * 0.06, left + tile * 0.24, top + tile * 0.24), fill=accent
        )
    elif kind == 4:
        draw.polygon(((left, bottom), (right, bottom), (right, top)), fill=shape)
        draw.ellipse(
            (left + tile * 0.14, top + tile * 0.14, left + tile * 0.46, top + tile * 0.46), fill=accent
        )
    else:
        draw.pieslice((left, top - half, right, top + half), 0, 180, fill=shape)
        draw.pieslice((left, top + half, right, bottom + half), 180, 360, fill=accent)


SAMPLES: dict[str, tuple[Any, dict[str, Any]]] = {
    "Last light over seven hills.jpg": (seven_hills, {"quality": 84}),
    "tide-spiral-print-03.png": (tide_spiral, {"optimize": True}),
    "Garden after rain.jpg": (garden, {"quality": 82}),
    "two rooms, one evening.jpg": (two_rooms, {"quality": 84}),
    "soundings_large.jpg": (soundings, {"quality": 72, "optimize": True}),
    "grid-study-16.gif": (grid_study, {"optimize": True}),
}


def main() -> None:
    """Draw every sample and say how large it became."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (draw, options) in SAMPLES.items():
        path = FOLDER / name
        draw().save(path, **options)
        print(f"{path.stat().st_size / 1000:6.1f} kB  {name}")


if __name__ == "__main__":
    main()
