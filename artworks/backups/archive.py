r"""One backup as a stream of lines: a header, sections with their hash, and a last line without which it is none.

The lines between are those of COPY and JSON, so that it can be read without this program:

    {"artwork-image-manager": "backup", "format": 1, "id": "…", "step": "0025", …}
    {"section": "table", "name": "image", "columns": ["id", …]}
    1	heron.png	…
    \.
    {"lines": 1, "sha256": "of all before this line"}
    …
    {"end": "the id again", "sections": 45, "lines": 1234, "sha256": "of all before this line"}
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from artworks.adapters.places.place import Writing

FORMAT = 1
KIND = "backup"
ENDED = b"\\.\n"
# PostgreSQL sends no row that is longer.
LONGEST_LINE = 1 << 30
_BUFFER = 1 << 20


class DamagedArchiveError(ValueError):
    """An archive that is none, or not as it was written; the message is the end of a sentence about it."""


class NewerArchiveError(DamagedArchiveError):
    """An archive of a newer version of the program."""


class ArchiveWriter:
    """Writes an archive, section after section."""

    def __init__(self, target: Writing, header: dict[str, Any]) -> None:
        self._target = target
        self._hash = hashlib.sha256()
        self._id = str(header["id"])
        self._lines = self._all_lines = self._sections = 0
        self._line({"artwork-image-manager": KIND, "format": FORMAT, **header})

    def begin(self, section: str, **more: Any) -> None:
        """Begin a section."""
        self._lines = 0
        self._line({"section": section, **more})

    def write(self, rows: bytes) -> None:
        """Write whole lines of the section."""
        self._lines += rows.count(b"\n")
        self._pass_on(rows)

    def write_fields(self, fields: dict[str, Any]) -> None:
        """Write one line of the section, as JSON."""
        self.write(json.dumps(fields).encode() + b"\n")

    @property
    def lines(self) -> int:
        """Return how many lines the section has by now."""
        return self._lines

    def end(self) -> None:
        """End the section, with its hash."""
        self._pass_on(ENDED)
        self._line({"lines": self._lines, "sha256": self._hash.hexdigest()})
        self._sections += 1
        self._all_lines += self._lines

    def finish(self) -> None:
        """Write the last line."""
        self._line(
            {
                "end": self._id,
                "sections": self._sections,
                "lines": self._all_lines,
                "sha256": self._hash.hexdigest(),
            }
        )

    def _line(self, fields: dict[str, Any]) -> None:
        self._pass_on(json.dumps(fields).encode() + b"\n")

    def _pass_on(self, piece: bytes) -> None:
        self._hash.update(piece)
        self._target.write(piece)


@dataclass
class Section:
    """A part of an archive: what it is, what else its first line says, and its lines, to be read once and in order."""

    kind: str
    fields: dict[str, Any]
    lines: Iterator[bytes] = field(repr=False)

    def read_fields(self) -> Iterator[dict[str, Any]]:
        """Yield its lines, where they are JSON."""
        for line in self.lines:
            yield _read_fields(line)

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        return f"the table {self.fields.get('name')}" if self.kind == "table" else f"the part “{self.kind}”"


class ArchiveReader:
    """Reads an archive, and notices whatever is not as it was written. Raises DamagedArchiveError."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._file = io.BufferedReader(_PieceFile(pieces), _BUFFER)
        self._hash = hashlib.sha256()
        self._lines = self._sections = 0
        self.header = self._read_header()

    def _read_header(self) -> dict[str, Any]:
        line = self._file.readline(LONGEST_LINE)
        self._hash.update(line)
        try:
            header = _read_fields(line)
        except DamagedArchiveError:
            header = {}
        if header.get("artwork-image-manager") != KIND or not isinstance(header.get("format"), int):
            raise DamagedArchiveError("is no backup of this program, or its first line was changed")
        if header["format"] > FORMAT:
            raise NewerArchiveError(
                f"has format {header['format']}, and this program knows {FORMAT}. Update the program"
            )
        if not all(isinstance(header.get(name), str) for name in ("id", "step", "made_at")):
            raise DamagedArchiveError("has a first line that was changed")
        return header

    def sections(self) -> Iterator[Section]:
        """Yield the sections; what is not read of one is read before the next, and the last line is compared."""
        while True:
            before = self._hash.hexdigest()
            fields = _read_fields(self._next_line())
            if "end" in fields:
                self._compare_end(fields, before)
                return
            if not isinstance(fields.get("section"), str):
                raise DamagedArchiveError("has a line between its parts that was changed")
            section = Section(fields["section"], fields, iter(()))
            section.lines = self._section_lines(section)
            yield section
            for _ in section.lines:
                pass
            self._sections += 1

    def read_all(self) -> None:
        """Read to the end, for what is noticed on the way."""
        for _ in self.sections():
            pass

    def _section_lines(self, section: Section) -> Iterator[bytes]:
        count = 0
        while (line := self._next_line()) != ENDED:
            count += 1
            yield line
        here = self._hash.hexdigest()
        said = _read_fields(self._next_line())
        if said != {"lines": count, "sha256": here}:
            raise DamagedArchiveError(f"was changed in {section.name} or before it: its hash is another one")
        self._lines += count

    def _compare_end(self, fields: dict[str, Any], here: str) -> None:
        if fields["end"] != self.header["id"]:
            raise DamagedArchiveError("has a last line that belongs to another backup")
        counted = {"end": self.header["id"], "sections": self._sections, "lines": self._lines, "sha256": here}
        if fields != counted:
            raise DamagedArchiveError("was changed: its last line has another hash, or other numbers")
        if self._file.read(1):
            raise DamagedArchiveError("goes on after its last line")

    def _next_line(self) -> bytes:
        line = self._file.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise DamagedArchiveError("is cut off: its last line is missing, so it is no backup")
        self._hash.update(line)
        return line


def _read_fields(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DamagedArchiveError("has a line that was changed, or lines in another order")
    return found


class _PieceFile(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
