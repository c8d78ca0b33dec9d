"""Compare renditions with what Chromium draws of the same files: ``python -m scripts.compare_with_chromium [KIND …]``.

Hundreds of odd pictures are made (scripts/odd_pictures.py), in KINDS; all, unless some are named. Each is drawn
by a headless Chromium at the size of the preview and of the thumbnail, on a dark and on a light ground, and so are the
renditions. They look the same where the mean of each channel differs by at most 8 of 255, and that of each block of 8
x 8 pixels by at most 25. Prints the share of each kind, and those that differ; status 1 below 99 % in all.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from artworks.core.errors import DamagedFile
from artworks.imaging import renditions
from scripts.chromium_pixels import apart, chromium, size_of
from scripts.odd_drawings import Odd
from scripts.odd_pictures import KINDS

MEAN, BLOCK = 8, 25
WANTED = 0.99


def problem(page: Page, odd: Odd, folder: Path) -> str | None:
    """Return in which way the renditions of a picture look otherwise; None where they do not, or nothing is seen."""
    path = folder / "odd"
    path.write_bytes(odd.data)
    shown = size_of(page, odd.data)
    if shown is None:
        return None
    try:
        made = renditions.make(path, odd.media_type)
    except DamagedFile as error:
        return error.message
    if (made.width, made.height) != shown:
        return f"{made.width} x {made.height} instead of {shown[0]} x {shown[1]}"
    for name, rendition in (("preview", made.preview), ("thumbnail", made.thumbnail)):
        whole, block = apart(page, odd.data, rendition)
        if whole > MEAN or block > BLOCK:
            return f"{name}: {whole:.1f} in the mean, {block:.0f} in a block"
    return None


def print_share(kind: str, same: int, whole: int) -> None:
    """Print how many pictures of a kind look the same."""
    print(f"{kind:12} {same:5} of {whole:5}  {same / whole:7.2%}", flush=True)


def main(kinds: list[str]) -> int:
    """Compare the pictures of these kinds, and print what differs."""
    same, whole = 0, 0
    for kind in kinds:
        # A browser for each kind: what it has drawn stays in its memory.
        with tempfile.TemporaryDirectory() as folder, chromium() as page:
            found = []
            for odd in KINDS[kind]():
                found.append(problem(page, odd, Path(folder)))
                if found[-1]:
                    print(f"  {odd.name}: {found[-1]}", flush=True)
        print_share(kind, found.count(None), len(found))
        same, whole = same + found.count(None), whole + len(found)
    print_share("all", same, whole)
    return 0 if same >= WANTED * whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(KINDS)))
