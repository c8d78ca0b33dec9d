"""From the setting that names a store to the store."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from artworks.adapters.storage.bucket import BucketStorage
from artworks.adapters.storage.folder import FolderStorage
from artworks.adapters.storage.storage import Storage


def storage_from_url(
    url: str, *, access_key_id: str | None = None, secret_access_key: str | None = None
) -> Storage:
    """Open the store a setting names: a folder, or `s3://bucket/prefix?region=…&endpoint=…`.

    Connects to nothing and creates nothing. Keys left out are looked for where AWS tools look. Raises
    ValueError with a sentence for an address that cannot be one.
    """
    found = read_url(url, access_key_id=access_key_id, secret_access_key=secret_access_key)
    return FolderStorage(found) if isinstance(found, Path) else BucketStorage("s3", found)


def read_url(
    url: str, *, access_key_id: str | None = None, secret_access_key: str | None = None
) -> Path | dict[str, str]:
    """Return the folder that an address names, or the options of a bucket; raises ValueError with a sentence."""
    if "://" not in url:
        return Path(url)
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Path(parts.path)
    if parts.scheme != "s3" or not parts.netloc:
        raise ValueError("STORAGE_URL must be a folder or s3://bucket?region=…&endpoint=….")
    options = dict(parse_qsl(parts.query))
    if "@" in parts.netloc or "@" in options.get("endpoint", ""):
        raise ValueError(
            "STORAGE_URL must not hold a key or a secret. They belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if unknown := set(options) - {"region", "endpoint"}:
        raise ValueError(f"STORAGE_URL has an unknown part: {sorted(unknown)[0]}. Use region and endpoint.")
    options |= {"bucket": parts.netloc, "root": parts.path or "/"}
    if access_key_id and secret_access_key:
        options |= {"access_key_id": access_key_id, "secret_access_key": secret_access_key}
    return options


def without_secrets(url: str) -> str:
    """Return the setting as it can be shown: without what somebody wrote before an @ in it."""
    return re.sub(r"//[^/?]*@", "//…@", url)
