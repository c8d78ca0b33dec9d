"""Slots that the processes of one computer share: locks on files, which the kernel frees when a process is killed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from artworks.adapters.storage.temporary_files import temporary_file_errors

SLOT, GUARD = "slot-", "slots"
# A slot's file has a number of so many digits, which changes in its place, and then whose the slot is.
DIGITS = 20
LONGEST_OWNER = 200


class SlotsTakenError(Exception):
    """No slot can be had: all are taken, or as many by this owner (`by_owner`) as one may have."""

    def __init__(self, *, by_owner: bool) -> None:
        super().__init__("by owner" if by_owner else "all")
        self.by_owner = by_owner


class Slot:
    """One slot that is held until `free`, or until this process ends in whatever way."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def reserve(self, amount: int) -> None:
        """Write down how much of what the slots are for is still to be used by this one."""
        os.pwrite(self._handle, f"{amount:0{DIGITS}}".encode(), 0)

    def free(self) -> None:
        """Release the slot; to be called once."""
        os.close(self._handle)


def take_slot(folder: Path, owner: str, amount: int, *, most: int, most_each: int) -> tuple[Slot, int]:
    """Take one of the slots of a folder and reserve an amount; return it, and what the others have reserved together.

    `most` is how many there are, `most_each` how many of them one owner may have. Raises SlotsTakenError, StorageFull
    and StorageAway. Where the file system has no locks there is always one free.
    """
    name = owner.encode()[:LONGEST_OWNER]
    with temporary_file_errors(folder), ExitStack() as opened:
        folder.mkdir(parents=True, exist_ok=True)
        opened.enter_context(_guarded(folder))
        files = [opened.enter_context(_open_slot(folder / f"{SLOT}{number}")) for number in range(most)]
        free = [file for file in files if _lock(file)]
        taken = [_read_amounts(file) for file in files if file not in free]
        if sum(holder == name for _, holder in taken) >= most_each:
            raise SlotsTakenError(by_owner=True)
        if not free:
            raise SlotsTakenError(by_owner=False)
        free[0].truncate(0)
        free[0].write(f"{amount:0{DIGITS}}".encode() + name)
        # A lock lasts until the last copy of its file is closed; those of the other free ones are let go of here.
        slot = Slot(os.dup(free[0].fileno()))
    return slot, sum(reserved for reserved, _ in taken)


def _open_slot(place: Path) -> BinaryIO:
    return os.fdopen(os.open(place, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)


def _read_amounts(file: BinaryIO) -> tuple[int, bytes]:
    """Return what the holder of a slot wrote into it: how much is reserved, and who it is."""
    written = file.read(DIGITS + LONGEST_OWNER)
    return int(written[:DIGITS] or 0), written[DIGITS:]


@contextmanager
def _guarded(folder: Path) -> Iterator[None]:
    """Let one at a time look at the slots: each locks those that are free while it does."""
    with _open_slot(folder / GUARD) as guard:
        _lock(guard, wait=True)
        yield


def _lock(file: BinaryIO, *, wait: bool = False) -> bool:
    """Lock a file and tell whether that was possible, which it always is where there are no locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
