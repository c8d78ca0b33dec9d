"""Send pictures of every format and depth through a started program: ``python -m scripts.try_formats [COUNT]``.

Of each of COUNT made files (1,000 unless said otherwise) of the kinds in `scripts.made_formats`: it is uploaded with
convert=1, its small copies are there and show what was drawn, its original comes back byte for byte, what was exact is
exact still, and sent again it is known. Those that cannot be taken are named, with no offer to turn them. Of each kind
the upload tray says in a browser what the server says. Every drawing comes in all kinds, so that the search for
look-alikes has to find pairs, of the same pixels too. The program runs in a temporary folder.
"""

from __future__ import annotations

import base64
import hashlib
import io
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat
from playwright.sync_api import Page, sync_playwright

from scripts.browser import installed
from scripts.made_formats import REFUSED, TAKEN, Kind
from tests.support.program import Program

COUNT = 1000
# Mean difference a channel that a lossy format at high quality may make.
LOSSY = 14.0
KINDS = TAKEN + REFUSED
# What the tray says of a file before it is sent; null of one that is sent as it is.
TRAY = """async (text) => {
  const { refusal } = await import(document.querySelector(`link[href*="upload/file_check.js"]`).href);
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return refusal(new File([bytes], "Heron"), 16);
}"""


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


def faults(client: httpx.Client, kind: Kind, shown: Image.Image, data: bytes) -> Iterator[str]:
    """Yield what is wrong with one picture on its way through the program."""
    form = {"convert": "1"}
    answer = client.post("/api/images", files={"files": (f"{kind.name}.bin", data)}, data=form)
    if answer.status_code != 201:
        yield f"{answer.status_code} {answer.text[:300]}"
        return
    (image,) = answer.json()["images"]
    original = client.get(image["urls"]["original"]).content
    if len(original) != image["size_bytes"] or (image["converted_from"] is None and original != data):
        yield "the original is not what was stored"
    for small in ("preview", "thumbnail", "phone"):
        copy = client.get(image["urls"].get(small) or f"/images/{image['id']}/{small}")
        if copy.status_code != 200 or max(Image.open(io.BytesIO(copy.content)).size) > 1280:
            yield f"no {small}"
        elif small != "thumbnail":
            yield from _differences(kind, small, copy.content, shown, LOSSY)
    if (image["width"], image["height"]) != shown.size:
        yield f"{image['width']} x {image['height']} rather than {shown.size}"
    yield from _differences(kind, "original", original, shown, 0 if kind.exact else LOSSY)
    again = client.post("/api/images", files={"files": ("again.bin", data)}, data=form).json()
    if [one["image_id"] for one in again["duplicates"]] != [image["id"]]:
        yield "is not known when it comes again"
    if client.get(image["urls"]["original"]).content != original:
        yield "the original changed"


def _differences(kind: Kind, name: str, data: bytes, shown: Image.Image, most: float) -> Iterator[str]:
    """Yield how a picture that came back is not what was drawn; colours only where the kind keeps them."""
    found = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    if found.size != shown.size:
        yield f"{name}: {found.size} rather than {shown.size}"
    elif kind.coloured:
        difference = ImageStat.Stat(ImageChops.difference(found, shown)).mean
        if max(difference) > most:
            yield f"{name} differs by {[round(value, 1) for value in difference]}"


def wrongly_taken(client: httpx.Client, kind: Kind, data: bytes) -> Iterator[str]:
    """Yield what is wrong with how a file is refused, at the first step and when it was asked to be turned."""
    for form in ({}, {"convert": "1"}):
        answer = client.post("/api/images", files={"files": ("Heron.jpg", data)}, data=form)
        (rejected,) = answer.json()["rejected"] or [{}]
        if answer.status_code not in (415, 422) or rejected.get("convertible"):
            yield f"{answer.status_code} {answer.text[:200]}"
        elif not form and rejected["format"] != kind.refused_as:
            yield f"{rejected['format']} rather than {kind.refused_as}"


def disagreements(client: httpx.Client, page: Page, data: bytes) -> Iterator[str]:
    """Yield where the tray and the server say other things of a file that is not to be turned yet."""
    said = page.evaluate(TRAY, base64.b64encode(data).decode())
    if said is None:
        # It asks the server, as of texts.
        return
    answer = client.post("/api/images", files={"files": ("Heron", data)}).json()
    (refused,) = answer["rejected"] or [None]
    if refused is None:
        yield f"the tray refuses what the server takes: {said['note']}"
    elif said["convertible"] != refused["convertible"]:
        yield f"the tray offers {said['convertible']}: {said['note']}; the server: {refused['error']['message']}"
    elif refused["error"]["message"].startswith("This TIFF") and said["note"] != refused["error"]["message"]:
        yield f"the tray says: {said['note']}; the server: {refused['error']['message']}"


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
    sent: set[bytes] = set()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Path(folder))
        program.start()
        try:
            with (
                httpx.Client(base_url=program.url, timeout=120) as client,
                sync_playwright() as playwright,
                playwright.chromium.launch(executable_path=installed()) as browser,
            ):
                page = browser.new_page()
                page.goto(program.url)
                for number in range(count):
                    kind = KINDS[number % len(KINDS)]
                    # One drawing in all formats, then the next one.
                    shown = drawing(number // len(KINDS))
                    data = kind.write(shown)
                    sent.add(hashlib.sha256(data).digest())
                    found = (
                        wrongly_taken(client, kind, data)
                        if kind.refused_as
                        else faults(client, kind, shown, data)
                    )
                    # Before it is turned, as it is known then.
                    said = disagreements(client, page, data) if number < len(KINDS) else ()
                    for fault in chain(said, found):
                        wrong[kind.name] += 1
                        print(f"{kind.name}, picture {number}: {fault}", flush=True)
                pairs = look_alikes(client)
                print(f"Pairs that look alike: {pairs['counts']}.")
                wrong["look-alikes"] += not all(pairs["counts"][kind] for kind in ("pixels", "looks"))
        finally:
            program.end(signal.SIGTERM)
    print(
        f"{len(sent)} different files of {len(KINDS)} kinds in {time.monotonic() - begun:.0f} s, "
        f"{sum(wrong.values())} faults."
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if sys.argv[1:] else COUNT))
