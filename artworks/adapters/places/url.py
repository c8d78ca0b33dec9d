"""From what names a place for backups to the place."""

from __future__ import annotations

from pathlib import Path

from artworks.adapters.places.bucket import BucketPlace
from artworks.adapters.places.folder import FolderPlace
from artworks.adapters.places.place import BackupPlace, PlaceError
from artworks.adapters.storage.url import read_url


def place_from_url(
    url: str, *, access_key_id: str | None = None, secret_access_key: str | None = None
) -> BackupPlace:
    """Open a place: a folder, or `s3://bucket/prefix?region=…&endpoint=…`; a relative folder begins where one stands.

    Connects to nothing and creates nothing. Raises PlaceError for an address that cannot be one.
    """
    try:
        found = read_url(url, access_key_id=access_key_id, secret_access_key=secret_access_key)
    except ValueError as error:
        raise PlaceError(str(error).replace("STORAGE_URL", "The place for backups")) from None
    return FolderPlace(found.expanduser()) if isinstance(found, Path) else BucketPlace(found)
