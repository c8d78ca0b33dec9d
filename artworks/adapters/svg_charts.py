"""Bar charts as SVG for the inside of a page: laid out by pygal, coloured by the page's own styles."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import pygal  # type: ignore[import-untyped]
from pygal.style import Style  # type: ignore[import-untyped]

# pygal leaves an importer for its maps behind, of a kind that Python warns about at every later import.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

# What of pygal's drawing goes into the page. The rest is a style sheet, a script, tooltips that need the script, and
# grounds: the content security policy forbids the first two, and the page has its own look.
KEPT = {
    "g": ("class", "transform"),
    "rect": ("x", "y", "width", "height"),
    "path": ("d", "class"),
    "text": ("x", "y"),
}
DROPPED = frozenset(("background", "overlay", "text-overlay", "tooltip-overlay", "titles"))
NUMBER = re.compile(r"\d+\.\d+")
FONT_SIZE = 12
NO_BREAK_SPACE = "\u00a0"
LEAST_HEIGHT = 0.05
MOST_STEPS = 4
# A label under every seventh bar, so that the labels of days fall on the same day of the week.
LABEL_EVERY = 7


@dataclass(frozen=True)
class Bars:
    """What a chart shows: a label for each bar, and the bar's parts from the bottom up.

    `name` and `about` are heard where the chart cannot be seen, `told` is shown beside the pointer, one text a bar.
    `write` makes the text of a value at the side; two of those are `least` apart or more.
    """

    name: str
    about: str
    labels: Sequence[str]
    parts: Sequence[Sequence[float]]
    titles: Sequence[str]
    write: Callable[[float], str]
    least: float = 1

    @property
    def sums(self) -> list[float]:
        """How long each bar is."""
        return [sum(values) for values in zip(*self.parts, strict=True)]

    @property
    def lines(self) -> list[float]:
        """The values at the side."""
        return scale(max(self.sums), self.least)


def label_width(*charts: Bars) -> int:
    """Return the letters that the longest value at the side has, so that charts below each other begin alike."""
    return max(len(bars.write(value)) for bars in charts for value in bars.lines)


def draw(bars: Bars, width: int, height: int, *, letters: int = 0, pointed: bool = True) -> str:
    """Draw a chart of that size in CSS pixels, which the page may scale.

    `letters` is the room at the side at least, `pointed` adds what the pointer is told.

    The classes are pygal's: `axis x`, `axis y`, and `serie-0`, `serie-1`… for the parts; the last one, with `pointed`,
    fills each bar up to the top, so that a column can be pointed at anywhere.
    """
    chart = _chart(bars, width, height, letters)
    for part in bars.parts:
        chart.add("", _labelled_values(part, bars.titles if pointed else ()))
    if pointed:
        chart.add("", _labelled_values([bars.lines[-1] - value for value in bars.sums], bars.titles))
    root = Element(
        "svg",
        {"class": "chart", "viewBox": f"0 0 {width} {height}", "role": "img", "aria-label": bars.name},
    )
    SubElement(root, "desc").text = bars.about
    for node in chart.render_tree():
        _copy(node, root)
    return tostring(root, encoding="unicode")


def scale(most: float, least: float) -> list[float]:
    """Return the values at the side: from zero, in steps of 1, 2 or 5, up to the first one that `most` fits under."""
    rough = max(most / MOST_STEPS, least)
    power = 10.0 ** math.floor(math.log10(rough))
    # A millionth of tolerance: 0.3 / 0.1 is a little less than 3.
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power > rough * (1 - 1e-6))
    return [round(step * number, 9) for number in range(max(1, math.ceil(most / step - 1e-6)) + 1)]


def _chart(bars: Bars, width: int, height: int, letters: int) -> Any:
    chart = pygal.StackedBar(
        width=width,
        height=height,
        style=Style(label_font_size=FONT_SIZE, major_label_font_size=FONT_SIZE),
        value_formatter=lambda value: bars.write(value).rjust(letters, NO_BREAK_SPACE),
        y_labels=bars.lines,
        x_labels=list(bars.labels),
        x_labels_major_every=LABEL_EVERY,
        show_minor_x_labels=False,
        truncate_label=-1,
        show_legend=False,
        spacing=4,
        margin=0,
        # The topmost label and the letters below the line reach out that far.
        margin_top=8,
        margin_bottom=4,
        css=[],
        js=[],
    )
    # Room between the columns, as part of a column on either side.
    chart._series_margin, chart._serie_margin = 0.12, 0
    return chart


def _labelled_values(values: Sequence[float], titles: Sequence[str]) -> list[Any]:
    if not titles:
        return list(values)
    return [{"value": value, "label": text} for value, text in zip(values, titles, strict=True)]


def _copy(node: Any, parent: Element) -> None:
    """Copy what is kept of a node and of all within it; a comment has a function for a tag."""
    classes = set(node.get("class", "").split())
    if node.tag not in KEPT or classes & DROPPED or _is_nothing(node):
        return
    copy = SubElement(parent, node.tag, dict(_attributes(node)))
    copy.text = node.text
    for child in node:
        if child.tag == "desc" and child.get("class") == "label":
            SubElement(copy, "title").text = child.text
        _copy(child, copy)
    if node.tag == "g" and not any(part.tag in ("rect", "path", "text") for part in copy.iter()):
        parent.remove(copy)


def _is_nothing(node: Any) -> bool:
    """Return whether a bar has no height; sums of fractions are seldom exactly nothing."""
    return node.tag == "rect" and float(node.get("height")) < LEAST_HEIGHT


def _attributes(node: Any) -> Iterator[tuple[str, str]]:
    """Yield the attributes that are kept, with a tenth of a pixel as the least that matters."""
    for name in KEPT[node.tag]:
        if value := node.get(name):
            yield name, NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value)
