"""Files that are cut off, broken or mixed up are refused in plain words, never shown half."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from PIL import Image

from artworks.core.errors import DamagedFile
from artworks.imaging import renditions
from tests.imaging import bombs, pictures
from tests.imaging.decoders import examine
from tests.imaging.pictures import encode, save

pytestmark = pytest.mark.slow

WHOLE = {
    "plain.jpg": lambda: encode(pictures.textured(), "JPEG"),
    "progressive.jpg": lambda: encode(pictures.textured(), "JPEG", progressive=True),
    "print.jpg": lambda: encode(pictures.textured().convert("CMYK"), "JPEG"),
    "plain.png": lambda: encode(pictures.textured(), "PNG"),
    "palette.png": lambda: encode(pictures.textured().convert("P"), "PNG"),
    "plain.gif": lambda: encode(pictures.textured(), "GIF"),
    "moving.gif": lambda: pictures.animation(frames=10),
}


@pytest.mark.parametrize("tenths", [1, 3, 5, 7, 9])
@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_off_anywhere_is_refused(name: str, tenths: int, tmp_path: Path) -> None:
    data = WHOLE[name]()
    cut = save(tmp_path, name, data[: len(data) * tenths // 10])

    with pytest.raises(DamagedFile, match="not complete or damaged"):
        renditions.make(*cut)


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_off_close_to_its_end_is_refused(name: str, tmp_path: Path) -> None:
    data = WHOLE[name]()

    with pytest.raises(DamagedFile):
        renditions.make(*save(tmp_path, name, data[: len(data) - 60]))


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_overwritten_in_the_middle_is_refused(name: str, tmp_path: Path) -> None:
    data, middle = WHOLE[name](), len(WHOLE[name]()) // 2
    noise = random.Random(4).randbytes(1500)
    broken = data[:middle] + noise + data[middle + len(noise) :]

    with pytest.raises(DamagedFile, match="not complete or damaged"):
        renditions.make(*save(tmp_path, name, broken))


@pytest.mark.parametrize("name", ["plain.png", "palette.png"])
def test_one_wrong_byte_in_a_png_is_noticed(name: str, tmp_path: Path) -> None:
    data = bytearray(WHOLE[name]())
    data[len(data) // 2] ^= 1

    with pytest.raises(DamagedFile):
        renditions.make(*save(tmp_path, name, bytes(data)))


def test_an_animation_broken_in_a_late_frame_is_refused(tmp_path: Path) -> None:
    data = pictures.animation(frames=10)
    end = len(data) * 85 // 100

    with pytest.raises(DamagedFile):
        renditions.make(*save(tmp_path, "late.gif", data[:end] + b"\0;"))


@pytest.mark.parametrize("name", WHOLE)
def test_any_single_change_gives_an_answer(name: str, tmp_path: Path) -> None:
    data, chance = WHOLE[name](), random.Random(name)
    for _ in range(12):
        broken = bytearray(data)
        for _ in range(chance.choice((1, 3, 30))):
            broken[chance.randrange(6, len(broken))] = chance.randrange(256)
        file = save(tmp_path, name, bytes(broken))
        try:
            assert renditions.make(*file).preview
        except DamagedFile as error:
            assert error.message.endswith(".")  # noqa: PT017


@pytest.mark.parametrize(
    ("media_type", "head"),
    [("image/png", b"\x89PNG\r\n\x1a\n"), ("image/jpeg", b"\xff\xd8\xff"), ("image/gif", b"GIF89a")],
)
@pytest.mark.parametrize("rest", [b"", b"\0", b"\xff" * 5000, b"<script>" * 99, b"\xff\xd8\xff\xe0\0\0" * 50])
def test_a_right_beginning_alone_is_no_picture(
    media_type: str, head: bytes, rest: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(head + rest)

    with pytest.raises(DamagedFile):
        renditions.make(path, media_type)


def test_only_the_parser_of_the_named_type_is_reached(tmp_path: Path) -> None:
    tiff, png = io.BytesIO(), encode(pictures.textured(), "PNG")
    Image.new("RGB", (50, 50)).save(tiff, "TIFF")

    for number, data in enumerate((tiff.getvalue(), b"<svg xmlns='http://www.w3.org/2000/svg'/>", png)):
        with pytest.raises(DamagedFile):
            renditions.make(*save(tmp_path, f"{number}.jpg", data))


def test_a_picture_with_a_web_page_behind_it_loses_the_page(tmp_path: Path) -> None:
    page = b"<html><script>alert(1)</script>"
    for name in ("plain.jpg", "plain.png", "plain.gif"):
        made = renditions.make(*save(tmp_path, name, WHOLE[name]() + page))

        assert page not in made.preview + made.thumbnail


@pytest.mark.parametrize("kind", [b"\xc3", b"\xc9", b"\xcb"])
def test_a_jpeg_no_browser_shows_is_refused_by_name(kind: bytes, tmp_path: Path) -> None:
    data = WHOLE["plain.jpg"]().replace(b"\xff\xc0", b"\xff" + kind, 1)

    with pytest.raises(DamagedFile, match="rare kind of JPEG"):
        examine(*save(tmp_path, "rare.jpg", data))


def test_pixels_missing_behind_a_whole_structure_are_noticed(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile):
        renditions.make(*save(tmp_path, "claims.jpg", bombs.jpeg_that_claims(400, 400)))
