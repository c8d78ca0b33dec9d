"""Sealed streams: opened whole and in order with the right passphrase, and not at all otherwise."""

from __future__ import annotations

import io

import pytest

from artworks.adapters import sealed_stream
from artworks.adapters.sealed_stream import (
    CHUNK,
    BrokenSealError,
    SealedWriter,
    SealingKey,
    WrongPassphraseError,
    find_key,
    make_key,
    sealed_size,
    unseal_stream,
)

HEAD = 8 + 16
WHOLE = CHUNK + 16


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> SealingKey:
    monkeypatch.setattr(sealed_stream, "_COST", 1 << 10)
    return make_key("correct horse battery staple")


def sealed(key: SealingKey, data: bytes, piece: int = 50_000) -> bytes:
    target = io.BytesIO()
    writer = SealedWriter(target, key, "a name")
    for start in range(0, len(data), piece):
        writer.write(data[start : start + piece])
    writer.finish()
    return target.getvalue()


def opened(key: SealingKey, data: bytes, piece: int = 70_000, purpose: str = "a name") -> bytes:
    return b"".join(unseal_stream((data[at : at + piece] for at in range(0, len(data), piece)), key, purpose))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_was_sealed_is_opened_and_as_large_as_said(key: SealingKey, size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    again = find_key("correct horse battery staple", key.recipe)
    for piece in (1000, CHUNK, 1 << 20):
        written = sealed(key, data, piece)
        assert len(written) == sealed_size(size)
        assert opened(again, written, piece) == data


def test_another_passphrase_name_or_recipe_opens_nothing(key: SealingKey) -> None:
    with pytest.raises(WrongPassphraseError):
        find_key("correct horse battery stable", key.recipe)
    with pytest.raises(BrokenSealError, match="was changed"):
        opened(key, sealed(key, b"words"), purpose="another name")
    for wrong in (
        None,
        {},
        {**key.recipe, "n": 1 << 30},
        {**key.recipe, "salt": "zz"},
        {**key.recipe, "kdf": "md5"},
    ):
        with pytest.raises(BrokenSealError):
            find_key("correct horse battery staple", wrong)


def test_chunks_that_are_cut_off_moved_or_changed_are_noticed(key: SealingKey) -> None:
    whole = sealed(key, bytes(3 * CHUNK))
    first, second = whole[HEAD : HEAD + WHOLE], whole[HEAD + WHOLE : HEAD + 2 * WHOLE]
    for broken, said in (
        (whole[: HEAD + WHOLE], "cut off: its last part is missing"),
        (whole[:-1], "cut off there"),
        (whole[:HEAD], "was changed 0 bytes after its beginning, or it is cut off there"),
        (whole[:10], "cut off at its beginning"),
        (b"", "cut off at its beginning"),
        (whole[:HEAD] + second + first + whole[HEAD + 2 * WHOLE :], "was changed 0 bytes"),
        (whole[: HEAD + WHOLE] + whole[HEAD + 2 * WHOLE :], "was changed 65,536 bytes"),
        (b"x" + whole[1:], "does not begin"),
        (whole + b"x", "was changed"),
    ):
        with pytest.raises(BrokenSealError, match=said):
            opened(key, broken)


def test_names_tell_nothing_of_what_they_are_made_of(key: SealingKey) -> None:
    assert key.name_of("ab") == key.name_of("ab") != key.name_of("ac")
    assert len(key.name_of("ab" * 32)) == 64
    assert make_key("correct horse battery staple").name_of("ab") != key.name_of("ab")
