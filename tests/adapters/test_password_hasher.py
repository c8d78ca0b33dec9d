"""Passwords: which are refused, and that a kept one costs whoever wants to guess it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

import artworks.adapters.password_hasher
from artworks.accounts.passwords import LEAST, MOST, valid_password
from artworks.core.errors import Invalid


@pytest.fixture
def costly() -> Iterator[ModuleType]:
    """Yield the module as the program has it; the other tests hash in a millisecond."""
    quick = artworks.adapters.password_hasher._hasher
    yield importlib.reload(artworks.adapters.password_hasher)
    artworks.adapters.password_hasher._hasher = quick


def test_the_program_hashes_with_argon2id_over_64_mib(costly: ModuleType) -> None:
    kept = costly.hash_password("a fine heron at dusk")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert costly.matches(kept, "a fine heron at dusk")
    assert not costly.matches(kept, "a fine heron at dawn")
    assert not costly.matches(None, "the password of nobody")
    assert not costly.is_outdated(kept)


def test_what_was_hashed_at_other_costs_is_outdated(costly: ModuleType) -> None:
    assert costly.is_outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21l$Zm9vYmFyZm9vYmFyZm9vYmFy")
    assert not costly.matches("no hash at all", "a fine heron at dusk")


@pytest.mark.parametrize(
    "password", ["1234567890", "qwertyuiop", "password123", "PassWord123", "１２３４５６７８９０"]
)
def test_the_commonest_are_refused_however_they_are_written(password: str) -> None:
    with pytest.raises(Invalid, match="everybody tries first") as caught:
        valid_password(password)
    assert caught.value.field == "password"


@pytest.mark.parametrize("password", ["", "x" * (LEAST - 1), "x" * (MOST + 1)])
def test_too_short_and_too_long_ones_are_refused(password: str) -> None:
    with pytest.raises(Invalid, match="characters"):
        valid_password(password)


@pytest.mark.parametrize(
    "password", ["x" * LEAST, "          .", "🦩🦩🦩🦩🦩🦩🦩🦩🦩🦩", "only small letters"]
)
def test_there_are_no_other_rules(password: str) -> None:
    assert valid_password(password) == password


def test_one_that_a_keyboard_spells_in_two_ways_is_one() -> None:
    assert valid_password("Cafe\u0301 au lait") == valid_password("Caf\u00e9 au lait")
