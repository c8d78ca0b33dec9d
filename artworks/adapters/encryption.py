"""Texts sealed with a key that is derived from the program's secret: who has the database alone cannot read them."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# What was sealed begins with it, so that another way can follow.
_MARK = b"\x01"
_NONCE_BYTES = 12


class WrongKeyError(ValueError):
    """What was sealed cannot be opened: with another secret, for another purpose, or it was changed."""


def seal(text: str, secret: str, purpose: str) -> bytes:
    """Return a text sealed (AES-256-GCM); only the same secret opens it, and for the same purpose alone."""
    nonce = os.urandom(_NONCE_BYTES)
    return _MARK + nonce + _cipher(secret, purpose).encrypt(nonce, text.encode(), purpose.encode())


def unseal(sealed: bytes, secret: str, purpose: str) -> str:
    """Return the text that was sealed; raises WrongKeyError."""
    nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if not sealed.startswith(_MARK) or len(nonce) < _NONCE_BYTES:
        raise WrongKeyError("This was not sealed here.")
    try:
        return _cipher(secret, purpose).decrypt(nonce, rest, purpose.encode()).decode()
    except InvalidTag:
        raise WrongKeyError("Another secret sealed this.") from None


def _cipher(secret: str, purpose: str) -> AESGCM:
    """Return the cipher of a purpose; its key says nothing about the secret, nor about keys of other purposes."""
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"artwork-image-manager {purpose}".encode())
    return AESGCM(derive.derive(secret.encode()))
