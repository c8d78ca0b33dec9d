"""The main colours of a picture and their plain names."""

from __future__ import annotations

import colorsys
from collections import defaultdict

# Two colours nearer than this (Euclidean, 0-255 a channel) look like one.
_APART = 48
# Where each hue ends, in degrees.
_HUES = (
    (14, "red"),
    (42, "orange"),
    (66, "yellow"),
    (90, "lime"),
    (155, "green"),
    (190, "teal"),
    (215, "sky blue"),
    (252, "blue"),
    (288, "violet"),
    (330, "pink"),
    (360, "red"),
)


def main_colours(pixels: bytes, limit: int = 5) -> list[str]:
    """Find up to `limit` main colours, the most frequent first, as "#rrggbb".

    `pixels` is RGBA, 4 bytes a pixel, of a small picture (cost grows with its pixels); mostly transparent
    pixels do not count.
    """
    boxes: dict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for red, green, blue, alpha in zip(pixels[::4], pixels[1::4], pixels[2::4], pixels[3::4], strict=True):
        if alpha >= 128:
            box = boxes[red >> 5, green >> 5, blue >> 5]
            box[0] += 1
            box[1] += red
            box[2] += green
            box[3] += blue
    chosen: list[tuple[int, int, int]] = []
    for count, red, green, blue in sorted(boxes.values(), reverse=True):
        colour = (red // count, green // count, blue // count)
        if all(_distance(colour, other) >= _APART for other in chosen):
            chosen.append(colour)
        if len(chosen) == limit:
            break
    return ["#{:02x}{:02x}{:02x}".format(*colour) for colour in chosen]


def _distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)


def colour_names(hexes: list[str]) -> list[str]:
    """Return the plain names of "#rrggbb" colours, e.g. "warm brown", without repeats, order kept."""
    return list(dict.fromkeys(_colour_name(colour) for colour in hexes))


def _colour_name(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, light, strength = colorsys.rgb_to_hls(red, green, blue)
    if light < 0.08:
        return "black"
    if light > 0.94:
        return "white"
    degrees, spread = hue * 360, max(red, green, blue) - min(red, green, blue)
    if 20 <= degrees < 70 and light >= 0.75 and spread > 0.05 and strength < 0.75:
        return "cream"
    # Saturation is exaggerated near black and white; the spread between channels is what the eye sees.
    if spread < (0.12 if light > 0.25 else 0.06):
        return _shade(light, "grey")
    if 10 <= degrees < 50 and (light < 0.42 or strength < 0.45) and light < 0.62:
        return "dark brown" if light < 0.22 else "warm brown" if strength > 0.25 else "brown"
    word = next(name for end, name in _HUES if degrees <= end)
    return _shade(light, f"soft {word}" if strength < 0.3 and 0.3 <= light <= 0.72 else word)


def _shade(light: float, word: str) -> str:
    if light < 0.3:
        return f"dark {word}"
    return f"light {word}" if light > 0.72 else word
