"""Small good pictures of every kind, made by Pillow, which the program itself does not use."""

from __future__ import annotations

import io
import random
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageDraw

MEDIA_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".gif": "image/gif"}

# Corners in reading order, far apart so that JPEG does not mix them up.
CORNERS = ((220, 30, 30), (30, 180, 60), (30, 60, 220), (240, 220, 40))


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Write an image as bytes of one format ("JPEG", "PNG", "GIF")."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    """Read a picture with Pillow, wholly."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def save(folder: Path, name: str, data: bytes) -> tuple[Path, str]:
    """Write bytes to a file; gives its path and the media type its ending means."""
    path = folder / name
    path.write_bytes(data)
    return path, MEDIA_TYPES[path.suffix]


def corners(width: int = 80, height: int = 60, mode: str = "RGB") -> Image.Image:
    """Draw four quarters in the colours of CORNERS."""
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    for place, colour in enumerate(CORNERS):
        left, top = (place % 2) * width // 2, (place // 2) * height // 2
        draw.rectangle((left, top, left + width // 2, top + height // 2), fill=colour)
    return image.convert(mode)


def textured(width: int = 640, height: int = 480) -> Image.Image:
    """Draw a picture with detail everywhere, as a photograph has."""
    noise = speckle((width, height), 60)
    ramp = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", (noise, ramp, Image.blend(noise, ramp, 0.5)))


def flat(colour: Any, mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Draw one colour."""
    return Image.new(mode, size, colour)


@cache
def speckle(size: tuple[int, int], sigma: int, seed: int = 1) -> Image.Image:
    """Make the same grey noise every time; Pillow's own differs from run to run."""
    values = random.Random(seed)
    grey = bytes(min(255, max(0, round(values.gauss(128, sigma)))) for _ in range(size[0] * size[1]))
    return Image.frombytes("L", size, grey)


def animation(frames: int = 6, size: tuple[int, int] = (90, 70), noisy: bool = True) -> bytes:
    """Make an animated GIF with transparency and frames that clear themselves."""
    pictures = []
    for number in range(frames):
        base = speckle(size, 80, seed=number) if noisy else Image.new("L", size, 40)
        picture = Image.merge("RGBA", (base, base, base, Image.new("L", size, 0)))
        ImageDraw.Draw(picture).ellipse(
            (number * 5, 5, number * 5 + 40, 45), fill=(200, 40 + number, 60, 255)
        )
        picture.putalpha(Image.linear_gradient("L").resize(size).point(lambda v: 255 if v > 60 else 0))
        pictures.append(picture)
    return encode(
        pictures[0], "GIF", save_all=True, append_images=pictures[1:], disposal=2, duration=50, loop=0
    )


def srgb_profile() -> bytes:
    """Return an sRGB colour profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def near(pixel: Any, wanted: tuple[int, ...], by: int = 12) -> bool:
    """Return whether two colours look alike."""
    return all(abs(a - b) <= by for a, b in zip(pixel, wanted, strict=True))
