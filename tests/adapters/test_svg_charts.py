"""The charts: what is drawn, and that nothing is in them which the page's security policy would stop."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from artworks.adapters import svg_charts as charts
from artworks.adapters.svg_charts import Bars

SVG = "{http://www.w3.org/2000/svg}"
LABELS = [f"{day} Nov" for day in range(1, 31)]


def bars(*parts: list[float], least: float = 1, told: str = "told") -> Bars:
    labels = LABELS[: len(parts[0])]
    return Bars(
        "Calls by day", "Most on 2 Nov.", labels, parts, [told] * len(labels), lambda v: f"{v:g}", least
    )


def drawn(chart: Bars, **choice: bool) -> Element:
    return fromstring(charts.draw(chart, 400, 200, **choice))


def columns(root: Element, part: int) -> list[Element]:
    """Return the rectangles of one part of the bars."""
    return [
        rect
        for group in root.iter()
        if f"serie-{part}" in group.get("class", "").split()
        for rect in group.iter()
        if rect.tag.endswith("rect")
    ]


def texts(root: Element, axis: str) -> list[str]:
    [group] = [group for group in root.iter() if {"axis", axis} <= set(group.get("class", "").split())]
    return [(text.text or "").strip() for text in group.iter() if text.tag.endswith("text")]


def test_nothing_is_in_it_that_the_security_policy_stops() -> None:
    text = charts.draw(bars([1, 2, 0], [0, 1, 0], told="<script>&"), 400, 200)
    root = fromstring(text)
    tags = {node.tag.removeprefix(SVG) for node in root.iter()}
    assert tags == {"svg", "desc", "g", "rect", "path", "text", "title"}
    names = {name for node in root.iter() for name in node.attrib}
    assert names <= {
        "class", "viewBox", "role", "aria-label", "transform", "x", "y", "width", "height", "d"
    }  # fmt: skip
    for wrong in ("<?xml", "<!--", "<script", "<style", "style=", "http:", "pygal"):
        assert wrong not in text, wrong


def test_bars_are_as_high_as_their_values() -> None:
    [one, four] = columns(drawn(bars([1, 0, 4])), 0)
    assert float(four.attrib["height"]) == pytest.approx(4 * float(one.attrib["height"]), abs=0.3)
    assert float(one.attrib["x"]) < float(four.attrib["x"])


def test_parts_stand_on_each_other() -> None:
    root = drawn(bars([2, 1], [1, 0]))
    [low, _] = columns(root, 0)
    [high] = columns(root, 1)
    assert low.attrib["x"] == high.attrib["x"]
    assert float(high.attrib["y"]) + float(high.attrib["height"]) == pytest.approx(
        float(low.attrib["y"]), abs=0.2
    )


def test_a_column_can_be_pointed_at_up_to_the_top() -> None:
    root = drawn(bars([2, 0, 4], told="3 Nov: $0.10"))
    told = [title.text for title in root.iter() if title.tag.endswith("title")]
    assert told == ["3 Nov: $0.10"] * 4
    tops = {rect.attrib["y"] for rect in columns(root, 1)} | {columns(root, 0)[-1].attrib["y"]}
    assert len(columns(root, 1)) == 2
    assert len(tops) == 1


def test_a_phone_is_told_nothing_beside_a_pointer() -> None:
    root = drawn(bars([2, 0, 4]), pointed=False)
    assert [node for node in root.iter() if node.tag.endswith("title")] == []
    assert columns(root, 1) == []


def test_it_has_a_name_and_says_what_it_is_about() -> None:
    root = drawn(bars([1, 2]))
    assert (root.get("role"), root.get("aria-label")) == ("img", "Calls by day")
    assert root[0].tag.endswith("desc")
    assert root[0].text == "Most on 2 Nov."


def test_every_seventh_bar_has_a_label() -> None:
    root = drawn(bars([1.0] * 30))
    assert texts(root, "x") == ["1 Nov", "8 Nov", "15 Nov", "22 Nov", "29 Nov"]
    assert texts(root, "y") == ["0", "1"]


def test_charts_below_each_other_begin_alike() -> None:
    small, large = bars([1, 2]), bars([1000, 123_456])
    letters = charts.label_width(small, large)
    assert letters == len("200000")
    starts = {
        node.get("transform")
        for chart in (small, large)
        for node in fromstring(charts.draw(chart, 400, 200, letters=letters)).iter()
        if node.get("class") == "plot"
    }
    assert len(starts) == 1


@pytest.mark.parametrize(
    ("most", "least", "lines"),
    [
        (0, 1, [0, 1]),
        (1, 1, [0, 1]),
        (3, 1, [0, 1, 2, 3]),
        (5, 1, [0, 2, 4, 6]),
        (77, 1, [0, 20, 40, 60, 80]),
        (1234, 1, [0, 500, 1000, 1500]),
        (0.00002, 0.0001, [0, 0.0001]),
        (0.3, 0.0001, [0, 0.1, 0.2, 0.3]),
        (0.0042, 0.0001, [0, 0.002, 0.004, 0.006]),
    ],
)
def test_the_lines_are_at_round_values(most: float, least: float, lines: list[float]) -> None:
    assert charts.scale(most, least) == lines
