"""A real disk that is small, for tests of what happens when it is full or read-only; only root may mount one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def mount(*arguments: str) -> bool:
    """Mount something and tell whether that was possible."""
    try:
        done = subprocess.run(["mount", *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """Mount a disk of that size on a folder; skips the test where nobody may."""
    folder.mkdir(parents=True, exist_ok=True)
    if not mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)):
        pytest.skip("A small disk cannot be mounted here; that takes root on Linux.")
    try:
        yield folder
    finally:
        # Lazily: a program that is just ending may still have a file open.
        subprocess.run(["umount", "-l", str(folder)], check=True)


def make_read_only(folder: Path) -> None:
    """Mount a small disk anew, so that nobody can write to it."""
    assert mount("-o", "remount,ro", str(folder))
