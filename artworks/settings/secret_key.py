"""The secret of the installation: it signs cookies and seals other secrets."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress

from artworks.config import SECRET_BYTES, Config, ConfigError


def read_or_make(config: Config) -> str:
    """Return FLASK_SECRET_KEY, else the one made once under the instance folder, readable by its owner only."""
    if config.flask_secret_key:
        return config.flask_secret_key
    path = config.instance_dir / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written whole under another name first: of several processes that start at once all read the same secret.
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:
            file.write(secrets.token_hex(SECRET_BYTES))
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    key = path.read_text(encoding="ascii").strip()
    if len(key) < SECRET_BYTES:
        raise ConfigError(f"The secret in {path} is damaged. Delete the file and start again.")
    return key
