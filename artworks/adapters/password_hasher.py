"""Argon2id for passwords, and the list of the commonest ones."""

from __future__ import annotations

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

COMMONEST = 10_000
# Every hash takes 64 MiB while it is made: a crowd that signs in at once must not take all memory.
AT_ONCE = 2
_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_turns = BoundedSemaphore(AT_ONCE)


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password (RFC 9106, second recommended option: 3 passes over 64 MiB)."""
    with _turns:
        return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Return whether a password is the one that was stored; takes as long when there is none."""
    with _turns:
        try:
            return _hasher.verify(stored or _dummy_hash(), password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Return whether a hash was made with other costs than today's."""
    return _hasher.check_needs_rehash(stored)


def is_common(password: str) -> bool:
    """Return whether a password is one of the 10,000 commonest, whatever its case."""
    return password.casefold() in _common_passwords()


@cache
def _dummy_hash() -> str:
    return _hasher.hash("the password of nobody")


@cache
def _common_passwords() -> frozenset[str]:
    # Loaded late: the lists are large and passwords are seldom chosen.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(word.casefold() for word in FREQUENCY_LISTS["passwords"][:COMMONEST])
