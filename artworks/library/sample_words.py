"""The words that come with the sample pictures: written by us, marked as samples, and paid for by nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def _words(title: str, description: str, hashtags: str, alt_text: str) -> dict[str, Any]:
    return {
        "post_title": title,
        "description": description,
        "hashtags": hashtags.split(),
        "alt_text": alt_text,
    }


# By the names of the files in static/samples.
SAMPLE_WORDS: Mapping[str, Mapping[str, Any]] = {
    "Garden after rain.jpg": _words(
        "Garden after rain",
        "Drops of sea green, pale blue and a little orange run into each other on white paper. "
        "Where they overlap, the colours grow deep and a garden begins to show.",
        "#watercolor #abstract #green #garden #softcolors",
        "Many see-through circles in green, blue and orange overlap on a white ground.",
    ),
    "Last light over seven hills.jpg": _words(
        "Last light over seven hills",
        "The sun is half gone behind the last ridge. Hill stands behind hill, from almost black in front to rose "
        "in the distance, and the sky above turns violet.",
        "#sunset #landscape #hills #violet #eveninglight",
        "A pale sun sets behind rows of hills, dark in front and pink far away, under a violet sky.",
    ),
    "grid-study-16.gif": _words(
        "Grid study no. 16",
        "Sixteen squares, four shapes and six colours. Quarter circles, stripes and dots take turns, "
        "and no two neighbours are alike.",
        "#geometric #grid #pattern #primarycolors #graphicart",
        "A grid of four by four squares with quarter circles, stripes and dots in red, yellow, blue, black and white.",
    ),
    "soundings_large.jpg": _words(
        "Soundings",
        "Fine lines cross the dark from side to side. Somewhere in the middle they rise and fall like a hill "
        "under the sea, first green, then cream, then rose.",
        "#linework #waves #dark #minimal #abstract",
        "Thin bright lines run across a dark ground and rise in waves in the middle.",
    ),
    "tide-spiral-print-03.png": _words(
        "Tide spiral, print three",
        "Dark blue and red pieces turn around one small point and grow towards the edge. "
        "The longer one looks, the more it moves.",
        "#spiral #print #opart #blueandred #pattern",
        "A spiral of dark blue and red pieces on cream paper turns around a small circle.",
    ),
    "two rooms, one evening.jpg": _words(
        "Two rooms, one evening",
        "An orange field above, a yellow one below, both with soft edges on dark red. "
        "Two lit windows, seen from outside.",
        "#colorfield #abstract #orange #yellow #warmcolors",
        "Two soft rectangles, orange above and yellow below, on a dark red ground.",
    ),
}
