"""What the script that compares photographs of pages says."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from scripts import compare_photographs


def photograph(
    folder: Path, name: str, size: tuple[int, int] = (40, 30), dot: tuple[int, int] | None = None
) -> None:
    """Write a plain picture, with one other pixel where a dot is asked for."""
    folder.mkdir(exist_ok=True)
    image = Image.new("RGB", size, "white")
    if dot:
        image.putpixel(dot, (255, 255, 200))
    image.save(folder / name)


def compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    monkeypatch.setattr("sys.argv", ["", str(tmp_path / "before"), str(tmp_path / "after")])
    code = compare_photographs.main()
    return code, capsys.readouterr().out


def test_one_pixel_another_size_and_a_missing_page_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("same.png", "dot.png", "size.png", "gone.png"):
        photograph(tmp_path / "before", name)
    photograph(tmp_path / "after", "same.png")
    photograph(tmp_path / "after", "dot.png", dot=(7, 9))
    photograph(tmp_path / "after", "size.png", size=(40, 31))
    assert compared(tmp_path, monkeypatch, capsys) == (
        1,
        "dot.png: from 7, 9 to 8, 10\n"
        f"gone.png: is not in {tmp_path / 'after'}\n"
        "size.png: was 40 x 30, is 40 x 31\n"
        "4 photographs, 3 differ\n",
    )


def test_the_same_photographs_are_fine_and_none_at_all_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compared(tmp_path, monkeypatch, capsys) == (1, "0 photographs, 0 differ\n")
    for folder in ("before", "after"):
        photograph(tmp_path / folder, "same.png")
    assert compared(tmp_path, monkeypatch, capsys) == (0, "1 photographs, 0 differ\n")


def test_a_faint_change_counts_when_it_is_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("corner.png", "area.png"):
        photograph(tmp_path / "before", name)
        photograph(tmp_path / "after", name)
    for name, side in (("corner.png", 10), ("area.png", 11)):
        with Image.open(tmp_path / "after" / name) as image:
            image.paste((254, 255, 255), (0, 0, side, side))
            image.save(tmp_path / "after" / name)
    assert compared(tmp_path, monkeypatch, capsys) == (
        1,
        "area.png: from 0, 0 to 11, 11\n2 photographs, 1 differ\n",
    )
