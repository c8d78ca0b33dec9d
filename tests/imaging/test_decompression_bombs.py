"""No file may cost more than 10 s or 300 MB, whatever it says about itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from artworks.core.errors import DamagedFile
from artworks.imaging import renditions
from tests.imaging import bombs, hostile, pictures
from tests.imaging.decoders import Cost, cost_of, examine, hash_pixels, make

pytestmark = pytest.mark.slow

SECONDS, MEGABYTES = 10, 300
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="the kernel does not tell a peak of memory"
)
# For what no decoder need see, and for small pictures.
SOON = 2


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, str]]:
    """Return a function that gives one of the bombs as a file with its media type; each is made once."""
    folder = tmp_path_factory.mktemp("bombs")
    return cache(lambda name: pictures.save(folder, name, bombs.BOMBS[name]()))


@pytest.fixture(scope="module")
def cost(bomb: Callable[[str], tuple[Path, str]]) -> Callable[[str], Cost]:
    """Return a function that opens one of the bombs, once, and tells what it cost."""
    return cache(lambda name: cost_of(make, *bomb(name)))


@needs_proc
@pytest.mark.parametrize("name", bombs.BOMBS)
def test_a_bomb_is_answered_within_the_limits(name: str, cost: Callable[[str], Cost]) -> None:
    answer = cost(name)

    assert answer.seconds <= SECONDS, answer
    assert answer.megabytes <= MEGABYTES, answer


@needs_proc
@pytest.mark.parametrize("name", hostile.HOSTILE)
def test_a_file_of_too_many_parts_is_refused_soon(name: str, tmp_path: Path) -> None:
    answer = cost_of(make, *pictures.save(tmp_path, name, hostile.HOSTILE[name]()))

    assert answer.outcome.startswith("refused: This "), answer
    assert "not complete" not in answer.outcome
    assert answer.seconds <= SOON, answer
    assert answer.megabytes <= MEGABYTES, answer


@needs_proc
@pytest.mark.parametrize("name", hostile.ENDLESS)
def test_a_small_picture_is_answered_soon_whatever_is_in_its_file(name: str, tmp_path: Path) -> None:
    answer = cost_of(make, *pictures.save(tmp_path, name, hostile.ENDLESS[name]()))

    assert answer.seconds <= SOON + 0.1, answer
    assert answer.megabytes <= MEGABYTES, answer


@pytest.mark.parametrize("name", hostile.HONEST)
def test_more_parts_than_anybody_has_seen_are_welcome(name: str, tmp_path: Path) -> None:
    assert make(*pictures.save(tmp_path, name, hostile.HONEST[name]())).startswith("opened")


@needs_proc
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("turned.jpg", lambda: bombs.jpeg(10_000, 10_000, exif=bombs.exif(6))),
        ("progressive.jpg", lambda: bombs.jpeg(8_200, 8_200, exif=bombs.exif(3), progressive=True)),
    ],
)
def test_the_pixels_of_a_large_picture_that_is_turned_are_hashed_within_the_memory(
    name: str, data: Callable[[], bytes], tmp_path: Path
) -> None:
    answer = cost_of(hash_pixels, *pictures.save(tmp_path, name, data()))

    assert len(answer.outcome) == len("hashed ") + 64, answer
    assert answer.megabytes <= MEGABYTES, answer


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("header-65500.jpg", "65,500 x 65,500 pixels. The limit is 100 million"),
        ("scans-3000.jpg", "too long to open"),
        ("progressive-100mp.jpg", "too much memory"),
        ("interlaced-100mp.png", "too much memory"),
        ("one-line-100mp.png", "The limit is 65,535 pixels a side"),
        ("grows.gif", "65,001 x 65,001"),
        ("frames-1000000.gif", "more than 5,000 frames"),
        ("tiny-blocks.gif", "too long to open"),
    ],
)
def test_a_bomb_is_refused_by_its_header_in_plain_words(
    name: str, words: str, bomb: Callable[[str], tuple[Path, str]]
) -> None:
    with pytest.raises(DamagedFile, match=words):
        examine(*bomb(name))


@pytest.mark.parametrize("name", ["ztxt.png", "profile.png"])
def test_what_a_decoder_does_not_need_never_reaches_it(
    name: str, bomb: Callable[[str], tuple[Path, str]]
) -> None:
    assert renditions.make(*bomb(name)).width == 64


def test_a_100_megapixel_picture_saved_in_the_usual_way_is_welcome(tmp_path: Path) -> None:
    file = pictures.save(tmp_path, "poster.jpg", bombs.jpeg(10_000, 10_000))

    assert pictures.opened(renditions.make(*file).preview).size == (1280, 1280)
