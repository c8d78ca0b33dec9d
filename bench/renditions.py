"""Compare ways to make a thumbnail and a preview, in one run: ``python -m bench.renditions [ROUNDS]``.

Of photographs, and of what is drawn: flat colours with soft edges, letters, shapes that are see-through around.

Ours is the whole of `artworks.imaging.renditions.make`: guard, full read, preview, thumbnail, colours. Pillow's is the
fastest usual way (draft decode, reducing gap) to the same two sizes, without a guard and without noticing
damage, and always with loss. Compare the ratios; the milliseconds depend on the machine. To compare with another
version of the program, run this file in the folders of both, in turn.
"""

from __future__ import annotations

import io
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageOps

from artworks.imaging import renditions
from utils import sniff


def photograph(width: int, height: int) -> Image.Image:
    """Make a picture with detail of every size, as a photograph has."""
    layers = [
        Image.effect_noise((max(2, width // size), max(2, height // size)), 70).resize((width, height))
        for size in (200, 40, 8, 2)
    ]
    mixed = layers[0]
    for layer in layers[1:]:
        mixed = Image.blend(mixed, layer, 0.35)
    return Image.merge("RGB", (mixed, Image.blend(mixed, layers[0], 0.5), Image.blend(mixed, layers[1], 0.3)))


def drawing(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Make a picture of flat colours with dark outlines and soft edges, nothing around them where there is alpha."""
    chance, large = random.Random(1), (2 * width, 2 * height)
    image = Image.new(mode, large, (240, 230, 210, 0)[: len(mode)])
    for _ in range(60):
        left, top, size = chance.randrange(large[0]), chance.randrange(large[1]), chance.randrange(width // 2)
        colour = tuple(chance.randrange(256) for _ in range(3))
        ImageDraw.Draw(image).ellipse(
            (left, top, left + size, top + size), fill=colour, outline=(20, 10, 30), width=12
        )
    return image.resize((width, height), Image.Resampling.LANCZOS)


def letters(width: int, height: int) -> Image.Image:
    """Make a page of letters with a coloured bar, as a screenshot has."""
    image = Image.new("RGB", (width, height), (250, 250, 252))
    draw = ImageDraw.Draw(image)
    for top in range(0, height, 14):
        colour = (top * 40 % 256, top * 90 % 256, top * 10 % 256)
        draw.text((4, top), "A heron at dusk, drawn in ink and watercolour. " * 6, fill=colour)
    draw.rectangle((width // 2, 0, width, height // 6), fill=(20, 90, 200))
    return image


def pictures(folder: Path) -> dict[str, Path]:
    """Write the pictures the comparison is about."""
    whole = photograph(4000, 3000)
    kinds: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "12 MP baseline.jpg": (whole, {"quality": 88}),
        "12 MP progressive.jpg": (whole, {"quality": 88, "progressive": True}),
        "2 MP.png": (whole.resize((1600, 1200)), {}),
        "0.5 MP.gif": (whole.resize((800, 600)).quantize(), {}),
        "drawing 7 MP.png": (drawing(3000, 2250), {}),
        "drawing 1 MP.png": (drawing(1200, 900), {}),
        "letters 2 MP.png": (letters(1920, 1080), {}),
        "letters 1 MP.png": (letters(1200, 800), {}),
        "see-through 1 MP.png": (drawing(1200, 900, "RGBA"), {}),
        "drawing 0.5 MP.gif": (drawing(800, 600).quantize(32), {}),
    }
    for name, (image, options) in kinds.items():
        image.save(folder / name, **options)
    return {name: folder / name for name in kinds}


def by_pillow(path: Path) -> None:
    """Make both sizes with Pillow."""
    image: Image.Image = Image.open(path, formats=["PNG", "JPEG", "GIF"])
    image.draft("RGB", (1280, 1280))
    image = ImageOps.exif_transpose(image)
    if image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGB")
    kind = "JPEG" if image.mode == "RGB" else "WEBP"
    for longest in (1280, 320):
        image.thumbnail((longest, longest), reducing_gap=2)
        image.save(io.BytesIO(), kind, quality=82, method=2)


def by_us(path: Path) -> None:
    """Make both sizes as the program does."""
    with path.open("rb") as file:
        media_type = sniff(file.read(32))
    renditions.make(path, media_type)


def milliseconds(work: Callable[[Path], None], path: Path, rounds: int) -> float:
    """Return the median time of one picture."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work(path)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def pictures_per_second(work: Callable[[Path], None], paths: list[Path], threads: int) -> float:
    """Return the throughput over a mix of pictures with some threads."""
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, paths))
    return len(paths) / (time.perf_counter() - started)


def main(rounds: int) -> None:
    """Print a table: each picture both ways, then two mixes on four threads.

    One is 60 JPEG : 20 PNG : 10 GIF, all photographs; one is each drawing once.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = pictures(Path(folder))
        print(f"{'':22} {'ours':>8} {'Pillow':>8}   ours / Pillow")
        for name, path in paths.items():
            ours, pillow = (milliseconds(work, path, rounds) for work in (by_us, by_pillow))
            print(f"{name:22} {ours:6.0f} ms {pillow:6.0f} ms   {ours / pillow:.2f}")
        jpeg, _, png, gif, *drawn = paths.values()
        for name, mix in (
            ("mix, four threads", [jpeg] * 6 + [png] * 2 + [gif]),
            ("drawings, four threads", drawn),
        ):
            ours, pillow = (
                pictures_per_second(work, mix * max(1, rounds // 2), 4) for work in (by_us, by_pillow)
            )
            print(f"{name:22} {ours:6.1f} /s {pillow:6.1f} /s   {ours / pillow:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
