"""Sealed texts: only the same secret opens them, for the same purpose."""

from __future__ import annotations

import pytest

from artworks.adapters.encryption import WrongKeyError, seal, unseal

SECRET = "a secret of the tests, 32 letters"


def test_what_was_sealed_comes_back_and_is_never_sealed_alike() -> None:
    first, second = seal("sk-ключ-1234", SECRET, "key"), seal("sk-ключ-1234", SECRET, "key")
    assert first != second
    assert b"1234" not in first
    assert unseal(first, SECRET, "key") == unseal(second, SECRET, "key") == "sk-ключ-1234"


def test_nothing_else_opens_it() -> None:
    sealed = seal("sk-1234", SECRET, "key")
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    tries = [(sealed, f"{SECRET}!", "key"), (sealed, SECRET, "other"), (changed, SECRET, "key")]
    tries += [
        (cut, SECRET, "key") for cut in (b"", sealed[:1], sealed[:12], sealed[:20], b"\x02" + sealed[1:])
    ]
    for given in tries:
        with pytest.raises(WrongKeyError):
            unseal(*given)
