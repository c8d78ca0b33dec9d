"""A place for backups: whole files or none, whatever kind of place it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from artworks.adapters.places.folder import FolderPlace
from artworks.adapters.places.place import BackupPlace, MissingNameError, PlaceError
from artworks.adapters.places.url import place_from_url

LARGE = os.urandom(1 << 20) * 3 + b"end"


def check_place(place: BackupPlace) -> None:
    """Look whether a place keeps what every place promises."""
    for name, data in (("about.json", b""), ("objects/ab/abcd", LARGE), ("objects/ac/acbd", b"1")):
        with place.put(name) as target:
            for start in range(0, len(data), 1 << 20):
                target.write(data[start : start + (1 << 20)])
    assert b"".join(place.get("objects/ab/abcd")) == LARGE
    assert b"".join(place.get("about.json")) == b""
    with pytest.raises(KeyError), place.put("objects/ac/acbd") as target:
        target.write(b"2" * 100)
        raise KeyError
    with pytest.raises(KeyError), place.put("objects/ad/none") as target:
        target.write(b"2" * 100)
        raise KeyError
    assert sorted(place.list("objects")) == [("objects/ab/abcd", len(LARGE)), ("objects/ac/acbd", 1)]
    assert b"".join(place.get("objects/ac/acbd")) == b"1"
    with place.put("objects/ac/acbd") as target:
        target.write(b"22")
    assert b"".join(place.get("objects/ac/acbd")) == b"22"
    place.delete("objects/ac/acbd")
    place.delete("objects/ac/acbd")
    assert list(place.list("objects/ac")) == []
    with pytest.raises(MissingNameError):
        next(place.get("objects/ac/acbd"))
    for name in ("../x", "/x", "a//b", ".hidden", "a/../b", ""):
        with pytest.raises(ValueError, match="Not a name"):
            place.delete(name)


def test_a_folder_is_a_place(tmp_path: Path) -> None:
    check_place(FolderPlace(tmp_path / "new"))
    check_place(place_from_url(f"file://{tmp_path}/other"))
    assert [path.name for path in tmp_path.rglob(".*")] == []


def test_a_folder_whose_parent_is_not_there_is_not_made(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "not mounted" / "backups")
    with pytest.raises(MissingNameError, match="is no folder"):
        next(place.list("objects"))
    with pytest.raises(PlaceError, match="not mounted/backups: No such file"), place.put("x"):
        pass
    assert not (tmp_path / "not mounted").exists()


def test_what_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlaceError, match=r"cannot be used: .*file"), FolderPlace(tmp_path / "file").put("x"):
        pass


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://host/x", "must be a folder or s3"),
        ("s3://key:secret@bucket?region=x", "must not hold a key"),
        ("s3://bucket?colour=x", "unknown part: colour"),
    ],
)
def test_an_address_that_is_none_is_refused(address: str, said: str) -> None:
    with pytest.raises(PlaceError, match=f"The place for backups .*{said}"):
        place_from_url(address)
