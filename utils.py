"""File handling and nothing else: allowed types, size limit, hash, names, sizes in words."""

from __future__ import annotations

import hashlib
import io
import tempfile
import unicodedata
import uuid
from pathlib import Path
from typing import Any

from humanize import naturalsize

from artworks.adapters.storage.temporary_files import hold, temporary_file_errors
from artworks.core.errors import UnsupportedType

MEDIA_TYPES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}

# Enough of a file for `sniff`.
HEAD_BYTES = 32
# How names of files that are still arriving begin.
UPLOADING = "upload-"
NAME_BYTES = 255

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
# Marks that turn the reading direction: "gpj.exe" would be shown as "exe.jpg".
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_HIDDEN_CATEGORIES = frozenset(("Cc", "Cs", "Zl", "Zp"))


def sniff(head: bytes) -> str:
    """Name the media type of a file by its first bytes, whatever its name says.

    `head` is at least the first `HEAD_BYTES` bytes, or the whole of a shorter file. Raises UnsupportedType.
    """
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    raise UnsupportedType("This is not a PNG, JPEG or GIF picture.")


def clean_filename(raw: str) -> str:
    """Make a label of the name a browser sent; it is only ever shown, never used as a path.

    Any folder before the name, control characters and direction marks are dropped, and spaces at the end; letters of
    every script, emoji and the other spaces stay, so that a row of an export matches its file. The result is NFC, at
    most 255 bytes of UTF-8 (the ending is kept) and never empty.
    """
    last = raw.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(
        c for c in last if unicodedata.category(c) not in _HIDDEN_CATEGORIES and c not in _DIRECTION_MARKS
    )
    name = unicodedata.normalize("NFC", kept).rstrip()
    if not name.replace(".", " ").strip():
        return "picture"
    return _shorten(name)


def with_ending(name: str, media_type: str) -> str:
    """Return a cleaned name with the usual ending of a media type in place of its own."""
    stem, _, ending = name.rpartition(".")
    if not stem or len(ending) > 5 or not ending.isalnum():
        stem = name
    return _shorten(f"{stem}.{MEDIA_TYPES[media_type]}")


def _shorten(name: str) -> str:
    """Cut a name to 255 bytes on a character border, keeping a short ending such as ".jpeg"."""
    if len(name.encode()) <= NAME_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > 10:
        stem, dot, ending = name, "", ""
    room = NAME_BYTES - len((dot + ending).encode())
    cut = stem.encode()[:room].decode(errors="ignore")
    # A joiner or a half pair at the end would swallow the next character.
    return cut.rstrip("\u200d\ufe0f ") + dot + ending


def stored_name(media_type: str) -> str:
    """Make a new unguessable name to store a file under, "<uuid4>.<ext>"."""
    return f"{uuid.uuid4()}.{MEDIA_TYPES[media_type]}"


def sha256_of(path: Path) -> str:
    """Hash a file without reading it into memory; 64 lower-case hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def human_size(size: int) -> str:
    """Say a number of bytes as people do: "512 bytes", "3.4 kB", "17.2 MB" (1 MB is 1,048,576 bytes)."""
    said = naturalsize(size, binary=True)
    # People are not told of KiB, nor of a half that is none: "2.0 MiB" is 2 MB to them.
    return said.replace("Byte", "byte").replace("KiB", "kB").replace("iB", "B").replace(".0 ", " ")


class CappedFile(io.FileIO):
    """Take in one uploaded file: spool it to disk, hash it, and keep nothing past the limit.

    An oversize file does not end the request: it is only marked (`too_large`, with its full `size`), so that
    in a form of several files the others are stored and this one is named in the answer. What was kept of it
    is thrown away at once. The temporary file goes when this is closed. Use it as werkzeug's stream_factory:
    ``lambda *_: CappedFile(folder, limit)``. `limit` is in bytes. The folder is made when it
    is not there. Raises StorageFull when its disk is, and StorageAway when it takes no file.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        with temporary_file_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=UPLOADING, suffix=".part", dir=folder)
        super().__init__(handle, "w+")
        hold(self)
        self.path = Path(name)
        self.limit = limit
        self.size = 0
        self.head = b""
        self._hash = hashlib.sha256()

    @property
    def too_large(self) -> bool:
        """Return whether more bytes came than the limit allows."""
        return self.size > self.limit

    @property
    def sha256(self) -> str:
        """Return the hash of everything taken in, as 64 hex digits."""
        return self._hash.hexdigest()

    def write(self, data: Any) -> int:
        """Take in the next bytes and say how many; past the limit they are only counted."""
        view = memoryview(data).cast("B")
        self.size += len(view)
        if self.too_large:
            self.truncate(0)
            return len(view)
        self.head += bytes(view[: HEAD_BYTES - len(self.head)])
        self._hash.update(view)
        self._write_all(view)
        return len(view)

    def _write_all(self, view: memoryview) -> None:
        """Write all of it: an unbuffered file may take less than it is given."""
        with temporary_file_errors(self.path.parent):
            while view:
                view = view[super().write(view) :]

    def close(self) -> None:
        """Close and remove the temporary file; calling it again does nothing."""
        if not self.closed:
            super().close()
            self.path.unlink(missing_ok=True)
