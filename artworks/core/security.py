"""Random keys for cookies, links and scripts: handed out once, stored as their SHA-256."""

from __future__ import annotations

import hashlib
import secrets

# 256 bits: nobody guesses one, so a plain hash is enough to keep it.
BYTES = 32


def new_key() -> str:
    """Return a new key, in characters that an address can hold."""
    return secrets.token_urlsafe(BYTES)


def hash_key(key: str) -> str:
    """Return what is stored of a key: its SHA-256 in hexadecimal."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
