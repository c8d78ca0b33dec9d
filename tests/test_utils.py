"""Names are labels, types are what the bytes say, and nothing past the limit is kept."""

from __future__ import annotations

import hashlib
import io
import os
import unicodedata
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import utils
from artworks.adapters.storage.temporary_files import remove_abandoned
from artworks.core.errors import StorageFull, UnsupportedType
from tests.support.examples import examples


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"GIF87a....", "image/gif"),
        (b"GIF89a....", "image/gif"),
    ],
)
def test_the_first_bytes_name_the_type(head: bytes, media_type: str) -> None:
    assert utils.sniff(head) == media_type


@pytest.mark.parametrize(
    "head", [b"", b"\x89PNG", b"GIF88a", b"%PDF-1.7", b"<svg ", b"RIFF\0\0\0\0WEBP", b"II*\0", b"BM", b"8BPS"]
)
def test_other_types_are_refused(head: bytes) -> None:
    with pytest.raises(UnsupportedType, match="not a PNG, JPEG or GIF"):
        utils.sniff(head)


@pytest.mark.parametrize(
    ("raw", "label"),
    [
        ("Heron at dusk.JPG", "Heron at dusk.JPG"),
        ("C:\\Users\\me\\Heron.png", "Heron.png"),
        ("../../etc/passwd", "passwd"),
        ("/absolute/blue.gif", "blue.gif"),
        ("a\0b\r\n\tc.png", "abc.png"),
        ("\u202egnp.exe", "gnp.exe"),
        ("Ma\u0308rz.png", "M\u00e4rz.png"),
        ("絵画 🎨👩‍🎨.png", "絵画 🎨👩‍🎨.png"),
        ("=cmd|'/c calc'!A1.png", "c calc'!A1.png"),
        ("My  painting   final.png", "My  painting   final.png"),
        ("  two\u00a0 spaces .jpg ", "  two\u00a0 spaces .jpg"),
        (" \t a\r\n  b.png", "  a  b.png"),
        ("\udcff.png", ".png"),
    ],
)
def test_a_name_becomes_a_clean_label(raw: str, label: str) -> None:
    assert utils.clean_filename(raw) == label


@pytest.mark.parametrize("raw", ["", " ", " \u00a0 \u3000.", ".", "..", "a/", "\0", "../..", "\u200e"])
def test_a_name_with_nothing_in_it_is_called_picture(raw: str) -> None:
    assert utils.clean_filename(raw) == "picture"


def test_a_long_name_keeps_its_ending_and_whole_characters() -> None:
    name = utils.clean_filename("🎨" * 300 + ".jpeg")

    assert name == "🎨" * 62 + ".jpeg"
    assert len(name.encode()) <= 255


@examples(30)
@given(st.text(st.characters(), max_size=400))
def test_any_name_gives_a_storable_label(raw: str) -> None:
    name = utils.clean_filename(raw)

    assert 1 <= len(name.encode()) <= 255
    assert not set("/\\\0\n\r") & set(name)
    assert unicodedata.is_normalized("NFC", name)


def test_stored_names_are_new_each_time_and_follow_the_type() -> None:
    one, other = utils.stored_name("image/jpeg"), utils.stored_name("image/jpeg")

    assert one != other
    assert uuid.UUID(one.removesuffix(".jpg")).version == 4


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1 kB"),
        (1536, "1.5 kB"),
        (1024**2 - 1, "1 MB"),
        (16 * 1024**2, "16 MB"),
        (18_035_507, "17.2 MB"),
        (5 * 1024**3, "5 GB"),
        (1_048_524, "1023.9 kB"),
        (1_048_525, "1 MB"),
        (1024**4 - 1, "1 TB"),
        (2_300 * 1024**3, "2.2 TB"),
    ],
)
def test_sizes_are_said_as_people_do(size: int, words: str) -> None:
    assert utils.human_size(size) == words


def test_a_file_is_hashed_as_it_is_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"heron" * 100_000)

    assert utils.sha256_of(path) == hashlib.sha256(b"heron" * 100_000).hexdigest()


def test_an_upload_within_the_limit_is_kept_whole(tmp_path: Path) -> None:
    with utils.CappedFile(tmp_path, limit=10) as file:
        file.write(b"GIF89")
        file.write(bytearray(b"a1234"))
        file.seek(0)

        assert not file.too_large
        assert file.read() == file.path.read_bytes() == b"GIF89a1234"
        assert (file.size, file.head) == (10, b"GIF89a1234")
        assert file.sha256 == hashlib.sha256(b"GIF89a1234").hexdigest()


def test_an_upload_past_the_limit_is_counted_but_not_kept(tmp_path: Path) -> None:
    with utils.CappedFile(tmp_path, limit=10) as file:
        for _ in range(5):
            assert file.write(b"1234") == 4

        assert file.too_large
        assert file.size == 20
        assert file.path.stat().st_size == 0


def test_an_upload_leaves_no_temporary_file(tmp_path: Path) -> None:
    file = utils.CappedFile(tmp_path, limit=10)
    file.write(b"1")
    file.close()
    file.close()

    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_in_a_named_error(tmp_path: Path) -> None:
    # /dev/full answers "no space left" to every write.
    with Path("/dev/full").open("wb", buffering=0) as full:
        file = utils.CappedFile(tmp_path, limit=10)
        os.dup2(full.fileno(), file.fileno())
        with file, pytest.raises(StorageFull, match="no room left"):
            file.write(b"1")


def test_what_a_killed_upload_left_is_removed_and_what_is_arriving_stays(tmp_path: Path) -> None:
    killed, arriving, young = (utils.CappedFile(tmp_path, limit=10) for _ in range(3))
    for file in (killed, arriving):
        os.utime(file.path, (1000, 1000))
    # What the kernel does when a process is killed: it closes the file, and nobody removes it.
    io.FileIO.close(killed)

    assert remove_abandoned(tmp_path, utils.UPLOADING) == 1
    assert set(tmp_path.iterdir()) == {arriving.path, young.path}
    io.FileIO.close(young)
    assert remove_abandoned(tmp_path, utils.UPLOADING) == 0, "it may have been made this very moment"
    arriving.close()
