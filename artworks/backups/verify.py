"""Whether a backup is whole: every line of its archive, and every original that it names. Writes nothing."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from artworks.adapters.places.place import MissingNameError
from artworks.backups.archive import ArchiveReader, DamagedArchiveError
from artworks.backups.vault import DamagedOriginalError, Vault

FILES = "files"


@dataclass
class Verified:
    """What was looked at, and how many things are wrong."""

    made_at: str = ""
    rows: int = 0
    files: int = 0
    missing_before: int = 0
    wrong: int = 0
    secret: str = field(default="", repr=False)


def verify(vault: Vault, name: str, tell: Callable[[str], None], *, content: bool) -> Verified:
    """Look whether a backup could be restored, and tell each thing that is wrong.

    Every original has to be there with its size; with `content` every byte of them is read and compared, too.
    """
    found = Verified()
    with tempfile.TemporaryFile() as manifest:
        try:
            reader = vault.read_archive(name)
            read_manifest(reader, manifest, found)
        except (DamagedArchiveError, MissingNameError) as error:
            tell(describe_damage(name, error))
            found.wrong += 1
            return found
        _verify_originals(vault, manifest, found, tell, content=content)
    return found


def describe_damage(name: str, error: Exception) -> str:
    """Return what is wrong with an archive as a sentence."""
    return f"The archive {name} {error}." if isinstance(error, DamagedArchiveError) else str(error)


def read_manifest(reader: ArchiveReader, manifest: IO[bytes], found: Verified) -> None:
    """Read an archive to its end, and copy what it says of the originals; raises DamagedArchiveError."""
    found.made_at = reader.header["made_at"]
    has_files = False
    for section in reader.sections():
        if section.kind == FILES:
            has_files = True
            manifest.writelines(section.lines)
        elif section.kind == "table":
            found.rows += sum(1 for _ in section.lines)
        elif section.kind == "secret":
            found.secret = "".join(str(line.get("secret", "")) for line in section.read_fields())
    if not has_files:
        raise DamagedArchiveError("does not say which originals belong to it")


def _verify_originals(
    vault: Vault, manifest: IO[bytes], found: Verified, tell: Callable[[str], None], *, content: bool
) -> None:
    sizes = {bytes.fromhex(name): size for name, size in vault.objects()}
    looked_at: dict[bytes, str] = {}
    for file in read_files(manifest):
        found.files += 1
        if file.get("missing"):
            found.missing_before += 1
            continue
        name = bytes.fromhex(vault.object_of(file["sha256"]))
        if name not in looked_at:
            looked_at[name] = _wrong_with(vault, file, sizes.get(name), content=content)
        if said := looked_at[name]:
            found.wrong += 1
            tell(f"The original {file['key']} {said} (objects/{name.hex()[:2]}/{name.hex()}).")


def _wrong_with(vault: Vault, file: dict[str, Any], size: int | None, *, content: bool) -> str:
    """Return what is wrong with an original, as the end of a sentence; empty when nothing is."""
    if size is None:
        return "is missing in the place"
    wanted = vault.stored_size(file["size"])
    if size != wanted:
        return f"is {'shorter' if size < wanted else 'longer'} than it was: {size:,} bytes, not {wanted:,}"
    if not content:
        return ""
    here = hashlib.sha256()
    try:
        for piece in vault.read_object(file["sha256"]):
            here.update(piece)
    except DamagedOriginalError as error:
        return str(error)
    except MissingNameError:
        return "is missing in the place"
    return "" if here.hexdigest() == file["sha256"] else "was changed: it has other bytes than were written"


def read_files(manifest: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Yield what an archive says of each original: `key`, `size` and `sha256`, or `missing`."""
    manifest.seek(0)
    for line in manifest:
        yield json.loads(line)
