"""The server names files as the browser does: tests/browser/test_other_formats.py reads the same list."""

from __future__ import annotations

import json
from pathlib import Path

from artworks.imaging.checks import formats

HEADS = Path(__file__).parents[1] / "data" / "formats" / "heads.json"
# Known by `utils.sniff`, before a file is looked at as one of another format.
TAKEN = {"PNG", "JPEG", "GIF"}


def test_the_server_names_what_files_are_as_the_shared_list_does() -> None:
    for entry in json.loads(HEADS.read_text(encoding="utf-8")):
        kind = formats.identify(bytes.fromhex(entry["hex"]))
        expected = None if entry["format"] in TAKEN else entry["format"]
        assert (kind.name if kind else None) == expected, entry["name"]
        assert bool(kind and kind.convertible) == entry["convertible"], entry["name"]
