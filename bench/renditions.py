"""Compare ways to make a thumbnail and a preview, in one run: ``python -m bench.renditions [ROUNDS]``.

Ours is the whole of `artworks.imaging.renditions.make`: guard, full read, preview, thumbnail, colours. Pillow's is the
fastest usual way (draft decode, reducing gap) to the same two sizes, without a guard and without noticing
damage. Compare the ratios; the milliseconds depend on the machine.
"""

from __future__ import annotations

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

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


def pictures(folder: Path) -> dict[str, Path]:
    """Write the pictures the comparison is about."""
    whole = photograph(4000, 3000)
    kinds: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "12 MP baseline.jpg": (whole, {"quality": 88}),
        "12 MP progressive.jpg": (whole, {"quality": 88, "progressive": True}),
        "2 MP.png": (whole.resize((1600, 1200)), {}),
        "0.5 MP.gif": (whole.resize((800, 600)).quantize(), {}),
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
    for longest in (1280, 320):
        image.thumbnail((longest, longest), reducing_gap=2)
        image.save(io.BytesIO(), "JPEG", quality=82)


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
    """Print a table: each picture both ways, then 60 JPEG : 20 PNG : 10 GIF on four threads."""
    with tempfile.TemporaryDirectory() as folder:
        paths = pictures(Path(folder))
        print(f"{'':22} {'ours':>8} {'Pillow':>8}   ours / Pillow")
        for name, path in paths.items():
            ours, pillow = (milliseconds(work, path, rounds) for work in (by_us, by_pillow))
            print(f"{name:22} {ours:6.0f} ms {pillow:6.0f} ms   {ours / pillow:.2f}")
        jpeg, _, png, gif = paths.values()
        mix = [jpeg] * 6 + [png] * 2 + [gif]
        ours, pillow = (
            pictures_per_second(work, mix * max(1, rounds // 2), 4) for work in (by_us, by_pillow)
        )
        print(f"{'mix, four threads':22} {ours:6.1f} /s {pillow:6.1f} /s   {ours / pillow:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
