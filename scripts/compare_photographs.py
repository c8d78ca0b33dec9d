"""Compare two folders of photographs pixel by pixel, and say which pages differ and where.

`python -m scripts.compare_photographs BEFORE AFTER` ends with 1 when any page differs, or stands in one folder only.
"""

from __future__ import annotations

import sys
from functools import reduce
from pathlib import Path

from PIL import Image, ImageChops

# A browser does not round the edge of a rounded corner the same way every time: so few pixels, each off by so little
# of 255, are no difference.
NOISE_PIXELS, NOISE_LEVELS = 100, 32


def main() -> int:
    """Print one line for each page that differs."""
    before, after = Path(sys.argv[1]), Path(sys.argv[2])
    names = sorted({path.name for folder in (before, after) for path in folder.glob("*.png")})
    found = {name: told for name in names if (told := difference(before / name, after / name))}
    for name, told in found.items():
        print(f"{name}: {told}")
    print(f"{len(names)} photographs, {len(found)} differ")
    return 1 if found or not names else 0


def difference(before: Path, after: Path) -> str:
    """Say what differs between two photographs; nothing when they are the same."""
    for path in (before, after):
        if not path.exists():
            return f"is not in {path.parent}"
    with Image.open(before) as one, Image.open(after) as other:
        if one.size != other.size:
            return f"was {one.width} x {one.height}, is {other.width} x {other.height}"
        changed = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    # The channel that differs most, for each pixel.
    levels = reduce(ImageChops.lighter, changed.split())
    counts = levels.histogram()
    if sum(counts[1:]) <= NOISE_PIXELS and not any(counts[NOISE_LEVELS + 1 :]):
        return ""
    left, top, right, bottom = levels.getbbox() or (0, 0, 0, 0)
    return f"from {left}, {top} to {right}, {bottom}"


if __name__ == "__main__":
    sys.exit(main())
