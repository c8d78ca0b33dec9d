"""No file may cost more than 10 s or 300 MB, whatever it says about itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from adapters import renditions
from errors import DamagedFile
from tests.adapters import bombs, pictures
from tests.program import PATIENCE

ROOT = Path(__file__).parents[2]
SECONDS, MEGABYTES = 10, 300


def probe(path: Path, *what: str) -> dict[str, Any]:
    """Open a picture in a process of its own, so that the peak of memory is its own."""
    command = [sys.executable, "-m", "tests.adapters.probe", str(path), *what]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert result.returncode == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, str]]:
    """Give a function that gives one of the bombs as a file with its media type; each is made once."""
    folder = tmp_path_factory.mktemp("bombs")
    return cache(lambda name: pictures.save(folder, name, bombs.BOMBS[name]()))


@pytest.fixture(scope="module")
def probed(bomb: Callable[[str], tuple[Path, str]]) -> Callable[[str], dict[str, Any]]:
    """Give a function that opens one of the bombs, once, and tells what it cost."""
    return cache(lambda name: probe(bomb(name)[0]))


@pytest.mark.parametrize("name", bombs.BOMBS)
def test_a_bomb_is_answered_within_the_limits(name: str, probed: Callable[[str], dict[str, Any]]) -> None:
    answer = probed(name)

    assert answer["seconds"] <= SECONDS, answer
    assert answer["grown_mb"] <= MEGABYTES, answer


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
    path, _ = pictures.save(tmp_path, name, data())

    answer = probe(path, "pixels")

    assert len(answer["outcome"]) == 64, answer
    assert answer["grown_mb"] <= MEGABYTES, answer


def test_other_threads_run_while_a_large_picture_is_read(probed: Callable[[str], dict[str, Any]]) -> None:
    answer = probed("rgba16-100mp.png")

    assert answer["outcome"] == "opened 10000 x 10000"
    assert answer["turns"] >= 10


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
        renditions.inspect(*bomb(name))


@pytest.mark.parametrize("name", ["ztxt.png", "profile.png"])
def test_what_a_decoder_does_not_need_never_reaches_it(
    name: str, bomb: Callable[[str], tuple[Path, str]]
) -> None:
    assert renditions.make(*bomb(name)).width == 64


def test_a_100_megapixel_picture_saved_in_the_usual_way_is_welcome(tmp_path: Path) -> None:
    file = pictures.save(tmp_path, "poster.jpg", bombs.jpeg(10_000, 10_000))

    assert pictures.opened(renditions.make(*file).preview).size == (1280, 1280)
