"""The logo of the studio: one small rendition, stored beside the pictures, and a path that the environment may name."""

from __future__ import annotations

import uuid
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session

import utils
from artworks.adapters.storage.storage import Storage
from artworks.audit import log as audit
from artworks.core import versions
from artworks.core.errors import NotFound
from artworks.files import pending
from artworks.images import uploads
from artworks.images.uploads import Incoming, UploadOptions
from artworks.imaging import renditions
from artworks.settings import changes
from artworks.settings.installation import LOGO, InstallationSettings
from models import Setting

# Shown at 40 px; twice as many for fine screens, and some more for wide ones.
LONGEST_PX = 320
MOST_BYTES = 2 * 1024 * 1024
FOLDER = "studio"
ENDINGS = {"image/jpeg": "jpg", "image/webp": "webp"}
_STALE = "The logo was changed meanwhile, as you see it here. Choose yours once more if it is still right."


class Logo(NamedTuple):
    """The logo in force: a mark that changes with it, "" for none, and whether the environment names it."""

    mark: str
    is_fixed: bool
    version: int = 0


def known(installation: InstallationSettings) -> Logo:
    """Return the logo in force, as this process knows it; asks nobody."""
    if installation.is_fixed(LOGO):
        path = Path(str(installation.environment.studio_logo))
        return Logo(str(path.stat().st_mtime_ns) if path.is_file() else "", is_fixed=True)
    key = installation.known.logo
    return Logo(key.removeprefix(f"{FOLDER}/"), is_fixed=False)


def stored(session: Session, installation: InstallationSettings) -> Logo:
    """Return the logo as it is at this moment, with its version, for a page that changes it."""
    row = session.get(Setting, LOGO)
    installation.read(session)
    return known(installation)._replace(version=row.version if row else 0)


def key_of(installation: InstallationSettings) -> tuple[str, str]:
    """Return the key of the stored logo and its media type; raises NotFound."""
    key = installation.known.logo
    types = {ending: media_type for media_type, ending in ENDINGS.items()}
    if not key:
        raise NotFound("There is no logo.")
    return key, types[key.rpartition(".")[2]]


def of_environment(installation: InstallationSettings) -> tuple[bytes, str]:
    """Return the rendition of the picture that STUDIO_LOGO names, and its type; raises NotFound and DamagedFile."""
    path = Path(str(installation.environment.studio_logo))
    if not path.is_file():
        raise NotFound("The file that STUDIO_LOGO names is not there.")
    return _rendition_of(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _rendition_of(path: Path, _changed_at: int) -> tuple[bytes, str]:
    return _make_rendition(Incoming(path, path.name, path.stat().st_size))


def replace(
    session: Session, storage: Storage, installation: InstallationSettings, file: Incoming, seen: int
) -> None:
    """Keep a file's small rendition as the logo. Commits, as an upload does: nothing is stored without a note of it.

    Raises Stale over a version that was not seen, Conflict for one that the environment names, TooLarge,
    UnsupportedType, DamagedFile and what the storage raises.
    """
    changes.refuse_fixed(installation, LOGO)
    _refuse_stale(seen, session.get(Setting, LOGO))
    session.commit()
    data, media_type = _make_rendition(file)
    key = f"{FOLDER}/{uuid.uuid4()}.{ENDINGS[media_type]}"
    pending.note_storing(session, key)
    session.commit()
    storage.put(key, data)
    try:
        _write_key(session, key, seen)
        pending.note_stored(session, key)
    except BaseException:
        session.rollback()
        if pending.remove(storage, key):
            pending.delete_note(session, key)
            session.commit()
        raise
    audit.record(session, "logo of the studio set", file.filename)
    session.commit()


def remove(session: Session, installation: InstallationSettings, seen: int) -> None:
    """Go without a logo; raises like `replace`."""
    changes.refuse_fixed(installation, LOGO)
    _write_key(session, "", seen)
    audit.record(session, "logo of the studio removed")
    session.commit()


def _refuse_stale(seen: int, row: Setting | None) -> None:
    versions.check(seen, row.version if row else 0, _STALE, {"version": row.version if row else 0})


def _write_key(session: Session, key: str, seen: int) -> None:
    """Write down the key; the file of the one before goes with the next clean-up."""
    row = changes.lock_row(session, Setting, LOGO)
    _refuse_stale(seen, row)
    if row.value:
        pending.note_removing(session, [row.value], keep=False)
    row.value, row.version = key, row.version + 1
    session.flush()


def _make_rendition(file: Incoming) -> tuple[bytes, str]:
    """Return the small rendition of a picture of any kind that can be added, and its media type."""
    name = utils.clean_filename(file.filename)
    # A packed picture takes more room once it is turned.
    options = UploadOptions(words={}, keep_duplicates=True, limit=8 * MOST_BYTES, convert=True)
    uploads.check_size(file, name, MOST_BYTES)
    with uploads.as_picture(file, name, "", options) as picture:
        return renditions.make_size(picture.path, picture.media_type, LONGEST_PX)
