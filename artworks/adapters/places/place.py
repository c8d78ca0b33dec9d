"""What a place for backups can do, and what is raised when it cannot."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

PIECE = 1 << 20
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}"
_NAME = re.compile(rf"{_PART}(?:/{_PART}){{0,3}}")


class PlaceError(RuntimeError):
    """The place cannot be used; the message is one sentence for the operator."""


class MissingNameError(PlaceError):
    """There is nothing under that name in the place, or there is no such place yet."""


class Writing(Protocol):
    """What a new file is written to."""

    def write(self, piece: bytes, /) -> object:
        """Append some bytes."""


class BackupPlace(ABC):
    """Keep files of any size under plain names such as "objects/ab/abcd…"; each is there wholly or not at all.

    Every method raises PlaceError.
    """

    @abstractmethod
    def put(self, name: str) -> AbstractContextManager[Writing]:
        """Give what to write a file to. It is there, and survives a power cut, once the block has ended well.

        When the block raises, nothing is left of it and what was there before stays.
        """

    @abstractmethod
    def get(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces. Raises MissingNameError, before the first piece."""

    @abstractmethod
    def list(self, folder: str) -> Iterator[tuple[str, int]]:
        """Yield name and size in bytes of every whole file below a folder such as "objects", in no certain order."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Remove a file; a missing one is fine."""


def checked_name(name: str) -> str:
    """Return the name back, or raise ValueError: one that is no plain path is a mistake in the program."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"Not a name in a place for backups: {name!r}")
    return name
