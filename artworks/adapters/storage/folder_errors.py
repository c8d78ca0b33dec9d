"""What an error of the operating system means for a folder of pictures."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from artworks.adapters.storage.faults import READ_ONLY, away, full, missing, too_many_files, unusable
from artworks.core.errors import AppError

NO_ROOM_CODES = frozenset((errno.ENOSPC, errno.EDQUOT))
NO_FILES_CODES = frozenset((errno.EMFILE, errno.ENFILE))
# What a file that was asked for by a name that no file can have looks like, and one that is simply not there.
_MISSING = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG))
# What the operator has to mend, with the sentence; {root} is the folder.
_TO_MEND = {
    errno.EROFS: "The folder {root} is on a disk that is read-only; mount it so that it can be written to.",
    errno.EACCES: "The program lacks rights in the folder {root}; let its user read and write there.",
    errno.EPERM: "The system does not permit a change in the folder {root}; look at its rights and attributes.",
    errno.ENAMETOOLONG: "The disk of the folder {root} does not take names as long as they are needed.",
}
# What may go by itself.
_LOST = "The folder {root} lost its connection ({reason}); look at the network and mount it again."
_MAY_PASS = {
    errno.EIO: "The disk of the folder {root} reports errors ({reason}); look at its health before anything else.",
    **dict.fromkeys(
        (errno.ESTALE, errno.ENOTCONN, errno.ENODEV, errno.ENXIO, errno.ETIMEDOUT, errno.EHOSTDOWN), _LOST
    ),
}


def is_folder(path: Path) -> bool:
    """Return whether there is a folder that can be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False


@contextmanager
def folder_errors(root: Path, *, writing: bool = False) -> Iterator[None]:
    """Turn the system's errors about files below `root` into named ones."""
    try:
        yield
    except OSError as error:
        raise folder_error(root, error, writing=writing) from error


def folder_error(root: Path, error: OSError, *, writing: bool = False) -> AppError:
    """Return what an error means: no such file, no room, too many open files, or a folder that cannot be used."""
    code, reason = error.errno or 0, error.strerror or type(error).__name__
    if code in (errno.ENOENT, errno.ENOTDIR, errno.EEXIST) and (wrong := _wrong_with(root)):
        return unusable(wrong)
    if code in _MISSING and not writing:
        return missing()
    if code in NO_ROOM_CODES:
        return full(f"No room is left for the folder {root} ({reason}); make some there.")
    if code in NO_FILES_CODES:
        return too_many_files()
    if code in _TO_MEND:
        mending = _TO_MEND[code].format(root=root)
        return unusable(mending, READ_ONLY) if writing else unusable(mending)
    sentence = _MAY_PASS.get(code, "The folder {root} cannot be used just now: {reason}.")
    return away(sentence.format(root=root, reason=reason))


def _wrong_with(root: Path) -> str | None:
    """Return what is wrong with the folder itself; None when it is there."""
    try:
        if root.is_dir():
            return None
        if root.exists():
            return f"{root} is a file and no folder; correct STORAGE_URL."
        if any(above.exists() and not above.is_dir() for above in root.parents):
            return f"The folder {root} cannot be there, because a part of its path is a file; correct STORAGE_URL."
    except OSError as error:
        return f"The folder {root} cannot be looked at: {error.strerror or 'unknown reason'}."
    return f"The folder {root} is not there; mount its disk, make it or correct STORAGE_URL."
