"""Streams sealed with a passphrase: its key by scrypt, then chunks that are authentic, in order and complete.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015), which age uses as well: a nonce is the chunk's
number and whether it is the last one. So a chunk that is changed, moved, left out or cut off at the end is noticed.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from artworks.adapters.places.place import Writing

CHUNK = 64 * 1024
_TAG = 16
_SALT = 16
_MARK = b"sealed1\n"
# 128 MB and about half a second for each guess (OWASP Password Storage Cheat Sheet).
_COST = 1 << 17
_BLOCK, _LANES = 8, 1
# What is read may have been made by somebody else: no more than 1 GB of memory for it.
_MOST_COST = 1 << 20
_LONGEST_SALT = 64


class WrongPassphraseError(ValueError):
    """The passphrase is another one than that which sealed this."""


class BrokenSealError(ValueError):
    """What was sealed has been changed or cut off; the message is the end of a sentence that begins with "it"."""


@dataclass(frozen=True)
class SealingKey:
    """A key, and what beside the passphrase it takes to have it again, which is no secret."""

    key: bytes
    recipe: dict[str, Any]

    def name_of(self, content_hash: str) -> str:
        """Return a name for something of that hash, in as many letters, which does not tell the hash."""
        return hmac.digest(_derive(self.key, b"", b"names"), content_hash.encode(), "sha256").hex()


def make_key(passphrase: str) -> SealingKey:
    """Return a new key from a passphrase; takes half a second and 128 MB."""
    salt = os.urandom(_SALT)
    key = _scrypt(passphrase, salt, _COST, _BLOCK, _LANES)
    recipe = {
        "kdf": "scrypt",
        "salt": salt.hex(),
        "n": _COST,
        "r": _BLOCK,
        "p": _LANES,
        "check": _key_check(key),
    }
    return SealingKey(key, recipe)


def find_key(passphrase: str, recipe: Any) -> SealingKey:
    """Return the key that a recipe is about; raises WrongPassphraseError, and BrokenSealError for no recipe."""
    try:
        if recipe["kdf"] != "scrypt":
            raise BrokenSealError("was sealed in a way that this program does not know")
        salt, cost = bytes.fromhex(recipe["salt"]), int(recipe["n"])
        block, lanes, check = int(recipe["r"]), int(recipe["p"]), str(recipe["check"])
        if len(salt) > _LONGEST_SALT or cost * block > _MOST_COST * _BLOCK or not 1 <= lanes <= _BLOCK:
            raise ValueError("more work than this program does for a key")
        key = _scrypt(passphrase, salt, cost, block, lanes)
    except BrokenSealError:
        raise
    except (TypeError, KeyError, ValueError):
        raise BrokenSealError("does not say how its key is made, or that was changed") from None
    if not hmac.compare_digest(check, _key_check(key)):
        raise WrongPassphraseError
    return SealingKey(key, dict(recipe))


def sealed_size(size: int) -> int:
    """Return how many bytes a stream of that many bytes has once it is sealed."""
    return len(_MARK) + _SALT + size + _TAG * max(1, -(-size // CHUNK))


class SealedWriter:
    """Seals what is written to it, and passes it on; `finish` writes the last chunk, without which it is incomplete.

    `purpose` is what the stream is, such as its name: under another one it cannot be opened.
    """

    def __init__(self, target: Writing, key: SealingKey, purpose: str) -> None:
        self._target = target
        salt = os.urandom(_SALT)
        self._cipher = ChaCha20Poly1305(_derive(key.key, salt, purpose.encode()))
        self._number = 0
        self._left = bytearray()
        target.write(_MARK + salt)

    def write(self, piece: bytes) -> None:
        """Seal some bytes; the last chunk is held back until it is known whether more follows."""
        self._left += piece
        whole = (len(self._left) - 1) // CHUNK if self._left else 0
        for number in range(whole):
            self._seal(bytes(self._left[number * CHUNK : (number + 1) * CHUNK]), is_last=False)
        del self._left[: whole * CHUNK]

    def finish(self) -> None:
        """Seal what is left as the last chunk."""
        self._seal(bytes(self._left), is_last=True)

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), chunk, None))
        self._number += 1


def unseal_stream(pieces: Iterable[bytes], key: SealingKey, purpose: str) -> Iterator[bytes]:
    """Yield what was sealed, chunk by chunk, each only once it is known to be authentic. Raises BrokenSealError."""
    left = bytearray()
    cipher: ChaCha20Poly1305 | None = None
    number, size = 0, CHUNK + _TAG
    for piece in pieces:
        left += piece
        if cipher is None and len(left) >= len(_MARK) + _SALT:
            if not left.startswith(_MARK):
                raise BrokenSealError("does not begin as what was sealed does")
            salt = bytes(left[len(_MARK) : len(_MARK) + _SALT])
            cipher = ChaCha20Poly1305(_derive(key.key, salt, purpose.encode()))
            del left[: len(_MARK) + _SALT]
        # One more byte, so that a chunk that ends here is not the last one.
        while cipher is not None and len(left) > size:
            yield _open(cipher, bytes(left[:size]), number, is_last=False)
            del left[:size]
            number += 1
    if cipher is None:
        raise BrokenSealError("is cut off at its beginning")
    yield _open(cipher, bytes(left), number, is_last=True)


def _open(cipher: ChaCha20Poly1305, chunk: bytes, number: int, *, is_last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, is_last=is_last), chunk, None)
    except InvalidTag:
        if is_last and len(chunk) == CHUNK + _TAG:
            with_more = _is_authentic(cipher, chunk, number)
            if with_more:
                raise BrokenSealError("is cut off: its last part is missing") from None
        where = f"{number * CHUNK:,} bytes after its beginning"
        ending = ", or it is cut off there" if is_last else ""
        raise BrokenSealError(f"was changed {where}{ending}") from None


def _is_authentic(cipher: ChaCha20Poly1305, chunk: bytes, number: int) -> bool:
    """Return whether it is a chunk after which another one was written."""
    try:
        cipher.decrypt(_nonce(number, is_last=False), chunk, None)
    except InvalidTag:
        return False
    return True


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if is_last else b"\x00")


def _scrypt(passphrase: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=block, p=lanes).derive(passphrase.encode())


def _derive(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    derive = HKDF(
        algorithm=SHA256(), length=32, salt=salt or None, info=b"artwork-image-manager backup " + purpose
    )
    return derive.derive(key)


def _key_check(key: bytes) -> str:
    """Return by what a key is known; it says nothing about it."""
    return sha256(_derive(key, b"", b"check")).hexdigest()[:16]
