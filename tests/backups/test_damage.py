"""Whatever happens to a backup afterwards is found, and named in plain words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from artworks.adapters.places.folder import FolderPlace
from artworks.backups.verify import Verified, verify
from tests.backups.conftest import PASSPHRASE, Library, opened_place

Damage = Callable[[Path], object]


@pytest.fixture(scope="module")
def sealed(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a place with two encrypted backups."""
    place = tmp_path_factory.mktemp("sealed") / "backups"
    library.back_up(place, passphrase=PASSPHRASE)
    library.back_up(place, passphrase=PASSPHRASE)
    return place


def look_at(place: Path, passphrase: str = "", *, content: bool = True) -> tuple[Verified, str]:
    told: list[str] = []
    opened = opened_place(place, passphrase)
    return verify(opened, opened.choose(None), told.append, content=content), "\n".join(told)


def archive(place: Path) -> Path:
    return max((place / "archives").iterdir())


def change(path: Path, edit: Callable[[bytes], bytes]) -> None:
    path.write_bytes(edit(path.read_bytes()))


def flip(place: int) -> Callable[[bytes], bytes]:
    def edit(data: bytes) -> bytes:
        at = len(data) * place // 100
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    return edit


def swap_rows(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if b'"name": "image"' in line) + 1
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    return b"".join(lines)


def without_last_line(data: bytes) -> bytes:
    return b"".join(data.splitlines(keepends=True)[:-1])


def with_tail_of_another(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    number = data.split(b'"id": "')[1][:32]
    return b"".join(lines[:-1]) + lines[-1].replace(number, b"0" * 32)


def without_a_table(data: bytes) -> bytes:
    start = data.index(b'{"section": "table", "name": "collection"')
    return data[:start] + data[data.index(b'{"section"', start + 1) :]


def first_object(place: Path) -> Path:
    return min((place / "objects").glob("*/*"))


ARCHIVES = {
    "flipped in a row": (flip(40), "was changed in the table"),
    "flipped in the header": (flip(0), "is no backup of this program"),
    "rows swapped": (swap_rows, "was changed in the table image"),
    "a table cut out": (without_a_table, "was changed in"),
    "cut in half": (lambda data: data[: len(data) // 2], "is cut off: its last line is missing"),
    "without its last byte": (lambda data: data[:-1], "is cut off: its last line is missing"),
    "without its last line": (without_last_line, "is cut off: its last line is missing"),
    "empty": (lambda data: b"", "is no backup of this program"),
    "another one's last line": (with_tail_of_another, "belongs to another backup"),
    "something after the end": (lambda data: data + b"x", "goes on after its last line"),
    "another file": (lambda data: b"\x89PNG\r\n" + data, "is no backup of this program"),
}  # fmt: skip
SEALED = {
    "flipped": (flip(50), "was changed"),
    "flipped at the end": (flip(99), "was changed"),
    "flipped in how it was sealed": (lambda data: data.replace(b'"r": 8', b'"r": 9'), "does not say how it was sealed"),
    "cut within a chunk": (lambda data: data[:-100], "cut off"),
    "without how it was sealed": (lambda data: data[data.index(b"\n") + 1 :], "does not say how it was sealed"),
    "empty": (lambda data: b"", "cut off"),
}  # fmt: skip
OBJECTS: dict[str, tuple[Damage, str]] = {
    "missing": (lambda path: path.unlink(), "is missing in the place"),
    "shorter": (lambda path: change(path, lambda data: data[:-1]), "is shorter than it was"),
    "longer": (lambda path: change(path, lambda data: data + b"x"), "is longer than it was"),
    "flipped": (lambda path: change(path, flip(50)), "was changed"),
}


def test_a_whole_one_is_whole_and_nothing_is_written(place: Path, sealed: Path) -> None:
    for where, passphrase in ((place, ""), (sealed, PASSPHRASE)):
        before = {path: path.stat().st_mtime_ns for path in where.rglob("*")}
        found, told = look_at(where, passphrase)
        assert (found.wrong, told, found.files) == (0, "", 5)
        assert found.rows > 50
        assert {path: path.stat().st_mtime_ns for path in where.rglob("*")} == before


@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_damaged_archive_is_named(place: Path, kind: str) -> None:
    edit, said = ARCHIVES[kind]
    change(archive(place), edit)
    found, told = look_at(place)
    assert found.wrong == 1
    assert told.startswith(f"The archive {archive(place).name} ")
    assert said in told


@pytest.mark.parametrize("kind", SEALED)
def test_a_damaged_archive_that_is_encrypted_is_named(sealed: Path, kind: str) -> None:
    edit, said = SEALED[kind]
    path = archive(sealed)
    before = path.read_bytes()
    change(path, edit)
    try:
        found, told = look_at(sealed, PASSPHRASE)
    finally:
        path.write_bytes(before)
    assert found.wrong == 1
    assert said in told


def test_an_encrypted_archive_under_another_ones_name_is_found(sealed: Path, tmp_path: Path) -> None:
    older, newer = sorted((sealed / "archives").iterdir())
    before = newer.read_bytes()
    newer.write_bytes(older.read_bytes())
    try:
        assert "was changed" in look_at(sealed, PASSPHRASE)[1]
    finally:
        newer.write_bytes(before)


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
@pytest.mark.parametrize("kind", OBJECTS)
def test_a_damaged_original_is_named(place: Path, sealed: Path, kind: str, passphrase: str) -> None:
    damage, said = OBJECTS[kind]
    where = sealed if passphrase else place
    path = first_object(where)
    before = path.read_bytes()
    damage(path)
    try:
        found, told = look_at(where, passphrase)
        quick, _ = look_at(where, passphrase, content=False)
    finally:
        path.write_bytes(before)
    assert found.wrong == 1
    assert told.startswith("The original ")
    assert said in told
    assert path.name in told
    assert quick.wrong == (kind != "flipped")


def test_a_lost_description_of_the_place_is_had_from_the_archives(sealed: Path, place: Path) -> None:
    for where, passphrase in ((place, ""), (sealed, PASSPHRASE)):
        about = where / "place.json"
        before = about.read_bytes()
        for left in (None, b"{", b'{"sealed": 1}', before.replace(b'"r": 8', b'"r": 9')):
            about.unlink() if left is None else about.write_bytes(left)
            assert look_at(where, passphrase)[0].wrong == 0
        about.write_bytes(before)


def test_names_that_are_no_archives_are_passed_over(place: Path) -> None:
    (place / "archives" / "notes.txt").write_text("mine")
    (place / "archives" / "99991231T000000.000000Z-0000000g.backup").write_text("mine")
    assert look_at(place)[0].wrong == 0
    assert list(FolderPlace(place).list("archives"))
