"""The comparison with Chromium: its pictures are the same each time, and it sees a difference."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from scripts.chromium_pixels import apart, chromium, size_of
from scripts.odd_drawings import cut_out, saved, shapes
from scripts.odd_pictures import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_made_the_same_each_time(kind: str) -> None:
    one, again = next(KINDS[kind]()), next(KINDS[kind]())

    assert one == again
    assert one.media_type in ("image/jpeg", "image/png", "image/gif")


@pytest.mark.browser
def test_colours_blocks_and_what_is_see_through_are_compared() -> None:
    # In a thread of its own: this one may have the browser of other tests.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(compare_shapes).result()


def compare_shapes() -> None:
    """Compare pictures that are the same, darker, spotted and cut out."""
    image = shapes((64, 48))
    plain, dimmed = saved(image, "PNG"), saved(image.point(lambda value: value * 8 // 10), "PNG")
    spotted = image.copy()
    spotted.paste((255, 0, 255), (8, 8, 16, 16))

    with chromium() as page:
        assert size_of(page, plain) == (64, 48)
        assert size_of(page, plain[:30]) is None
        assert apart(page, plain, plain) == (0, 0)
        assert apart(page, plain, dimmed)[0] > 8
        whole, block = apart(page, plain, saved(spotted, "PNG"))
        assert whole < 8
        assert block > 25
        assert apart(page, plain, saved(cut_out(image), "PNG"))[0] > 8
